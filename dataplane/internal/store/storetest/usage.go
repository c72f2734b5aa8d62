package storetest

import (
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// used sums the usage up, with the number of epochs.
func used(t *testing.T, s store.Store) (sum store.Usage, epochs int) {
	t.Helper()
	rows, err := s.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, u := range rows {
		seen[u.Epoch] = true
		sum.Day = u.Day
		sum.Executions += u.Executions
		sum.Tasks += u.Tasks
		sum.StorageBytes = max(sum.StorageBytes, u.StorageBytes)
	}
	return sum, len(seen)
}

func usage(t *testing.T, s store.Store) {
	want := func(when string, executions, tasks int64) {
		t.Helper()
		if got, _ := used(t, s); got.Executions != executions || got.Tasks != tasks {
			t.Errorf("%s: %d executions and %d tasks, want %d and %d", when, got.Executions, got.Tasks, executions, tasks)
		}
	}
	want("at the beginning", 0, 0)
	commit(t, s, full("a"), full("b"))
	want("after two starts", 2, 4)
	next := *header("a")
	next.Rev = 2
	old, fresh := row("a", 1, "changed"), row("a", 3, "three")
	old.New, fresh.New = false, true
	commit(t, s, &store.Change{ID: "a", Header: &next, Tasks: []store.Row{old, fresh}})
	want("after a step that changed a task and made one", 2, 5)
	commit(t, s, full("c"), &store.Change{ID: "c", Remove: true})
	commit(t, s, &store.Change{ID: "a", Remove: true})
	want("after a removal: what was used stays used", 3, 7)
	carried := full("d")
	carried.Carried = true
	commit(t, s, carried)
	want("after an import", 3, 7)

	for _, beside := range []int64{1 << 40, 1} {
		if err := s.Measure(t.Context(), beside); err != nil {
			t.Fatal(err)
		}
	}
	got, _ := used(t, s)
	if got.StorageBytes < 1<<40 {
		t.Errorf("storage %d: the most counts", got.StorageBytes)
	}
}
