// Package postgres keeps a data plane in PostgreSQL, which any number of nodes share.
//
// A group of changes is one transaction in one round trip: a pipeline of at most a dozen statements, each of which takes all
// rows of its table as arrays (queries/commit.sql; batch.go collapses the steps, args.go lays out the rows, writer.go sends
// them). The database checks that each step follows the stored revision; what does not is left out and reported as
// a store.Conflict. A search is translated to SQL (search.go, condition.go) and means what the query means in memory.
//
// The schema is migrations/dataplane. Ids and texts are bytes there, so that nothing is refused that a caller may send.
package postgres

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/migrate"
)

// Config says which database.
type Config struct {
	URL    string // postgres://user:password@host/database?…
	Conns  int    // connections for reading, beside the one that writes; 0: 8
	Logger *slog.Logger

	tracer pgx.QueryTracer // for tests
}

// Store implements store.Store.
type Store struct {
	pool   *pgxpool.Pool
	log    *slog.Logger
	writer *writer
	grams  grams
}

var _ store.Store = (*Store)(nil)

const (
	defaultConns = 8
	shards       = 256 // of the counts by status
)

// Open connects and brings the schema to the one of this release; nodes may do so at the same time.
func Open(ctx context.Context, c Config) (*Store, error) {
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	config.MaxConns = defaultConns
	if c.Conns > 0 {
		config.MaxConns = int32(c.Conns)
	}
	config.ConnConfig.Tracer = c.tracer
	if err := up(ctx, config.ConnConfig); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{pool: pool, log: c.Logger, writer: &writer{
		connect: func(ctx context.Context) (*pgx.Conn, error) { return connectWriter(ctx, config.ConnConfig) },
		log:     c.Logger, id: []byte(rand.Text()), shard: int16(mathrand.IntN(shards)), //nolint:gosec // any shard does
	}}
	if err := errors.Join(s.exec(ctx, query("ForgetOldWriters")), s.forgetUsage(ctx)); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

func up(ctx context.Context, c *pgx.ConnConfig) (err error) {
	db := sql.OpenDB(stdlib.GetConnector(*c))
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = migrate.Up(ctx, db, migrate.Postgres, migrations.DataPlane())
	return err
}

// connectWriter opens a connection whose plans go by the primary keys. A statement is planned once, and the tables may be
// empty then.
func connectWriter(ctx context.Context, c *pgx.ConnConfig) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, c.Copy())
	if err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, query("PrepareWriter"), pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// Close waits for what has been committed and disconnects.
func (s *Store) Close() error {
	err := s.writer.close(context.Background())
	s.pool.Close()
	if err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// Commit implements store.Store. It returns as soon as the place of the changes among the others is fixed; what is written of
// the named executions can be read from then on by this node, as reading waits for it. An error of wait that is no *Conflict
// leaves open whether the changes have been written: all or nothing has.
func (s *Store) Commit(_ context.Context, lazy, changes []*store.Change) (func() error, error) {
	return s.writer.commit(lazy, changes)
}

// exec runs one statement, again if the connection breaks; so it must do no harm when done twice.
func (s *Store) exec(ctx context.Context, statement string, args ...any) error {
	return retry(ctx, s.log, func(ctx context.Context) error {
		_, err := s.pool.Exec(ctx, statement, args...)
		return err
	})
}

// list reads all rows of a query.
func list[T any](ctx context.Context, s *Store, scan pgx.RowToFunc[T], statement string, args ...any) (all []T, err error) {
	err = retry(ctx, s.log, func(ctx context.Context) error {
		rows, err := s.pool.Query(ctx, statement, args...)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scan)
		return err
	})
	return all, err
}
