package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
)

// FuzzVerifyFile looks for a file that passes although the key did not sign it.
func FuzzVerifyFile(f *testing.F) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	h := audit.SignHead(signer(private), "org_1", 1, "x", epoch)
	line, err := audit.Entry{Organization: "org_1", Sequence: 1}.Line()
	if err != nil {
		f.Fatal(err)
	}
	seal, err := json.Marshal(map[string]any{"signature": h.Signature, "signed": h.Text(), "chain": h.Chain, "sequence": 1, "at": h.At})
	if err != nil {
		f.Fatal(err)
	}
	if err := h.Check(public); err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.Join([][]byte{line, seal}, []byte("\n")))
	f.Add([]byte("{}"))
	f.Add([]byte("{\"sequence\":1}\n{\"signature\":\"AA==\",\"publicKey\":\"-----BEGIN PUBLIC KEY-----\\n-----END PUBLIC KEY-----\"}"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if v, err := audit.VerifyFile(bytes.NewReader(file), other); err == nil {
			t.Errorf("passes as %+v", v)
		}
		_, _ = audit.VerifyFile(bytes.NewReader(file), nil)
	})
}

// FuzzMask looks for a text that a masked state still has, and for a state that is not JSON any more.
func FuzzMask(f *testing.F) {
	f.Add("clientSecret", "s3cret")
	f.Add("a\x00b", "\xff<&>\u2028")
	f.Fuzz(func(t *testing.T, name, text string) {
		masked, err := audit.Mask(map[string]any{name: text, "password": []any{map[string]string{name: "mark of a secret"}}})
		if err != nil || !json.Valid(masked) {
			t.Fatalf("%s, %v", masked, err)
		}
		if text != "mark of a secret" && name != "mark of a secret" && bytes.Contains(masked, []byte("mark of a secret")) {
			t.Errorf("not masked: %s", masked)
		}
		again, err := json.Marshal(masked)
		if err != nil || !bytes.Equal(again, masked) {
			t.Errorf("is written differently the second time: %s and %s, %v", masked, again, err)
		}
	})
}
