package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// line is how an entry is written, in this order. Fields may be added at the end with omitzero; nothing else may change, as
// the hashes of all that was written before would.
type line struct {
	Chain      string          `json:"chain"`
	Sequence   int64           `json:"sequence"`
	Previous   string          `json:"previous"`
	ID         string          `json:"id"`
	At         time.Time       `json:"at"`
	AccountID  string          `json:"accountId"`
	Email      string          `json:"email"`
	Address    string          `json:"address"`
	Credential string          `json:"credential"`
	RequestID  string          `json:"requestId"`
	Action     string          `json:"action"`
	Outcome    Outcome         `json:"outcome"`
	Target     string          `json:"target"`
	Reason     string          `json:"reason"`
	Before     json.RawMessage `json:"before"`
	After      json.RawMessage `json:"after"`
}

// Line returns the entry as one line of JSON, without its end: what the next entry's Previous is the hash of.
func (e Entry) Line() ([]byte, error) {
	before, err := state(e.Before)
	if err != nil {
		return nil, fmt.Errorf("audit: state before: %w", err)
	}
	after, err := state(e.After)
	if err != nil {
		return nil, fmt.Errorf("audit: state after: %w", err)
	}
	text, err := json.Marshal(line{
		e.Chain(), e.Sequence, e.Previous, e.ID, e.At.UTC(), e.Actor.AccountID, e.Actor.Email, e.Actor.Address, e.Actor.Credential,
		e.Actor.RequestID, e.Action, e.Outcome, e.Target, e.Reason, before, after,
	})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return text, nil
}

// Sum returns the hash of a line.
func Sum(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// state returns what is stored as it is, and anything else as JSON without secrets.
func state(v any) (json.RawMessage, error) {
	if stored, ok := v.(json.RawMessage); ok {
		return stored, nil
	}
	return Mask(v)
}
