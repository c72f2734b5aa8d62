package migrate_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/migrate"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

func openSQLite(t *testing.T) *sql.DB {
	return open(t, "sqlite", filepath.Join(t.TempDir(), "test.db"))
}

// openPostgres opens an empty scratch database.
func openPostgres(t *testing.T) *sql.DB {
	return open(t, "pgx", pgtest.New(t, fstest.MapFS{"00001_nothing.sql": up("select 1")}))
}

func open(t *testing.T, driver, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func up(statement string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + statement + ";\n")}
}

func TestUp_AppliesEachFileOnce(t *testing.T) {
	files := fstest.MapFS{"00002_a.sql": up("create table a (x text)"), "00003_b.sql": up("create table b (x text)")}
	for name, db := range map[migrate.Dialect]*sql.DB{migrate.SQLite: openSQLite(t), migrate.Postgres: openPostgres(t)} {
		for _, want := range []int{2, 0} {
			n, err := migrate.Up(t.Context(), db, name, files)
			if err != nil || n != want {
				t.Errorf("%s: applied %d, %v, want %d", name, n, err, want)
			}
		}
		former := fstest.MapFS{"00002_a.sql": files["00002_a.sql"]} // of the release before, to which one can go back
		if n, err := migrate.Up(t.Context(), db, name, former); err != nil || n != 0 {
			t.Errorf("%s: the former release applied %d, %v", name, n, err)
		}
	}
}

func TestUp_KeepsNothingOfAFileThatFails(t *testing.T) {
	files := fstest.MapFS{
		"00002_a.sql": up("create table a (x text)"),
		"00003_b.sql": up("create table b (x text);\ninsert into missing values (1)"),
	}
	for name, db := range map[migrate.Dialect]*sql.DB{migrate.SQLite: openSQLite(t), migrate.Postgres: openPostgres(t)} {
		if _, err := migrate.Up(t.Context(), db, name, files); err == nil {
			t.Errorf("%s: a file that fails is applied", name)
		}
		if _, err := db.Exec("select x from a"); err != nil {
			t.Errorf("%s: the file before is lost: %v", name, err)
		}
		if _, err := db.Exec("select x from b"); err == nil {
			t.Errorf("%s: half of the file is applied", name)
		}
	}
}

func TestUp_OnPostgresManyMayStartAtOnce(t *testing.T) {
	db := openPostgres(t)
	files := fstest.MapFS{"00002_a.sql": up("create table a (x text)")}
	var starting sync.WaitGroup
	applied := make(chan int, 4)
	for range cap(applied) {
		starting.Go(func() {
			n, err := migrate.Up(t.Context(), db, migrate.Postgres, files)
			if err != nil {
				t.Error(err)
			}
			applied <- n
		})
	}
	starting.Wait()
	close(applied)
	total := 0
	for n := range applied {
		total += n
	}
	if total != 1 {
		t.Errorf("applied %d times", total)
	}
}

// TestControlPlane_GoesDownAndUpAgain runs every statement of the real files on both databases.
func TestControlPlane_GoesDownAndUpAgain(t *testing.T) {
	files := migrations.ControlPlane()
	downAndUp(t, migrate.SQLite, openSQLite(t), files)
	downAndUp(t, migrate.Postgres, open(t, "pgx", pgtest.New(t, files)), files)
}

func TestDataPlane_GoesDownAndUpAgain(t *testing.T) {
	files := migrations.DataPlane()
	downAndUp(t, migrate.Postgres, open(t, "pgx", pgtest.New(t, files)), files)
}

func downAndUp(t *testing.T, d migrate.Dialect, db *sql.DB, files fs.FS) {
	t.Helper()
	if _, err := migrate.Up(t.Context(), db, d, files); err != nil {
		t.Fatalf("%s: up: %v", d, err)
	}
	if err := down(t.Context(), db, d, files); err != nil {
		t.Fatalf("%s: down: %v", d, err)
	}
	n, err := migrate.Up(t.Context(), db, d, files)
	if err != nil || n == 0 {
		t.Errorf("%s: up again: %d, %v", d, n, err)
	}
}

func down(ctx context.Context, db *sql.DB, d migrate.Dialect, files fs.FS) error {
	p, err := goose.NewProvider(goose.Dialect(d), db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	results, err := p.DownTo(ctx, 0)
	if err == nil && len(results) == 0 {
		err = errors.New("nothing to take down")
	}
	return err
}
