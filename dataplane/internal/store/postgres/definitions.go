package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Kinds of definitions.
const (
	workflowKind = "workflow"
	taskKind     = "task"
	schemaKind   = "schema"
)

// PutDefs implements store.Store.
func (s *Store) PutDefs(ctx context.Context, defs ...*workflow.Def) error {
	return putDefinitions(ctx, s, workflowKind, defs, func(d *workflow.Def) definition { return definition{d.Name, d.Version} })
}

// DeleteDef implements store.Store.
func (s *Store) DeleteDef(ctx context.Context, name string, version int) error {
	return s.deleteDefinition(ctx, workflowKind, definition{name, version})
}

// Defs implements store.Store.
func (s *Store) Defs(ctx context.Context) ([]*workflow.Def, error) {
	return definitions[workflow.Def](ctx, s, workflowKind)
}

// PutTaskDefs implements store.Store.
func (s *Store) PutTaskDefs(ctx context.Context, defs ...*workflow.TaskDef) error {
	return putDefinitions(ctx, s, taskKind, defs, func(d *workflow.TaskDef) definition { return definition{name: d.Name} })
}

// DeleteTaskDef implements store.Store.
func (s *Store) DeleteTaskDef(ctx context.Context, name string) error {
	return s.deleteDefinition(ctx, taskKind, definition{name: name})
}

// TaskDefs implements store.Store.
func (s *Store) TaskDefs(ctx context.Context) ([]*workflow.TaskDef, error) {
	return definitions[workflow.TaskDef](ctx, s, taskKind)
}

// PutSchemas implements store.Store.
func (s *Store) PutSchemas(ctx context.Context, schemas ...*workflow.SchemaDef) error {
	return putDefinitions(ctx, s, schemaKind, schemas, func(d *workflow.SchemaDef) definition { return definition{d.Name, d.Version} })
}

// DeleteSchema implements store.Store.
func (s *Store) DeleteSchema(ctx context.Context, name string, version int) error {
	return s.deleteDefinition(ctx, schemaKind, definition{name, version})
}

// Schemas implements store.Store.
func (s *Store) Schemas(ctx context.Context) ([]*workflow.SchemaDef, error) {
	return definitions[workflow.SchemaDef](ctx, s, schemaKind)
}

// definition names a definition among those of its kind.
type definition struct {
	name    string
	version int
}

func putDefinitions[T any](ctx context.Context, s *Store, kind string, defs []*T, key func(*T) definition) error {
	bodies := map[definition][]byte{} // the last one of a name wins; a statement writes a row once
	for _, d := range defs {
		b, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("encode definition: %w", err)
		}
		bodies[key(d)] = b
	}
	var names, values [][]byte
	var versions []int32
	for k, b := range bodies {
		names, versions, values = append(names, []byte(k.name)), append(versions, int32(k.version)), append(values, b)
	}
	if err := s.exec(ctx, query("PutDefinitions"), kind, names, versions, values); err != nil {
		return fmt.Errorf("put definitions: %w", err)
	}
	return nil
}

func (s *Store) deleteDefinition(ctx context.Context, kind string, d definition) error {
	if err := s.exec(ctx, query("DeleteDefinition"), kind, []byte(d.name), int32(d.version)); err != nil {
		return fmt.Errorf("delete definition %s: %w", d.name, err)
	}
	return nil
}

func definitions[T any](ctx context.Context, s *Store, kind string) ([]*T, error) {
	all, err := list(ctx, s, decoded[*T], query("SelectDefinitions"), kind)
	if err != nil {
		return nil, fmt.Errorf("read definitions: %w", err)
	}
	return all, nil
}

// PutDocs implements store.Store.
func (s *Store) PutDocs(ctx context.Context, docs ...store.Doc) error {
	type place struct{ kind, key string }
	last := map[place][]byte{}
	for _, d := range docs {
		last[place{d.Kind, d.Key}] = append([]byte{}, d.Value...)
	}
	var kinds, keys, values [][]byte
	for p, value := range last {
		kinds, keys, values = append(kinds, []byte(p.kind)), append(keys, []byte(p.key)), append(values, value)
	}
	if err := s.exec(ctx, query("PutDocuments"), kinds, keys, values); err != nil {
		return fmt.Errorf("put documents: %w", err)
	}
	return nil
}

// DeleteDoc implements store.Store.
func (s *Store) DeleteDoc(ctx context.Context, kind, key string) error {
	if err := s.exec(ctx, query("DeleteDocument"), []byte(kind), []byte(key)); err != nil {
		return fmt.Errorf("delete document %s: %w", key, err)
	}
	return nil
}

// Docs implements store.Store.
func (s *Store) Docs(ctx context.Context, kind string) ([]store.Doc, error) {
	docs, err := list(ctx, s, scanDoc(kind), query("SelectDocuments"), []byte(kind))
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	return docs, nil
}

func scanDoc(kind string) pgx.RowToFunc[store.Doc] {
	return func(row pgx.CollectableRow) (d store.Doc, err error) {
		var key []byte
		err = row.Scan(&key, &d.Value)
		d.Kind, d.Key = kind, string(key)
		return d, err
	}
}

// DocKinds implements store.Store.
func (s *Store) DocKinds(ctx context.Context) ([]string, error) {
	kinds, err := list(ctx, s, scanKind, query("SelectDocumentKinds"))
	if err != nil {
		return nil, fmt.Errorf("read kinds of documents: %w", err)
	}
	return kinds, nil
}

func scanKind(row pgx.CollectableRow) (string, error) {
	var kind []byte
	err := row.Scan(&kind)
	return string(kind), err
}
