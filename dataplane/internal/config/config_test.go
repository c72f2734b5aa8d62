package config

import (
	"errors"
	"flag"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/access"
)

var edge, cloud = Program{Name: "edge"}, Program{Name: "dataplane", Shared: true}

func noEnv(string) string { return "" }

func none(string) bool { return false }

func parseArgs(t *testing.T, args ...string) Config {
	t.Helper()
	c, err := edge.Parse(args, noEnv, none, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParse_DefaultsServeOpenlyOnLoopback(t *testing.T) {
	c := parseArgs(t)
	if c.Listen != "127.0.0.1:8080" || c.Data != "./data" || c.Auth != access.None || c.Link != nil || !reflect.DeepEqual(c.HTTPAllow, []string{"*"}) {
		t.Errorf("got %+v", c)
	}
}

func TestParse_Authentication(t *testing.T) {
	link := []string{"--control-plane", "https://podium.test", "--cluster-id", "clu_a", "--join-token-file", "join"}
	for _, tc := range []struct {
		name string
		args []string
		keys bool // DATA/keys.json is there
		want access.Mode
		err  string
	}{
		{"IPv6 loopback", []string{"--listen", "[::1]:0"}, false, access.None, ""},
		{"localhost", []string{"--listen", "localhost:0"}, false, access.None, ""},
		{"all addresses", []string{"--listen", "0.0.0.0:80"}, false, "", "edge key create"},
		{"no host", []string{"--listen", ":80"}, false, "", "--auth none"},
		{"a name", []string{"--listen", "podium.test:80"}, false, "", "--auth none"},
		{"all addresses, asked for", []string{"--listen", ":80", "--auth", "none"}, false, access.None, ""},
		{"all addresses with a keys file", []string{"--listen", ":80", "--keys-file", "k.json"}, false, access.Keys, ""},
		{"all addresses with the default keys file", []string{"--listen", ":80"}, true, access.Keys, ""},
		{"loopback with the default keys file", nil, true, access.Keys, ""},
		{"loopback with keys, not wanted", []string{"--auth", "none"}, true, access.None, ""},
		{"keys without any", []string{"--auth", "keys"}, false, "", "edge key create"},
		{"a control plane has keys", link, false, access.Keys, ""},
		{"unknown mode", []string{"--auth", "basic"}, false, "", `"basic"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := edge.Parse(tc.args, noEnv, func(path string) bool { return tc.keys && path == "data/keys.json" }, io.Discard)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("got error %v, want one with %s", err, tc.err)
				}
				return
			}
			if err != nil || c.Auth != tc.want {
				t.Errorf("got %q, %v, want %q", c.Auth, err, tc.want)
			}
		})
	}
}

func TestParse_NamesEveryProblem(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want []string
	}{
		{[]string{"--listen", "nonsense", "--log-level", "loud", "--http-allow", "10.0.0.0/99", "--data=", "--calls-per-key", "-1"}, []string{"--calls-per-key", "--listen", "--log-level", "10.0.0.0/99", "--data"}},
		{[]string{"--control-plane", "http://podium.test"}, []string{"https", "--cluster-id", "--join-token-file"}},
		{[]string{"--control-plane", "podium.test", "--cluster-id", "c", "--join-token-file", "j"}, []string{"--control-plane"}},
		{[]string{"--control-plane", "http://127.0.0.1:1", "--cluster-id", "c", "--join-token-file", "j", "--listen", "0.0.0.0:1"}, []string{"--advertise is needed"}},
		{[]string{"--control-plane", "http://127.0.0.1:1", "--cluster-id", "c", "--join-token-file", "j", "--advertise", "http://x.test"}, []string{"end in /api"}},
		{[]string{"--control-plane", "http://127.0.0.1:1", "--cluster-id", "c", "--join-token-file", "j", "--keys-file", "k"}, []string{"--keys-file"}},
		{[]string{"--join-token-file", "j"}, []string{"--control-plane"}},
		{[]string{"serve"}, []string{`"serve"`}},
		{[]string{"--no-such-flag"}, []string{"no-such-flag"}},
	} {
		_, err := edge.Parse(tc.args, noEnv, none, io.Discard)
		for _, want := range tc.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: error %v does not name %s", tc.args, err, want)
			}
		}
	}
}

func TestParse_EnvironmentYieldsToTheCommandLine(t *testing.T) {
	env := map[string]string{"PODIUM_EDGE_LISTEN": "127.0.0.1:1", "PODIUM_EDGE_HTTP_ALLOW": "10.0.0.0/8,inside.test", "PODIUM_EDGE_DATA": "/var/lib/podium"}
	c, err := edge.Parse([]string{"--listen", "127.0.0.1:2"}, func(n string) string { return env[n] }, none, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:2" || c.Data != "/var/lib/podium" || !reflect.DeepEqual(c.HTTPAllow, []string{"10.0.0.0/8", "inside.test"}) {
		t.Errorf("got %+v", c)
	}
}

func TestParse_OtherAddressesGuardHTTPTasks(t *testing.T) {
	if c := parseArgs(t, "--listen", "0.0.0.0:80", "--auth", "none"); len(c.HTTPAllow) != 0 {
		t.Errorf("got %v", c.HTTPAllow)
	}
}

func TestParse_HelpShowsEveryFlagWithItsDefault(t *testing.T) {
	var out strings.Builder
	if _, err := edge.Parse([]string{"--help"}, noEnv, none, &out); !errors.Is(err, flag.ErrHelp) {
		t.Fatal(err)
	}
	for _, want := range []string{
		"-listen", "127.0.0.1:8080", "-data", "./data", "-auth", "-keys-file", "-control-plane", "-cluster-id",
		"-join-token-file", "-advertise", "-http-allow", "-log-level", "info", "-log-format", "text", "-debug-listen", "-grpc-listen", "PODIUM_EDGE_", "key create", "version",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("help does not show %s:\n%s", want, out.String())
		}
	}
}

func TestParseKeyCreate(t *testing.T) {
	k, err := edge.ParseKeyCreate([]string{"--name", "ci", "--data", "/srv"}, noEnv, io.Discard)
	if err != nil || k.KeysFile != "/srv/keys.json" || k.Name != "ci" {
		t.Errorf("got %+v, %v", k, err)
	}
	if _, err := edge.ParseKeyCreate(nil, noEnv, io.Discard); err == nil || !strings.Contains(err.Error(), "--name") {
		t.Errorf("got %v", err)
	}
}

func TestParseTransfer(t *testing.T) {
	for name, tc := range map[string]struct {
		program Program
		args    []string
		want    Transfer
	}{
		"the usual folder": {edge, []string{"f"}, Transfer{Data: "./data", File: "f", SecretKeyFile: "data/secret.key", PayloadDir: "data/payloads"}},
		"a folder":         {cloud, []string{"--data", "/srv", "f"}, Transfer{Data: "/srv", File: "f", SecretKeyFile: "/srv/secret.key", PayloadDir: "/srv/payloads"}},
		"a database":       {cloud, []string{"--postgres", "postgres://db/podium", "f"}, Transfer{Postgres: "postgres://db/podium", File: "f"}},
	} {
		if got, err := tc.program.ParseTransfer("export", tc.args, noEnv, io.Discard); err != nil || got != tc.want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	for name, tc := range map[string]struct {
		program Program
		args    []string
		want    string
	}{
		"no file":                   {edge, nil, "FILE"},
		"two files":                 {edge, []string{"a", "b"}, "FILE"},
		"no folder":                 {edge, []string{"--data", "", "f"}, "--data"},
		"both":                      {cloud, []string{"--data", "d", "--postgres", "postgres://db", "f"}, "--data"},
		"another database":          {cloud, []string{"--postgres", "mysql://u:hidden@db", "f"}, "postgres://"},
		"an edge with a database":   {edge, []string{"--postgres", "postgres://db", "f"}, "postgres"},
		"what only servers may ask": {edge, []string{"--listen", ":80", "f"}, "listen"},
	} {
		if _, err := tc.program.ParseTransfer("import", tc.args, noEnv, io.Discard); err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

func TestParse_DebugIsOffAndOtherwiseOnLoopback(t *testing.T) {
	for given, want := range map[string]string{
		"": "", "6060": "127.0.0.1:6060", ":6060": "127.0.0.1:6060", "10.0.0.1:6060": "10.0.0.1:6060", "[::1]:0": "[::1]:0",
	} {
		if c := parseArgs(t, "--debug-listen", given); c.Debug != want {
			t.Errorf("%q: got %q, want %q", given, c.Debug, want)
		}
	}
	for _, bad := range []string{"metrics", "127.0.0.1", "127.0.0.1:x", ":65536"} {
		if _, err := edge.Parse([]string{"--debug-listen", bad}, noEnv, none, io.Discard); err == nil || !strings.Contains(err.Error(), "--debug-listen") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestParse_LogFormat(t *testing.T) {
	if parseArgs(t).LogJSON || !parseArgs(t, "--log-format", "json").LogJSON {
		t.Error("the format is not what was asked for")
	}
	if _, err := edge.Parse([]string{"--log-format", "xml"}, noEnv, none, io.Discard); err == nil || !strings.Contains(err.Error(), "--log-format") {
		t.Errorf("got %v", err)
	}
}

func TestParse_ManyNodes(t *testing.T) {
	both := []string{"--postgres", "postgres://db/podium", "--redis", "redis://cache:6379"}
	c, err := cloud.Parse(append([]string{"--listen", "10.0.0.1:80", "--auth", "none"}, both...), noEnv, none, io.Discard)
	if want := (&Nodes{Postgres: both[1], Redis: both[3], Listen: "10.0.0.1:0"}); err != nil || c.Data != "" || !reflect.DeepEqual(c.Nodes, want) {
		t.Errorf("got %+v, nodes %+v (%v)", c, c.Nodes, err)
	}
	if c, err := cloud.Parse(nil, noEnv, none, io.Discard); err != nil || c.Nodes != nil || c.Data != "./data" {
		t.Errorf("by itself: %+v (%v)", c, err)
	}
	env := map[string]string{"PODIUM_DATAPLANE_POSTGRES": both[1], "PODIUM_DATAPLANE_REDIS": both[3]}
	if c, err := cloud.Parse(nil, func(n string) string { return env[n] }, none, io.Discard); err != nil || c.Nodes == nil {
		t.Errorf("from the environment: %+v (%v)", c, err)
	}
	if _, err := edge.Parse(both, noEnv, none, io.Discard); err == nil {
		t.Error("the edge takes --postgres")
	}
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"one of the two":            {both[:2], "--redis is missing"},
		"the other":                 {both[2:], "--postgres is missing"},
		"a folder too":              {append([]string{"--data", "x"}, both...), "--data"},
		"all addresses":             {append([]string{"--listen", ":80", "--auth", "none"}, both...), "--node-advertise"},
		"tokens without a key":      {append([]string{"--keys-file", "k.json"}, both...), "--signing-key-file"},
		"a link without one":        {[]string{"--link-file", "x"}, "--link-file"},
		"not a PostgreSQL URL":      {[]string{"--postgres", "mysql://u:hidden@db", "--redis", both[3]}, "postgres://"},
		"not a Redis URL":           {[]string{"--postgres", both[1], "--redis", "http://u:hidden@cache"}, "redis://"},
		"an address without a port": {append([]string{"--node-listen", "x"}, both...), "--node-listen"},
	} {
		if _, err := cloud.Parse(tc.args, noEnv, none, io.Discard); err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

// Nodes that share a store belong to a control plane too. They have no folder, so what they remember of it is named.
func TestParse_ManyNodesOfAControlPlane(t *testing.T) {
	args := []string{
		"--postgres", "postgres://db/podium", "--redis", "redis://cache:6379", "--redis-prefix", "podium:a", "--control-plane",
		"https://podium.test", "--cluster-id", "a", "--join-token-file", "j", "--signing-key-file", "s", "--node-name", "1",
	}
	c, err := cloud.Parse(args, noEnv, none, io.Discard)
	if err != nil || c.Link == nil || c.Link.File != "" || c.Link.NodeName != "1" || c.Nodes.Prefix != "podium:a" || c.Auth != access.Keys {
		t.Errorf("got %+v, %v", c, err)
	}
	c, err = cloud.Parse(append(args, "--link-file", "l"), noEnv, none, io.Discard)
	if err != nil || c.Link.File != "l" {
		t.Errorf("got %+v, %v", c.Link, err)
	}
	if c := parseArgs(t, "--control-plane", "https://podium.test", "--cluster-id", "a", "--join-token-file", "j"); c.Link.File != "data/link.json" {
		t.Errorf("with a folder: %+v", c.Link)
	}
}

func TestParse_GRPC(t *testing.T) {
	for given, want := range map[string]string{"": "", "8090": "127.0.0.1:8090", ":8090": "127.0.0.1:8090", "[::1]:0": "[::1]:0"} {
		if c := parseArgs(t, "--grpc-listen", given); c.GRPC != want || c.Auth != access.None {
			t.Errorf("%q: got %q, auth %s", given, c.GRPC, c.Auth)
		}
	}
	for args, want := range map[string]string{"grpc": "--grpc-listen", "0.0.0.0:8090": "--grpc-listen 0.0.0.0:8090 can be reached by others"} {
		if _, err := edge.Parse([]string{"--grpc-listen", args}, noEnv, none, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestParse_LargePayloadsHaveOnePlace(t *testing.T) {
	cloud := Program{Name: "dataplane", Shared: true}
	bucket := []string{"--payload-store", "s3://b"}
	c, err := cloud.Parse(bucket, noEnv, none, io.Discard)
	if err != nil || c.PayloadStore != "s3://b" || c.PayloadDir != "" {
		t.Errorf("got %q and %q, %v", c.PayloadStore, c.PayloadDir, err)
	}
	if _, err := cloud.Parse(append(bucket, "--payload-dir", "d"), noEnv, none, io.Discard); err == nil || !strings.Contains(err.Error(), "--payload-store") {
		t.Errorf("two places: %v", err)
	}
	if _, err := edge.Parse(bucket, noEnv, none, io.Discard); err == nil {
		t.Error("the edge has no bucket")
	}
	shared := []string{"--archive", "--postgres", "postgres://h/d", "--redis", "redis://h"}
	if _, err := cloud.Parse(shared, noEnv, none, io.Discard); err == nil || !strings.Contains(err.Error(), "--archive: name the place") {
		t.Errorf("an archive without a place: %v", err)
	}
	if c, err := cloud.Parse(append(shared, bucket...), noEnv, none, io.Discard); err != nil || !c.Archive {
		t.Errorf("an archive in a bucket: %+v, %v", c, err)
	}
}
