package store_test

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/store"
)

// kept are the tables of organizations that their deletion leaves rows in, and why.
var kept = []string{
	"audit_log", "audit_chains", "audit_heads", // the proof of what was done; without secrets
	"operations", // the one that deletes it
}

// TestErase_CoversEveryTable: a table of organizations that the deletion forgets fails.
func TestErase_CoversEveryTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "podium.db")
	open(t, store.Config{Path: path})
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String())
	must(t, err)
	defer db.Close()
	erased := collect(t, "queries/erasure.sql", regexp.MustCompile(`(?m)^delete from ([a-z_]+) where organization_id = \$1`))
	tables := column(t, db, `select m.name from sqlite_master m
		where m.type = 'table' and exists (select 1 from pragma_table_info(m.name) where name = 'organization_id')`)
	for _, table := range tables {
		if !erased[table] && !slices.Contains(kept, table) {
			t.Errorf("the deletion of an organization leaves what it has in %s. Delete it in queries/erasure.sql, or say here why not", table)
		}
	}
	if len(tables) < 20 {
		t.Errorf("found only %d tables", len(tables))
	}
}
