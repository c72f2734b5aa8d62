package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func versionKey(kind byte, name string, version int) []byte {
	key := append(append([]byte{kind}, name...), 0)
	return binary.BigEndian.AppendUint32(key, uint32(version))
}

// PutDefs implements store.Store.
func (s *Store) PutDefs(_ context.Context, defs ...*workflow.Def) error {
	return s.write(func(w *writer) {
		for _, d := range defs {
			w.setJSON(versionKey('d', d.Name, d.Version), d)
		}
	})
}

// DeleteDef implements store.Store.
func (s *Store) DeleteDef(_ context.Context, name string, version int) error {
	return s.db.Delete(versionKey('d', name, version), pebble.Sync)
}

// Defs implements store.Store.
func (s *Store) Defs(context.Context) ([]*workflow.Def, error) {
	return all[workflow.Def](s, 'd')
}

// PutTaskDefs implements store.Store.
func (s *Store) PutTaskDefs(_ context.Context, defs ...*workflow.TaskDef) error {
	return s.write(func(w *writer) {
		for _, d := range defs {
			w.setJSON(w.k('D', d.Name), d)
		}
	})
}

// DeleteTaskDef implements store.Store.
func (s *Store) DeleteTaskDef(_ context.Context, name string) error {
	return s.db.Delete(append([]byte{'D'}, name...), pebble.Sync)
}

// TaskDefs implements store.Store.
func (s *Store) TaskDefs(context.Context) ([]*workflow.TaskDef, error) {
	return all[workflow.TaskDef](s, 'D')
}

// PutSchemas implements store.Store.
func (s *Store) PutSchemas(_ context.Context, schemas ...*workflow.SchemaDef) error {
	return s.write(func(w *writer) {
		for _, d := range schemas {
			w.setJSON(versionKey('c', d.Name, d.Version), d)
		}
	})
}

// DeleteSchema implements store.Store.
func (s *Store) DeleteSchema(_ context.Context, name string, version int) error {
	return s.db.Delete(versionKey('c', name, version), pebble.Sync)
}

// Schemas implements store.Store.
func (s *Store) Schemas(context.Context) ([]*workflow.SchemaDef, error) {
	return all[workflow.SchemaDef](s, 'c')
}

func docKey(kind, key string) []byte {
	return append(append(append([]byte{'e'}, kind...), 0), key...)
}

// PutDocs implements store.Store.
func (s *Store) PutDocs(_ context.Context, docs ...store.Doc) error {
	return s.write(func(w *writer) {
		for _, d := range docs {
			w.set(docKey(d.Kind, d.Key), d.Value)
		}
	})
}

// DeleteDoc implements store.Store.
func (s *Store) DeleteDoc(_ context.Context, kind, key string) error {
	return s.db.Delete(docKey(kind, key), pebble.Sync)
}

// Docs implements store.Store.
func (s *Store) Docs(_ context.Context, kind string) ([]store.Doc, error) {
	var out []store.Doc
	lower, upper := bounds('e', kind)
	err := s.scan(lower, upper, func(k, v []byte) (bool, error) {
		out = append(out, store.Doc{Kind: kind, Key: string(k[len(lower):]), Value: bytes.Clone(v)})
		return true, nil
	})
	return out, err
}

// DocKinds implements store.Store.
func (s *Store) DocKinds(context.Context) ([]string, error) {
	var kinds []string
	err := s.scan([]byte{'e'}, []byte{'f'}, func(k, _ []byte) (bool, error) {
		kind, _, _ := strings.Cut(string(k[1:]), "\x00")
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
		return true, nil
	})
	slices.Sort(kinds)
	return kinds, err
}

// write commits a batch durably.
func (s *Store) write(f func(*writer)) error {
	b := s.db.NewBatch()
	defer b.Close() //nolint:errcheck // closing a batch only returns its memory
	w := newWriter(b)
	defer w.free()
	f(w)
	if w.err != nil {
		return w.err
	}
	return b.Commit(pebble.Sync)
}

// all decodes every value of a kind.
func all[T any](s *Store, kind byte) ([]*T, error) {
	var out []*T
	err := s.scan([]byte{kind}, []byte{kind + 1}, func(_, v []byte) (bool, error) {
		item := new(T)
		err := json.Unmarshal(v, item)
		out = append(out, item)
		return true, err
	})
	return out, err
}
