package postgres

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// TestSchema_SlotsAreReadByTheirIndex: a node that takes over slots reads no other rows of what is outstanding.
func TestSchema_SlotsAreReadByTheirIndex(t *testing.T) {
	s := open(t, pgtest.New(t, migrations.DataPlane()))
	tx, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	if _, err := tx.Exec(t.Context(), `
		insert into work select convert_to('x' || n, 'UTF8'), 1, n % 4096, '{}' from generate_series(1, 50000) n`); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "analyze work"); err != nil {
		t.Fatal(err)
	}
	rows, err := tx.Query(t.Context(), "explain "+query("SelectOutstandingIn"), []int16{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if text := strings.Join(plan, "\n"); err != nil || !strings.Contains(text, "work_pk") {
		t.Errorf("%v\n%s", err, text)
	}
}

// TestSchema_HotTablesAreKeyedByExecution keeps the hot tables fit for being spread over machines by execution.
func TestSchema_HotTablesAreKeyedByExecution(t *testing.T) {
	s := open(t, pgtest.New(t, migrations.DataPlane()))
	keys, err := list(t.Context(), s, pgx.RowToStructByPos[struct{ Table, First string }], `
		select i.indrelid::regclass::text, a.attname::text
		from pg_index i join pg_attribute a on a.attrelid = i.indrelid
			and a.attnum = i.indkey[case i.indrelid when 'work'::regclass then 1 else 0 end] -- after the slot, which follows from the execution
		where i.indisprimary and i.indrelid::regclass::text not like 'pg\_%'`)
	if err != nil {
		t.Fatal(err)
	}
	others := []string{"plans", "logs", "writers", "counts", "definitions", "documents", "goose_db_version", "node", "node_common", "node_link", "usage"}
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
