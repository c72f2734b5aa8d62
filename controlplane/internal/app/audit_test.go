package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/store"
)

func TestMain_Audit(t *testing.T) {
	data := t.TempDir()
	folder := filepath.Join(data, "controlplane")
	if code, _, stderr := call(t, "audit", "verify", "--data", data); code != 1 || !strings.Contains(stderr, "--data") {
		t.Errorf("a folder of nobody: %d %s", code, stderr)
	}
	must(t, os.Mkdir(folder, 0o700))
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(folder, "podium.db")})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	sealer, err := identity.OpenSealer(filepath.Join(folder, "key"))
	must(t, err)
	signer, err := identity.OpenSigner(t.Context(), s, sealer, "", now)
	must(t, err)
	for range 3 {
		must(t, s.Audit(t.Context(), audit.Entry{At: now(), Actor: audit.Actor{AccountID: "acc_1"}, Action: "test"}))
	}
	log := audit.New(s, signer, now)
	must(t, log.Checkpoint(t.Context()))
	if code, stdout, stderr := call(t, "audit", "verify", "--data", data); code != 0 || !strings.Contains(stdout, "intact  acc_1  3 entries, signed up to 3") {
		t.Errorf("a log that holds: %d %s%s", code, stdout, stderr)
	}

	_, key, _ := call(t, "audit", "key", "--data", data)
	pem, export := filepath.Join(data, "key.pem"), filepath.Join(data, "audit.jsonl")
	must(t, os.WriteFile(pem, []byte(key), 0o600))
	var file bytes.Buffer
	must(t, log.Export(t.Context(), &file, "acc_1", 0))
	must(t, os.WriteFile(export, file.Bytes(), 0o600))
	if code, stdout, stderr := call(t, "audit", "verify-file", "--key", pem, export); code != 0 || !strings.Contains(stdout, "3 entries") {
		t.Errorf("an export that is whole: %d %s%s", code, stdout, stderr)
	}
	must(t, os.WriteFile(export, bytes.Replace(file.Bytes(), []byte("test"), []byte("rest"), 1), 0o600))
	if code, _, stderr := call(t, "audit", "verify-file", "--key", pem, export); code != 1 || !strings.Contains(stderr, "entry 2") {
		t.Errorf("an export that was changed: %d %s", code, stderr)
	}
	if code, _, stderr := call(t, "audit", "erase"); code != 2 || !strings.Contains(stderr, "usage") {
		t.Errorf("an unknown command: %d %s", code, stderr)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
