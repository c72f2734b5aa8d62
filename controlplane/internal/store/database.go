package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
)

// database is a pool of connections. On PostgreSQL each statement runs in a transaction that says whose rows it may touch:
// what is said lasts as long as the transaction and never reaches the next user of the connection.
type database struct {
	*sql.DB

	confined  bool          // on PostgreSQL
	otherwise tenancy.Scope // of calls whose context says nothing
}

// openPostgres connects as a role that sees no row by itself.
func openPostgres(url string, c Config) (*database, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "set role podium_app")
		return err
	}))
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns / 2)
	return &database{DB: db, confined: true, otherwise: c.Scope}, nil
}

// begin begins a transaction that may touch the rows of the call's scope.
func (d *database) begin(ctx context.Context) (*sql.Tx, error) {
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	if !d.confined {
		return tx, nil
	}
	switch scope := tenancy.Of(ctx, d.otherwise); {
	case scope.Everywhere:
		_, err = tx.ExecContext(ctx, "set local role podium_system")
	case scope.Organization != "":
		_, err = tx.ExecContext(ctx, "select set_config('podium.organization', $1, true)", scope.Organization)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin: %w", err), tx.Rollback())
	}
	return tx, nil
}

// tx runs do in a transaction, which is rolled back when do fails or panics.
func (d *database) tx(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := d.begin(ctx)
	if err != nil {
		return err
	}
	ended := false
	defer func() {
		if !ended {
			_ = tx.Rollback()
		}
	}()
	err = do(tx)
	ended = true
	if err != nil {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			return errors.Join(err, back)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// querier is a database or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// on runs one statement on a database or in a transaction.
func on(ctx context.Context, q querier, do func(q querier) error) error {
	if d, ok := q.(*database); ok && d.confined {
		return d.tx(ctx, func(tx *sql.Tx) error { return do(tx) })
	}
	return do(q)
}
