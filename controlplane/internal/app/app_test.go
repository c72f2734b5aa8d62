package app

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/config"
)

func TestURLs(t *testing.T) {
	got := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711}
	for _, test := range []struct {
		name         string
		config       config.Config
		public, dial string
	}{
		{"loopback", config.Config{Listen: "127.0.0.1:4711"}, "http://127.0.0.1:4711", "http://127.0.0.1:4711"},
		{"a port of the system's choice", config.Config{Listen: "127.0.0.1:0"}, "http://127.0.0.1:4711", "http://127.0.0.1:4711"},
		{"a name", config.Config{Listen: "localhost:4711"}, "http://localhost:4711", "http://localhost:4711"},
		{"IPv6", config.Config{Listen: "[::1]:4711"}, "http://[::1]:4711", "http://[::1]:4711"},
		{
			"behind a proxy",
			config.Config{Listen: "127.0.0.1:4711", PublicURL: "https://podium.example.com"},
			"https://podium.example.com", "http://127.0.0.1:4711",
		},
		{
			"all addresses",
			config.Config{Listen: ":4711", PublicURL: "http://podium.example.com"},
			"http://podium.example.com", "http://127.0.0.1:4711",
		},
		{
			"TLS",
			config.Config{Listen: "0.0.0.0:4711", PublicURL: "https://podium.example.com", TLSCert: "c"},
			"https://podium.example.com", "https://podium.example.com",
		},
	} {
		if u := urlsOf(test.config, got); u.public != test.public || u.dial != test.dial {
			t.Errorf("%s: %+v, want %s and %s", test.name, u, test.public, test.dial)
		}
	}
}

func TestCheckServers(t *testing.T) {
	networks := netip.MustParsePrefix("10.64.0.0/10")
	for _, fine := range []error{checkServers(netip.Prefix{}, []string{"db:5432"}), checkServers(networks, nil)} {
		if fine != nil {
			t.Errorf("refused: %v", fine)
		}
	}
	if err := checkServers(networks, []string{"db:5432", "cache:6379"}); err == nil || !strings.Contains(err.Error(), "db:5432 and cache:6379") {
		t.Errorf("servers elsewhere: %v", err)
	}
}

type database string

func (d database) InstanceID(context.Context, string) (string, error) { return string(d), nil }

func TestFolder_BelongsToOneDatabase(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "controlplane")
	f, err := openFolder(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, db := range []database{"a", "a"} {
		if err := f.belongsTo(t.Context(), db); err != nil {
			t.Errorf("its own database is refused: %v", err)
		}
	}
	if err := f.belongsTo(t.Context(), database("b")); err == nil || !strings.Contains(err.Error(), "another database") {
		t.Errorf("another database: %v", err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v, want mode 0700", info.Mode(), err)
	}
	if _, err := openFolder(t.Context(), dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a folder in use is opened: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := openFolder(t.Context(), dir)
	if err != nil {
		t.Fatalf("a folder given back is refused: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// TestMain_GivesBackWhatItTook starts without a data plane's program, again and again.
func TestMain_GivesBackWhatItTook(t *testing.T) {
	data := t.TempDir()
	for range 2 {
		code, _, stderr := call(t, "serve", "--listen", "127.0.0.1:0", "--data", data, "--edge-binary", filepath.Join(data, "none"))
		if code != 1 || !strings.Contains(stderr, "EdgeBinary") {
			t.Errorf("exit code %d:\n%s", code, stderr)
		}
	}
}

func TestMain_Commands(t *testing.T) {
	for _, test := range []struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{nil, 2, "", "usage:"},
		{[]string{"help"}, 0, "usage:", ""},
		{[]string{"start"}, 2, "", "usage:"},
		{[]string{"version"}, 0, Version(), ""},
		{[]string{"serve", "--help"}, 0, "", "127.0.0.1:8080"},
		{[]string{"serve", "--listen", "all"}, 2, "", "--listen"},
	} {
		code, stdout, stderr := call(t, test.args...)
		if code != test.code || !strings.Contains(stdout, test.stdout) || !strings.Contains(stderr, test.stderr) {
			t.Errorf("%v: exit code %d\n%s\n%s", test.args, code, stdout, stderr)
		}
	}
}

func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(t.Context(), Process{
		Args: args, Env: func(string) string { return "" }, Executable: "/opt/podium/controlplane", Stdout: &out, Stderr: &errs,
	})
	return code, out.String(), errs.String()
}
