package apikey

import (
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
)

// TestToken: S-40. A scanner of leaks can tell a token from other strings by itself.
func TestToken(t *testing.T) {
	const key = "key_0192f8c1a6c47f3d8a5be2f0c9d1e3a7"
	for kind, prefix := range map[authz.Kind]string{authz.User: "podium_user_", authz.ServiceAccount: "podium_service_"} {
		token, hash := newToken(kind, key)
		if id, good := parse(token); !good || id != key || !strings.HasPrefix(token, prefix) || !same(token, hash) {
			t.Errorf("%q is of %q, %v", token, id, good)
		}
		other, _ := newToken(kind, key)
		if other == token || same(other, hash) {
			t.Error("two tokens of a key are alike")
		}
		at := strings.LastIndex(token, "_") + 1
		changed := token[:at] + strings.Map(func(r rune) rune {
			if r == 'A' {
				return 'B'
			}
			return 'A'
		}, token[at:at+1]) + token[at+1:]
		if _, good := parse(changed); good {
			t.Errorf("%q passes with the checksum of %q", changed, token)
		}
	}
}

func FuzzParse(f *testing.F) {
	token, _ := newToken(authz.User, "key_0192f8c1a6c47f3d8a5be2f0c9d1e3a7")
	for _, seed := range []string{token, token[:len(token)-1], "", "podium_user_", strings.ToUpper(token), token + "\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, good := parse(text)
		if good && (!strings.HasPrefix(text, Prefix) || len(id) != len("key_")+32 || !strings.Contains(text, id[4:])) {
			t.Errorf("%q is of %q", text, id)
		}
	})
}
