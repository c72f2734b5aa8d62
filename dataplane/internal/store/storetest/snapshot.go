package storetest

import (
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// snapshot shows what was there when it began, whatever is written while it is read.
func snapshot(t *testing.T, s store.Store) {
	ctx := t.Context()
	commit(t, s, full("a"))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.PutDocs(ctx, store.Doc{Kind: "k", Key: "1", Value: []byte("before")}))
	must(s.PutDefs(ctx, &workflow.Def{Name: "d", Version: 1}))
	must(s.Snapshot(ctx, func(v store.View) error {
		// Some views are fixed by their first reading.
		kinds, err := v.DocKinds(ctx)
		must(err)
		same(t, "kinds", kinds, []string{"k"})
		commit(t, s, full("b"))
		commit(t, s, &store.Change{ID: "a", Remove: true})
		must(s.PutDocs(ctx, store.Doc{Kind: "k", Key: "1", Value: []byte("after")}, store.Doc{Kind: "new", Key: "1"}))
		must(s.PutDefs(ctx, &workflow.Def{Name: "d", Version: 2}))
		var ids []string
		must(v.Each(ctx, func(c *store.Change, _ map[string][]workflow.TaskLog) error {
			ids = append(ids, c.ID)
			return nil
		}))
		same(t, "executions", ids, []string{"a"})
		docs, err := v.Docs(ctx, "k")
		must(err)
		same(t, "documents", docs, []store.Doc{{Kind: "k", Key: "1", Value: []byte("before")}})
		defs, err := v.Defs(ctx)
		must(err)
		if len(defs) != 1 {
			t.Errorf("%d definitions", len(defs))
		}
		return nil
	}))
}

// clearing leaves nothing, and the store serves on.
func clearing(t *testing.T, s store.Store) {
	ctx := t.Context()
	Fill(t, s)
	for range 2 {
		if err := s.Clear(ctx); err != nil {
			t.Fatal(err)
		}
	}
	err := s.Snapshot(ctx, func(v store.View) error {
		kinds, err := v.DocKinds(ctx)
		if err != nil || len(kinds) > 0 {
			t.Errorf("documents of %v, %v", kinds, err)
		}
		defs, err := v.Defs(ctx)
		if err != nil || len(defs) > 0 {
			t.Errorf("definitions %v, %v", defs, err)
		}
		return v.Each(ctx, func(c *store.Change, _ map[string][]workflow.TaskLog) error {
			t.Errorf("%s is left", c.ID)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	counted, err := s.Counts(ctx)
	if err != nil || len(counted) > 0 {
		t.Errorf("counts %v, %v", counted, err)
	}
	commit(t, s, full("a"))
	if counted, err = s.Counts(ctx); err != nil || counted[workflow.Running] != 1 {
		t.Errorf("counts %v, %v", counted, err)
	}
}
