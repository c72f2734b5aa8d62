package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// view reads in one transaction, which a broken connection ends.
type view struct{ tx pgx.Tx }

// Snapshot implements store.Store. What was acknowledged before, on whatever node, is in the view.
func (s *Store) Snapshot(ctx context.Context, f func(store.View) error) (err error) {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("begin a snapshot: %w", err)
	}
	defer func() { err = errors.Join(err, tx.Rollback(context.WithoutCancel(ctx))) }() // nothing was written
	return f(view{tx})
}

// Clear implements store.Store.
func (s *Store) Clear(ctx context.Context) error {
	if err := s.exec(ctx, query("ClearAll")); err != nil {
		return fmt.Errorf("clear: %w", err)
	}
	return nil
}

func readAll[T any](ctx context.Context, v view, what string, scan pgx.RowToFunc[T], statement string, args ...any) ([]T, error) {
	rows, err := v.tx.Query(ctx, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	all, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return all, nil
}

// Defs implements store.View.
func (v view) Defs(ctx context.Context) ([]*workflow.Def, error) {
	return readAll(ctx, v, "definitions", decoded[*workflow.Def], query("SelectDefinitions"), workflowKind)
}

// TaskDefs implements store.View.
func (v view) TaskDefs(ctx context.Context) ([]*workflow.TaskDef, error) {
	return readAll(ctx, v, "definitions", decoded[*workflow.TaskDef], query("SelectDefinitions"), taskKind)
}

// Schemas implements store.View.
func (v view) Schemas(ctx context.Context) ([]*workflow.SchemaDef, error) {
	return readAll(ctx, v, "definitions", decoded[*workflow.SchemaDef], query("SelectDefinitions"), schemaKind)
}

// Docs implements store.View.
func (v view) Docs(ctx context.Context, kind string) ([]store.Doc, error) {
	return readAll(ctx, v, "documents", scanDoc(kind), query("SelectDocuments"), []byte(kind))
}

// DocKinds implements store.View.
func (v view) DocKinds(ctx context.Context) ([]string, error) {
	return readAll(ctx, v, "kinds of documents", scanKind, query("SelectDocumentKinds"))
}
