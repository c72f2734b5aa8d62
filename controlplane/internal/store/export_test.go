package store

import (
	"context"
	"database/sql"
)

// LimitConnections bounds how many connections the store has.
func (s *Store) LimitConnections(n int) { s.write.SetMaxOpenConns(n) }

// Transact runs do as the store runs its changes.
func (s *Store) Transact(ctx context.Context, do func(*sql.Tx) error) error { return s.tx(ctx, do) }
