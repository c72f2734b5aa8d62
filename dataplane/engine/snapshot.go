package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/podium-cloud/podium/dataplane/internal/seal"
	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// Snapshot calls f with what the engine keeps at one moment, while it works.
func (e *Engine) Snapshot(ctx context.Context, f func(store.View) error) error {
	return e.store.Snapshot(ctx, f)
}

// IsSecret reports whether a document is a secret.
func IsSecret(d store.Doc) bool { return d.Kind == kindSecret }

// Reseal returns a secret sealed with another key. Both are of [seal.KeySize] bytes.
func Reseal(d store.Doc, from, to []byte) (store.Doc, error) {
	var s secret
	if err := json.Unmarshal(d.Value, &s); err != nil {
		return d, fmt.Errorf("secret %s: %w", d.Key, err)
	}
	old, err := seal.New(from)
	if err != nil {
		return d, err
	}
	next, err := seal.New(to)
	if err != nil {
		return d, err
	}
	text, err := old.Open(kindSecret+":"+s.Name, s.Sealed)
	if err != nil {
		return d, fmt.Errorf("the secret %w", err)
	}
	s.Sealed = next.Seal(kindSecret+":"+s.Name, text)
	d.Value, err = json.Marshal(s)
	return d, err
}
