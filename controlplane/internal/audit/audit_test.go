package audit_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
)

var epoch = time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)

// signer signs with one key.
type signer ed25519.PrivateKey

func (s signer) Sign(text []byte) (string, []byte) {
	return "key", ed25519.Sign(ed25519.PrivateKey(s), text)
}

func (s signer) PublicKey(string) (ed25519.PublicKey, bool) { return nil, false }

// TestLine_StaysAsItIs: every hash that was ever written depends on it.
func TestLine_StaysAsItIs(t *testing.T) {
	line, err := audit.Entry{
		ID: "aud_1", At: epoch, Organization: "org_1", Sequence: 2, Previous: "ab", Action: "cluster.create", Outcome: audit.Done,
		Target: "cluster/<first>", Actor: audit.Actor{AccountID: "acc_1", Email: "ada@example.com", Address: "192.0.2.1", RequestID: "R"},
		After: map[string]string{"name": "first", "token": "x"},
	}.Line()
	const want = `{"chain":"org_1","sequence":2,"previous":"ab","id":"aud_1","at":"2026-05-17T12:00:00Z","accountId":"acc_1",` +
		`"email":"ada@example.com","address":"192.0.2.1","credential":"","requestId":"R","action":"cluster.create","outcome":"done",` +
		`"target":"cluster/\u003cfirst\u003e","reason":"","before":null,"after":{"name":"first","token":"[hidden]"}}`
	if err != nil || string(line) != want {
		t.Errorf("the line is\n%s\nwant\n%s\n%v", line, want, err)
	}
}
