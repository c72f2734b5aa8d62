package naming_test

import (
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/naming"
)

func FuzzEmail(f *testing.F) {
	for _, seed := range []string{"Ada@Example.com ", "a@b", "\"a b\"@c", "a@[127.0.0.1]", "İ@x", "a@b\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address, wrong := naming.Email(text)
		if (address == "") == (wrong == "") {
			t.Fatalf("%q is %q and %q", text, address, wrong)
		}
		if again, wrong := naming.Email(address); address != "" && (again != address || wrong != "") {
			t.Errorf("%q is stored as %q, which is read as %q, %s", text, address, again, wrong)
		}
		if strings.ContainsAny(address, "\r\n\x00") {
			t.Errorf("%q is taken", address)
		}
	})
}
