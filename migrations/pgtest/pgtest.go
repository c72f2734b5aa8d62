// Package pgtest gives each test a migrated PostgreSQL database of its own, and a server of its own to those that crash it.
//
// The server is the one that PODIUM_TEST_POSTGRES points at, with rights to create databases. The schema is applied once
// per version of the files, to a template that the scratch databases are copied from.
package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"

	"github.com/podium-cloud/podium/migrations/migrate"
)

// Env names the variable with the URL of the server, for instance postgres://postgres@127.0.0.1:5432/postgres.
const Env = "PODIUM_TEST_POSTGRES"

// templateLock serializes the making of templates among test programs; any number does that nobody else uses.
const templateLock = 7_203_411

// New makes a database with the schema of files and returns its URL; the test's end drops it. Without a server the test
// fails.
func New(t testing.TB, files fs.FS) string {
	t.Helper()
	server := os.Getenv(Env)
	if server == "" {
		t.Fatalf("%s is not set: this test needs a PostgreSQL server, e.g. %s=postgres://postgres@127.0.0.1:5432/postgres", Env, Env)
	}
	ctx := t.Context()
	admin := open(t, server)
	name := "podium_test_" + rand.Text()[:12]
	if err := create(ctx, admin, server, name, files); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's context has ended by now.
		if _, err := admin.ExecContext(context.Background(), fmt.Sprintf("drop database %q with (force)", name)); err != nil {
			t.Errorf("drop scratch database: %v", err)
		}
	})
	return at(server, name)
}

func open(t testing.TB, server string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatalf("%s: %v", Env, err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func create(ctx context.Context, admin *sql.DB, server, name string, files fs.FS) error {
	template, err := templateName(files)
	if err != nil {
		return err
	}
	// Session locks belong to a connection, and a template may not be in use while it is copied.
	conn, err := admin.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", Env, err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "select pg_advisory_lock($1)", templateLock); err != nil {
		return fmt.Errorf("lock template: %w", err)
	}
	err = ensureTemplate(ctx, conn, server, template, files)
	if err == nil {
		_, err = conn.ExecContext(ctx, fmt.Sprintf("create database %q template %q", name, template))
	}
	_, unlockErr := conn.ExecContext(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", templateLock)
	if err = errors.Join(err, unlockErr); err != nil {
		return fmt.Errorf("create scratch database: %w", err)
	}
	return nil
}

func ensureTemplate(ctx context.Context, conn *sql.Conn, server, template string, files fs.FS) error {
	var there bool
	err := conn.QueryRowContext(ctx, "select exists (select 1 from pg_database where datname = $1)", template).Scan(&there)
	if err != nil || there {
		return err
	}
	// Migrated under another name first, so that a template is always whole.
	unfinished := template + "_unfinished"
	for _, statement := range []string{"drop database if exists %q", "create database %q"} {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf(statement, unfinished)); err != nil {
			return fmt.Errorf("make template: %w", err)
		}
	}
	db, err := sql.Open("pgx", at(server, unfinished))
	if err != nil {
		return fmt.Errorf("open template: %w", err)
	}
	_, err = migrate.Up(ctx, db, migrate.Postgres, files)
	if closeErr := db.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("migrate template: %w", err)
	}
	_, err = conn.ExecContext(ctx, fmt.Sprintf("alter database %q rename to %q", unfinished, template))
	if err != nil {
		return fmt.Errorf("finish template: %w", err)
	}
	return nil
}

// templateName depends on every byte of the files.
func templateName(files fs.FS) (string, error) {
	sum := sha256.New()
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", fmt.Errorf("list migrations: %w", err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return "", fmt.Errorf("read migration: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	return "podium_template_" + hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// at returns the server's URL with another database name.
func at(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + name
	return u.String()
}
