package access

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/dataplane/accesskey"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

func TestSigningKey_IsMadeOnceAndPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "signing.pem")
	first, err := SigningKey(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := SigningKey(path)
	if err != nil || !first.Equal(again) {
		t.Fatalf("another key the second time (%v)", err)
	}
	wantPrivate(t, path)
	if err := os.WriteFile(path, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := SigningKey(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a spoilt file gives %v", err)
	}
}

func TestCreateKey_WorksAtTheGateAndKeepsNoSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	secrets := map[string]string{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 { // at the same time: none may be lost
		wg.Go(func() {
			id, secret, err := CreateKey(path, "ci", fleetapi.ClusterAdmin)
			if err != nil || !accesskey.Valid(secret) {
				t.Errorf("the secret %q, %v", secret, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			secrets[id] = secret
		})
	}
	wg.Wait()
	wantPrivate(t, path)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ReadKeys(path)
	if err != nil || len(keys) != 8 || len(secrets) != 8 {
		t.Fatalf("%d keys in the file, %d made (%v)", len(keys), len(secrets), err)
	}
	g, _, _ := newGate(t, "clu_a")
	if err := g.Set(keys, fleetapi.Issuer{}); err != nil {
		t.Fatal(err)
	}
	for id, secret := range secrets {
		exchange(t, g, id, secret)
		if strings.Contains(string(b), secret) {
			t.Errorf("the secret of %s is in the file", id)
		}
	}
	if _, _, err := CreateKey(path, "  ", fleetapi.ClusterAdmin); err == nil {
		t.Error("a key without a name was made")
	}
	if _, _, err := CreateKey(path, "ci", "king"); err == nil || !strings.Contains(err.Error(), "role") {
		t.Errorf("a key with a role that there is not gives %v", err)
	}
}

func TestReadKeys_SaysWhatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := ReadKeys(path); err == nil {
		t.Error("no error for a missing file")
	}
	if err := os.WriteFile(path, []byte(`{"id":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKeys(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if _, _, err := CreateKey(path, "ci", fleetapi.ClusterAdmin); err == nil {
		t.Error("a spoilt file was overwritten")
	}
}

func wantPrivate(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v", path, info.Mode().Perm())
	}
}
