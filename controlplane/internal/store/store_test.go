package store_test

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/store/storetest"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Exercise(t, func(t *testing.T) *store.Store {
		return open(t, store.Config{Path: storetest.SQLite(t, t.TempDir())})
	})
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	storetest.Exercise(t, func(t *testing.T) *store.Store {
		return open(t, store.Config{Postgres: pgtest.New(t, migrations.ControlPlane()), Scope: tenancy.Scope{Everywhere: true}})
	})
}

func open(t *testing.T, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func TestSQLite_KeepsWhatItAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with space & ?.db")
	first, err := store.Open(t.Context(), store.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.InstanceID(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, store.Config{Path: path}).InstanceID(t.Context(), "b"); err != nil || got != "a" {
		t.Errorf("instance is %q, %v, want a", got, err)
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var mode string
	if err := db.QueryRow("pragma journal_mode").Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode is %q, %v, want wal", mode, err)
	}
}

// TestQueries_AreUsed finds queries that the code names and no file has, and the other way round.
func TestQueries_AreUsed(t *testing.T) {
	named := collect(t, "*.go", regexp.MustCompile(`"([A-Z][a-zA-Z]+)"`))
	written := collect(t, "queries/*.sql", regexp.MustCompile(`(?m)^-- name: ([A-Za-z]+)$`))
	for name := range written {
		if !named[name] {
			t.Errorf("query %s is not used", name)
		}
	}
	for name := range named {
		if !written[name] {
			t.Errorf("query %s is not written", name)
		}
	}
}

func collect(t *testing.T, glob string, names *regexp.Regexp) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range files {
		if matched, _ := filepath.Match("*_test.go", file); matched {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range names.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
	}
	if len(found) == 0 {
		t.Fatalf("nothing found in %s", glob)
	}
	return found
}
