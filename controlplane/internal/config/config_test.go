package config_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/config"
)

func parse(args []string, env map[string]string) (config.Config, string, error) {
	var usage bytes.Buffer
	c, err := config.Parse(config.Process{
		Args: args, Env: func(key string) string { return env[key] }, Executable: "/opt/podium/controlplane", Stderr: &usage,
	})
	return c, usage.String(), err
}

func TestParse_Defaults(t *testing.T) {
	c, _, err := parse(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8080" || c.EdgeBinary != "/opt/podium/edge" || filepath.Base(c.Data) != ".podium" ||
		!filepath.IsAbs(c.Data) || c.Postgres != "" {
		t.Errorf("defaults are %+v", c)
	}
}

func TestParse_FlagsWinOverTheEnvironment(t *testing.T) {
	env := map[string]string{"PODIUM_LISTEN": "127.0.0.1:1", "PODIUM_DATA": "/e", "PODIUM_POSTGRES": "postgres://e/d"}
	c, _, err := parse([]string{"--listen", "[::1]:2"}, env)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "[::1]:2" || c.Data != "/e" || c.Postgres != "postgres://e/d" {
		t.Errorf("config is %+v", c)
	}
}

func TestParse_RefusesWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string // in the error; empty: accepted
	}{
		{"an address without port", []string{"--listen", "localhost"}, "--listen"},
		{"plain http for all", []string{"--listen", "192.0.2.1:80"}, "--insecure-http"},
		{"a host name that is not loopback", []string{"--listen", "podium.example.com:80"}, "--insecure-http"},
		{"plain http on one address", []string{"--listen", "192.0.2.1:80", "--insecure-http"}, "0.0.0.0:80"},
		{"all addresses without a public URL", []string{"--listen", ":80", "--insecure-http"}, "--public-url"},
		{"all addresses with one", []string{"--listen", "0.0.0.0:80", "--insecure-http", "--public-url", "https://podium.example.com/"}, ""},
		{"plain http for all without saying so", []string{"--listen", ":80", "--public-url", "https://podium.example.com"}, "--insecure-http"},
		{"a public URL with a path", []string{"--public-url", "https://podium.example.com/x"}, "--public-url"},
		{"networks of identity providers", []string{"--sso-allow", "10.0.0.0/8, 127.0.0.1,fd00::/8"}, ""},
		{"a mail server", []string{"--smtp", "smtp://127.0.0.1:25", "--smtp-from", "Podium <podium@example.com>"}, ""},
		{"no address that e-mails come from", []string{"--smtp", "smtp://127.0.0.1:25"}, "--smtp-from"},
		{"a password in the URL of the mail server", []string{"--smtp", "smtp://ada:pass@mail.example.com", "--smtp-from", "a@example.com"}, "PODIUM_SMTP_PASSWORD"},
		{"a user without password", []string{"--smtp", "smtps://ada@mail.example.com", "--smtp-from", "a@example.com"}, "both"},
		{"a mail server by http", []string{"--smtp", "http://mail.example.com", "--smtp-from", "a@example.com"}, "--smtp:"},
		{"an address that e-mails come from without a server", []string{"--smtp-from", "a@example.com"}, "--smtp"},
		{"a range for networks of this machine", []string{"--local-networks", "10.64.0.0/10"}, ""},
		{"one that is too small", []string{"--local-networks", "10.64.0.0/24"}, "--local-networks"},
		{"a host name among them", []string{"--sso-allow", "10.0.0.0/8,login.example.com"}, "login.example.com"},
		{"a name server without port", []string{"--dns-server", "192.0.2.53"}, "--dns-server"},
		{"half of TLS", []string{"--tls-cert", "c.pem"}, "--tls-key"},
		{"TLS", []string{"--listen", "192.0.2.1:443", "--tls-cert", "c.pem", "--tls-key", "k.pem"}, ""},
		{"another database", []string{"--postgres", "mysql://u:secret@h/d"}, "--postgres"},
		{"a database by its socket", []string{"--postgres", "postgres://u@/d?host=/run/postgresql"}, ""},
		{"a grace", []string{"--deletion-grace", "36h"}, ""},
		{"a grace without a unit", []string{"--deletion-grace", "7"}, "--deletion-grace"},
		{"a grace that is too long", []string{"--deletion-grace", "9000h"}, "--deletion-grace"},
		{"an argument", []string{"now"}, "now"},
		{"an empty folder", []string{"--data", ""}, "--data"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := parse(test.args, nil)
			if test.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("error is %v, want one about %s", err, test.want)
			}
		})
	}
}

func TestParse_Help(t *testing.T) {
	_, usage, err := parse([]string{"--help"}, map[string]string{"PODIUM_POSTGRES": "postgres://u:secret@h/d"})
	if !errors.Is(err, flag.ErrHelp) {
		t.Fatalf("error is %v", err)
	}
	for _, want := range []string{"-listen", "127.0.0.1:8080", "-data", ".podium", "-postgres", "-edge-binary", "-insecure-http"} {
		if !strings.Contains(usage, want) {
			t.Errorf("usage does not mention %s:\n%s", want, usage)
		}
	}
	if strings.Contains(usage, "secret") {
		t.Error("usage shows the password of the database")
	}
}

func TestParse_MailServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"PODIUM_SMTP": "smtps://ada@mail.example.com", "PODIUM_SMTP_FROM": "Podium <podium@example.com>", "PODIUM_SMTP_PASSWORD": "from the environment",
	}
	for password, args := range map[string][]string{"from the environment": nil, "from a file": {"--smtp-password-file", file}} {
		c, _, err := parse(args, env)
		if err != nil {
			t.Fatal(err)
		}
		if s := c.SMTP; s.Host != "mail.example.com" || s.Port != "465" || !s.Implicit || s.User != "ada" || s.Password != password ||
			s.From.Address != "podium@example.com" || s.Loopback() {
			t.Errorf("the mail server is %+v", s)
		}
	}
}
