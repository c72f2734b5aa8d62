package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/id"
)

// Audit records an entry about something that changes nothing else.
func (s *Store) Audit(ctx context.Context, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error { return record(ctx, tx, e) })
}

func record(ctx context.Context, tx *sql.Tx, e audit.Entry) error {
	before, err := json.Marshal(e.Before)
	if err != nil {
		return fmt.Errorf("audit: state before: %w", err)
	}
	after, err := json.Marshal(e.After)
	if err != nil {
		return fmt.Errorf("audit: state after: %w", err)
	}
	organization := sql.NullString{String: e.Organization, Valid: e.Organization != ""}
	_, err = exec(ctx, tx, "InsertAudit", id.New("aud"), organization, micros(e.At), e.Actor.AccountID, e.Actor.Email,
		e.Actor.Address, e.Actor.RequestID, e.Action, e.Target, string(before), string(after))
	return err
}

// AuditLog lists what happened to an organization, newest first. Before and After are json.RawMessage, or nil.
func (s *Store) AuditLog(ctx context.Context, organization string, limit int) ([]audit.Entry, error) {
	return all(ctx, s.read, func(r scanner) (audit.Entry, error) {
		e := audit.Entry{Organization: organization}
		var at int64
		var before, after string
		err := r.Scan(&e.ID, &at, &e.Actor.AccountID, &e.Actor.Email, &e.Actor.Address, &e.Actor.RequestID, &e.Action, &e.Target,
			&before, &after)
		e.At, e.Before, e.After = timeOf(at), state(before), state(after)
		return e, err
	}, "SelectAudit", organization, limit)
}

func state(text string) any {
	if text == "null" {
		return nil
	}
	return json.RawMessage(text)
}
