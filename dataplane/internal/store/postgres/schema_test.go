package postgres

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// TestSchema_HotTablesAreKeyedByExecution keeps the hot tables fit for being spread over machines by execution.
func TestSchema_HotTablesAreKeyedByExecution(t *testing.T) {
	s := open(t, pgtest.New(t, migrations.DataPlane()))
	keys, err := list(t.Context(), s, pgx.RowToStructByPos[struct{ Table, First string }], `
		select i.indrelid::regclass::text, a.attname::text
		from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
		where i.indisprimary and i.indrelid::regclass::text not like 'pg\_%'`)
	if err != nil {
		t.Fatal(err)
	}
	others := []string{"plans", "logs", "writers", "counts", "definitions", "documents", "goose_db_version", "node", "node_common", "usage"}
	hot := 0
	for _, k := range keys {
		if slices.Contains(others, k.Table) {
			continue
		}
		hot++
		if k.First != "execution_id" {
			t.Errorf("the primary key of %s begins with %s", k.Table, k.First)
		}
	}
	if hot != 4 {
		t.Errorf("%d hot tables: %v", hot, keys)
	}
	foreign, err := list(t.Context(), s, pgx.RowTo[string], `select conname::text from pg_constraint where contype = 'f'`)
	if err != nil || len(foreign) != 0 {
		t.Errorf("foreign keys: %v, %v", foreign, err)
	}
	unique, err := list(t.Context(), s, pgx.RowTo[string], `
		select indexrelid::regclass::text from pg_index
		where indisunique and not indisprimary and indrelid::regclass::text in ('executions', 'tasks', 'work', 'summaries')`)
	if err != nil || len(unique) != 0 {
		t.Errorf("unique over all executions: %v, %v", unique, err)
	}
}
