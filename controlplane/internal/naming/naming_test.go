package naming_test

import (
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/naming"
)

func TestCheck(t *testing.T) {
	for name, good := range map[string]bool{
		"acme": true, "a1": true, "a-b": true, strings.Repeat("a", 40): true,
		"": false, "a": false, strings.Repeat("a", 41): false, "-a": false, "a-": false, "1a": false, "Acme": false,
		"a b": false, "ä1": false, "acme\n": false,
	} {
		if got := naming.Check(name); (got == "") != good {
			t.Errorf("Check(%q) = %q, want good = %v", name, got, good)
		}
	}
}

func TestEmail(t *testing.T) {
	for text, want := range map[string]string{
		"ada@example.com": "ada@example.com", " Ada@Example.COM ": "ada@example.com", "a+b@x.y": "a+b@x.y",
		"": "", "ada": "", "ada@": "", "@x": "", "Ada <ada@example.com>": "", "a@b, c@d": "",
		strings.Repeat("a", 250) + "@x.yz": "",
	} {
		got, wrong := naming.Email(text)
		if got != want || (wrong == "") != (want != "") {
			t.Errorf("Email(%q) = %q, %q, want %q", text, got, wrong, want)
		}
	}
}
