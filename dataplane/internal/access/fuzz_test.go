package access

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// FuzzVerify looks for a token that opens although none was ever issued.
func FuzzVerify(f *testing.F) {
	_, sign, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	g, err := New(Config{Mode: Keys, ClusterID: "clu_a", SignKey: sign, Now: time.Now})
	if err != nil {
		f.Fatal(err)
	}
	if err := g.Set([]fleetapi.AccessKey{key("key_1", "s3cret")}, fleetapi.Issuer{}); err != nil {
		f.Fatal(err)
	}
	_, foreign, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{"sub": "key_1", "aud": "clu_a", "exp": time.Now().Add(time.Hour).Unix()})
	signed, err := token.SignedString(foreign)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		signed, "", "a.b.c", "..", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJrZXlfMSIsImF1ZCI6ImNsdV9hIn0.",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJrZXlfMSJ9.AAAA",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if who, err := g.Verify(token); err == nil {
			t.Errorf("%q opens for %+v", token, who)
		}
		if _, err := g.Exchange("key_1", token); err == nil && token != "s3cret" {
			t.Errorf("%q is taken for the secret of a key", token)
		}
	})
}
