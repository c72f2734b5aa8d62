package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/seal"
)

func key(t *testing.T) *seal.Key {
	t.Helper()
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestASealedValueOpensWithItsKeyAndLabelAlone(t *testing.T) {
	k := key(t)
	sealed := k.Seal("token", "hunter22")
	if bytes.Contains(sealed, []byte("hunter")) {
		t.Error("the value can be read")
	}
	if bytes.Equal(sealed, k.Seal("token", "hunter22")) {
		t.Error("equal values look equal")
	}
	if got, err := k.Open("token", sealed); err != nil || got != "hunter22" {
		t.Errorf("opened: %q, %v", got, err)
	}
	if _, err := k.Open("other", sealed); err == nil {
		t.Error("it opened under another name")
	}
	if _, err := key(t).Open("token", sealed); err == nil {
		t.Error("it opened with another key")
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := k.Open("token", sealed); err == nil {
		t.Error("it opened after it was changed")
	}
}

func TestTheKeyFileIsMadeOnceForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "secret.key")
	first, err := seal.File(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.File(path)
	if err != nil || !bytes.Equal(first, again) || len(first) != seal.KeySize {
		t.Errorf("the second time: %v, %v", again, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode: %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.File(path); err == nil {
		t.Error("a file that holds no key was accepted or replaced")
	}
}
