package embedded

import (
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded/block"
	"github.com/podium-cloud/podium/dataplane/internal/store/storetest"
	"github.com/podium-cloud/podium/dataplane/internal/wire/wiretest"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func openIn(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir, func(err error) { t.Errorf("the store is broken: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closing(t *testing.T, s *Store) store.Store {
	t.Helper()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestInMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { t.Helper(); return closing(t, openIn(t, "")) })
}

func TestOnDisk(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { t.Helper(); return closing(t, openIn(t, t.TempDir())) })
	storetest.RunReopen(t, func(t *testing.T, dir string) store.Store { t.Helper(); return openIn(t, dir) })
}

// TestSmallBlocks runs the suite with so few rows in a block that blocks are made, masked and merged all the time.
func TestSmallBlocks(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { t.Helper(); return closing(t, small(openIn(t, ""))) })
	storetest.RunReopen(t, func(t *testing.T, dir string) store.Store { t.Helper(); return small(openIn(t, dir)) })
}

// TestRemoveLeavesNoKey looks through the whole key space; only the definition's snapshot, which others share, and the version of the index stay.
func TestRemoveLeavesNoKey(t *testing.T) {
	s := openIn(t, "")
	defer s.Close()
	p := workflow.Payload(`{"x":1}`)
	change := func(c *store.Change) {
		t.Helper()
		wait, err := s.Commit(t.Context(), nil, []*store.Change{c})
		if err == nil {
			err = wait()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	change(&store.Change{
		ID: "a", Header: &decide.Header{ID: "a", Plan: "h"}, Plan: []byte("{}"), Input: &p, Variables: &p, Output: &p,
		Tasks: []store.Row{{Seq: 1, ID: "t1", Task: []byte(`{"id":"t1"}`)}, {Seq: 2, ID: "t2", Task: []byte(`{"id":"t2"}`)}},
		Work:  []store.Work{{Work: decide.Work{Kind: decide.Queued, Seq: 1}}}, Own: &decide.Outstanding{Due: 1},
		Summary: &workflow.Summary{WorkflowID: "a", WorkflowType: "wf", Status: workflow.Running, StartTime: 5, CorrelationID: "c", ParentWorkflowID: "p"},
	})
	if err := s.AddLogs(t.Context(), "t2", []workflow.TaskLog{{Log: "x", CreatedTime: 1}}); err != nil {
		t.Fatal(err)
	}
	change(&store.Change{ID: "a", Remove: true})
	err := s.scan([]byte{0}, []byte{255}, func(k, _ []byte) (bool, error) {
		if k[0] != 'p' && string(k) != "xv" && string(k) != string(formatKey) {
			t.Errorf("the key %q is left", k)
		}
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSearchRowsHoldEveryField(t *testing.T) {
	wiretest.Covers[block.Row](t, nil)
}
