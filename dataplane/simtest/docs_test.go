package simtest

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// docKey names a document.
type docKey struct{ kind, key string }

// PutDocs implements store.Store.
func (s *tables) PutDocs(_ context.Context, docs ...store.Doc) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range docs {
		s.docs[docKey{d.Kind, d.Key}] = bytes.Clone(d.Value)
	}
	return nil
}

// DeleteDoc implements store.Store.
func (s *tables) DeleteDoc(_ context.Context, kind, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.docs, docKey{kind, key})
	return nil
}

// Docs implements store.Store.
func (s *tables) Docs(_ context.Context, kind string) ([]store.Doc, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []store.Doc
	for k, value := range s.docs {
		if k.kind == kind {
			out = append(out, store.Doc{Kind: kind, Key: k.key, Value: bytes.Clone(value)})
		}
	}
	slices.SortFunc(out, func(a, b store.Doc) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}
