package identity_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

const issuer = "http://127.0.0.1:8080"

func openSigner(t *testing.T, b *bench, keyFile string) (*identity.Signer, error) {
	t.Helper()
	sealer, err := identity.OpenSealer(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	return identity.OpenSigner(t.Context(), b.store, sealer, issuer, time.Now)
}

func TestSigner_SignsWhatItsPublicKeyVerifies(t *testing.T) {
	b := setup(t)
	file := filepath.Join(t.TempDir(), "key")
	first, err := openSigner(t, b, file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := openSigner(t, b, file)
	if err != nil {
		t.Fatal(err)
	}
	account := identity.Account{ID: "acc_1", Email: "ada@example.com", Name: "Ada"}
	token, expires, err := again.ConsoleToken(identity.Pass{
		Account: account, Cluster: "clu_1", Role: fleetapi.ClusterViewer, Groups: []string{"night shift", "staff"}, Life: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.Parse(token, func(token *jwt.Token) (any, error) {
		for _, k := range first.Keys() {
			if k.ID == token.Header["kid"] {
				x, err := base64.RawURLEncoding.DecodeString(k.PublicKey)
				return ed25519.PublicKey(x), err
			}
		}
		return nil, jwt.ErrTokenUnverifiable
	}, jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithIssuer(issuer), jwt.WithAudience("clu_1"), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	claims, _ := parsed.Claims.(jwt.MapClaims)
	if claims["sub"] != "acc_1" || claims["email"] != "ada@example.com" || claims["name"] != "Ada" ||
		claims["role"] != "viewer" || fmt.Sprint(claims["groups"]) != "[night shift staff]" {
		t.Errorf("claims are %v", claims)
	}
	if end, _ := claims.GetExpirationTime(); !end.Equal(expires) || time.Until(expires) > time.Hour {
		t.Errorf("the token ends at %v, said %v", end, expires)
	}
}

func TestSigner_StoresNoPlainKey(t *testing.T) {
	b := setup(t)
	file := filepath.Join(t.TempDir(), "key")
	if _, err := openSigner(t, b, file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v, want mode 0600", info, err)
	}
	_, err := openSigner(t, b, filepath.Join(t.TempDir(), "another key"))
	if err == nil || !strings.Contains(err.Error(), "another key file") {
		t.Errorf("opened with another key file: %v", err)
	}
}

func TestOpenSealer_RefusesADamagedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	for _, text := range []string{"", "abc", strings.Repeat("0", 62), strings.Repeat("z", 64)} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := identity.OpenSealer(file); err == nil {
			t.Errorf("a key file with %q is taken", text)
		}
	}
}

// TestSigner_Rotates: S-47. A key is told before it signs, and told on as long as what it has signed may live.
func TestSigner_Rotates(t *testing.T) {
	b := setup(t)
	now := time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)
	sealer, err := identity.OpenSealer(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	open := func() *identity.Signer {
		s, err := identity.OpenSigner(t.Context(), b.store, sealer, issuer, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	running, command := open(), open()
	first := running.Keys()[0].ID
	next, err := command.Rotate(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := running.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		signs string
		told  string
	}{
		{0, first, fmt.Sprint([]string{next.ID, first})},
		{time.Hour - time.Second, first, fmt.Sprint([]string{next.ID, first})},
		{time.Second, next.ID, fmt.Sprint([]string{next.ID, first})},
		{24*time.Hour - time.Second, next.ID, fmt.Sprint([]string{next.ID, first})},
		{time.Second, next.ID, fmt.Sprint([]string{next.ID})},
	} {
		now = now.Add(step.after)
		var told []string
		for _, k := range running.Keys() {
			told = append(told, k.ID)
		}
		if signs, _ := running.Sign([]byte("text")); signs != step.signs || fmt.Sprint(told) != step.told {
			t.Errorf("at %v %s signs and %v are told, want %s and %s", now, signs, told, step.signs, step.told)
		}
	}
	if _, known := running.PublicKey(first); !known {
		t.Error("what the first key has signed cannot be verified any more")
	}
}
