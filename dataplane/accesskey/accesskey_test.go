package accesskey_test

import (
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/accesskey"
)

// TestNew: S-40. A scanner of leaks can tell a secret from other strings by itself.
func TestNew(t *testing.T) {
	secret, hash := accesskey.New()
	if !accesskey.Valid(secret) || hash != accesskey.Hash(secret) || len(hash) != 64 {
		t.Errorf("the secret %q has the hash %q", secret, hash)
	}
	if other, otherHash := accesskey.New(); other == secret || otherHash == hash {
		t.Error("two secrets are alike")
	}
	first := strings.LastIndex(secret, "_") + 1
	changed := "A"
	if secret[first] == 'A' {
		changed = "B"
	}
	for _, wrong := range []string{
		"", secret[:len(secret)-1], secret + "\n", strings.ToLower(secret), secret[:first] + changed + secret[first+1:],
		strings.Replace(secret, "podium_key_", "podium_user_", 1),
	} {
		if accesskey.Valid(wrong) {
			t.Errorf("%q is valid", wrong)
		}
	}
}
