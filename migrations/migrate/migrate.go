// Package migrate brings a database to the schema of this release.
package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Dialect names a kind of database.
type Dialect string

// The dialects that the SQL of package migrations is written for.
const (
	SQLite   Dialect = "sqlite3"
	Postgres Dialect = "postgres"
)

// Up applies what db lacks of files, each file in a transaction of its own, and returns how many it applied. On PostgreSQL
// it holds a session lock, so that programs which start at once apply each file once; a SQLite file belongs to one program.
func Up(ctx context.Context, db *sql.DB, d Dialect, files fs.FS) (int, error) {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d == Postgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120), lock.WithUnlockTimeout(1, 5))
		if err != nil {
			return 0, fmt.Errorf("make migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(goose.Dialect(d), db, files, options...)
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	results, err := p.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	return len(results), nil
}
