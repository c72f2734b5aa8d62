package config_test

import (
	"bytes"
	"crypto/ed25519"
	"io"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/release"
)

func TestParse_Updates(t *testing.T) {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := release.Keys{public}
	p := config.Program{Name: "edge"}
	none := func(string) string { return "" }
	parse := func(flags ...string) (config.Config, error) {
		return p.Parse(append([]string{"--control-plane", "https://podium.example", "--cluster-id", "c", "--join-token", "t"}, flags...), none,
			func(string) bool { return false }, io.Discard)
	}
	c, err := parse("--release-keys", keys.String(), "--refuse-downgrades", "--refuse-commands", "update")
	if u := c.Link.Updates; err != nil || !u.Up || !bytes.Equal(u.Keys[0], public) || len(c.Link.Off) != 1 {
		t.Errorf("updates are %+v, %v", u, err)
	}
	for want, flags := range map[string][]string{
		"--release-keys":   {"--release-keys", "x"},
		"--update-window":  {"--update-window", "x"},
		"--release-mirror": {"--release-mirror", "x"},
	} {
		if _, err := parse(flags...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	s, err := p.ParseSupervise([]string{"--programs", "/p", "--release-keys", keys.String(), "--", "--listen", ":1"}, none, io.Discard)
	if err != nil || len(s.Args) != 2 || s.Programs != "/p" || len(s.Keys) != 1 || s.Within <= 0 {
		t.Errorf("supervise is %+v, %v", s, err)
	}
	for want, args := range map[string][]string{
		"--programs": {}, "--healthy-within": {"--programs", "/p", "--healthy-within", "0s"}, "--release-keys": {"--programs", "/p", "--release-keys", "x"},
	} {
		if _, err := p.ParseSupervise(args, none, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
