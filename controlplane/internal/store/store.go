// Package store keeps the control plane's state in SQLite or PostgreSQL.
//
// Both run the same statements (queries/*.sql) and pass the same suite (storetest). Every change is one transaction, with its
// audit entry in it. Methods about a tenant's things take the organization and see nothing of others; the exceptions, which
// find by an id or a token's hash of whatever organization, say so in the interfaces of their consumers. Errors for
// callers are of package problem: NotFound for what is absent, Conflict for what is taken.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/migrate"
)

// Config says which database: Path or Postgres is set.
type Config struct {
	Path     string // SQLite file; made if absent
	Postgres string // URL; its user owns the tables and may become the roles podium_app and podium_system
	// Scope is whose rows calls may touch whose context says nothing. It is for tools and tests.
	Scope tenancy.Scope
	// Plans limits what organizations have. nil: nothing is limited.
	Plans *plan.Catalog
	// Letters says that there is a mail server: what owners are to be told of is stored for it.
	Letters bool
}

// Store is an open database at the schema of this release. It is safe for concurrent use.
type Store struct {
	read  *database
	write *database // the same as read but for SQLite, which has one writer
	plans *plan.Catalog

	letters bool
}

const (
	sqliteReaders = 4
	postgresConns = 20
)

// Open applies the migrations and connects.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if s.plans = c.Plans; s.plans == nil {
		s.plans = plan.BuiltIn()
	}
	s.letters = c.Letters
	return s, nil
}

func connect(ctx context.Context, c Config) (*Store, error) {
	if c.Postgres != "" {
		if err := prepare(ctx, "pgx", c.Postgres, migrate.Postgres, migrations.GuardsPostgres); err != nil {
			return nil, err
		}
		db, err := openPostgres(c.Postgres, c)
		return &Store{read: db, write: db}, err
	}
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, err
	}
	// Transactions take the write lock when they begin, so that one which reads first cannot fail when it writes.
	url := sqliteURL(path, "immediate")
	if err := prepare(ctx, "sqlite", url, migrate.SQLite, migrations.GuardsSQLite); err != nil {
		return nil, err
	}
	write, err := sql.Open("sqlite", url)
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", sqliteURL(path, "deferred"))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(sqliteReaders)
	return &Store{read: &database{DB: read}, write: &database{DB: write}}, nil
}

// prepare brings a database to the schema of this release, as who owns it.
func prepare(ctx context.Context, driver, source string, d migrate.Dialect, guards string) error {
	db, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	_, err = migrate.Up(ctx, db, d, migrations.ControlPlane())
	if err == nil {
		_, err = db.ExecContext(ctx, guards)
	}
	return errors.Join(err, db.Close())
}

func sqliteURL(path, lock string) string {
	pragmas := url.Values{
		"_txlock": {lock},
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)"},
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: pragmas.Encode()}).String()
}

// Close closes the connections.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.read.PingContext(ctx) }

// tx runs do in a transaction, which is rolled back when do fails.
func (s *Store) tx(ctx context.Context, do func(tx *sql.Tx) error) error { return s.write.tx(ctx, do) }

// change runs do and records e in one transaction.
func (s *Store) change(ctx context.Context, e audit.Entry, do func(tx *sql.Tx) error) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
}

// exec runs a statement and returns how many rows it changed.
func exec(ctx context.Context, q querier, name string, args ...any) (n int64, err error) {
	err = on(ctx, q, func(q querier) error {
		res, err := q.ExecContext(ctx, query(name), args...)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// one reads the row of a statement; without one it returns absent.
func one[T any](ctx context.Context, q querier, scan func(scanner) (T, error), absent error, name string, args ...any) (v T, err error) {
	err = on(ctx, q, func(q querier) error {
		v, err = scan(q.QueryRowContext(ctx, query(name), args...))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return v, absent
	}
	if err != nil {
		return v, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// all reads the rows of a statement; the result is not nil.
func all[T any](ctx context.Context, q querier, scan func(scanner) (T, error), name string, args ...any) ([]T, error) {
	list := []T{}
	err := on(ctx, q, func(q querier) error {
		rows, err := q.QueryContext(ctx, query(name), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return list, nil
}

// value reads the only column of a row.
func value[T any](r scanner) (v T, err error) {
	return v, r.Scan(&v)
}

// Times are stored as microseconds since 1970.
func micros(t time.Time) int64 { return t.UnixMicro() }

func timeOf(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// nullable stores "" as null.
func nullable(text string) sql.NullString { return sql.NullString{String: text, Valid: text != ""} }

// nullableTime stores the zero time as null.
func nullableTime(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

// timeOrZero reads a column that is null for the zero time.
func timeOrZero(micros sql.NullInt64) time.Time {
	if !micros.Valid {
		return time.Time{}
	}
	return timeOf(micros.Int64)
}
