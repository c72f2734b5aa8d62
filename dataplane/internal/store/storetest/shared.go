package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// RunShared checks what a store does that several nodes share; open returns two stores over the same empty place.
func RunShared(t *testing.T, open func(t *testing.T) (one, other store.Store)) {
	t.Helper()
	for name, f := range map[string]func(t *testing.T, one, other store.Store){
		"Conflicts": conflicts, "BrokenChain": brokenChain, "Race": race, "LatePick": latePick,
	} {
		t.Run(name, func(t *testing.T) {
			one, other := open(t)
			f(t, one, other)
		})
	}
}

// refused commits and returns the executions that were refused, in order.
func refused(t *testing.T, s store.Store, changes ...*store.Change) []string {
	t.Helper()
	wait, err := s.Commit(t.Context(), nil, changes)
	if err == nil {
		err = wait()
	}
	var conflict *store.Conflict
	if err != nil && !errors.As(err, &conflict) {
		t.Fatal(err)
	}
	if conflict == nil {
		return nil
	}
	slices.Sort(conflict.IDs)
	return conflict.IDs
}

// next is a step with every kind of row.
func next(id string, revision int64, note string) *store.Change {
	c := full(id)
	c.Header.Rev, c.Header.Reason = revision, note
	c.Tasks = []store.Row{row(id, 1, note)}
	c.Own = &decide.Outstanding{Due: revision}
	c.Work = []store.Work{{Work: decide.Work{Kind: decide.Queued, Seq: 1, Name: note}}}
	if revision > 1 {
		c.Before = full(id).Summary
	}
	return c
}

func conflicts(t *testing.T, one, other store.Store) {
	same(t, "refused", refused(t, one, next("a", 1, "one"), next("b", 1, "one"), next("c", 1, "one")), []string(nil))
	same(t, "refused", refused(t, other, next("a", 2, "other"), next("d", 1, "other")), []string(nil))
	// Of this group a is old, b follows, c leaves one out, d is there and e is not.
	got := refused(t, one, next("a", 2, "bad"), next("b", 2, "good"), next("c", 3, "bad"), next("d", 1, "bad"), next("e", 2, "bad"), next("f", 1, "good"))
	same(t, "refused", got, []string{"a", "c", "d", "e"})
	for id, want := range map[string]*store.Change{
		"a": next("a", 2, "other"), "b": next("b", 2, "good"), "c": next("c", 1, "one"), "d": next("d", 1, "other"), "f": next("f", 1, "good"),
	} {
		for _, s := range []store.Store{one, other} {
			r := load(t, s, id)
			if r.Header.Rev != want.Header.Rev || r.Header.Reason != want.Header.Reason || string(r.Tasks[0].Task) != string(want.Tasks[0].Task) {
				t.Errorf("%s is at %d by %q with %s", id, r.Header.Rev, r.Header.Reason, r.Tasks[0].Task)
			}
		}
	}
	if _, err := one.Load(t.Context(), "e", true); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("load of what was refused: %v", err)
	}
	err := one.Outstanding(t.Context(), nil, func(id string, w *store.Work, own *decide.Outstanding) error {
		if id == "e" || w != nil && w.Name == "bad" || own != nil && own.Due > 2 {
			t.Errorf("%s: outstanding of what was refused: %+v %+v", id, w, own)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	counted, err := one.Counts(t.Context())
	if err != nil || counted[workflow.Running] != 5 {
		t.Errorf("counts: %v, %v", counted, err)
	}
	// What was removed elsewhere is gone.
	commit(t, other, &store.Change{ID: "b", Remove: true})
	same(t, "refused", refused(t, one, next("b", 3, "late")), []string{"b"})
	same(t, "refused", refused(t, one, next("b", 1, "anew")), []string(nil))
}

func brokenChain(t *testing.T, one, other store.Store) {
	same(t, "refused", refused(t, one, next("a", 1, "one"), next("b", 1, "one")), []string(nil))
	same(t, "refused", refused(t, one, next("a", 2, "x"), next("b", 2, "x"), next("a", 3, "x"), next("b", 2, "x")), []string{"b"})
	same(t, "refused", refused(t, other, next("a", 3, "x"), next("a", 4, "x"), next("b", 2, "x")), []string{"a"})
	if a, b := load(t, one, "a"), load(t, one, "b"); a.Header.Rev != 3 || b.Header.Rev != 2 {
		t.Errorf("a is at %d and b at %d", a.Header.Rev, b.Header.Rev)
	}
}

// race has two nodes step the same executions, in groups of several; each step that is not refused must count.
func race(t *testing.T, one, other store.Store) {
	const executions, rounds = 8, 60
	var first []*store.Change
	for i := range executions {
		first = append(first, next(fmt.Sprint("x", i), 1, ""))
	}
	commit(t, one, first...)
	var mu sync.Mutex
	written := map[string]int64{}
	var nodes sync.WaitGroup
	for n, s := range []store.Store{one, other} {
		nodes.Go(func() {
			for round := range rounds {
				var group []*store.Change
				for i := range executions {
					id := fmt.Sprint("x", (i*(1+2*n)+round)%executions) // in another order on each node
					r, err := s.Load(t.Context(), id, true)
					if err != nil {
						t.Error(err)
						return
					}
					if task := string(r.Tasks[0].Task); task != string(row(id, 1, r.Header.Reason).Task) {
						t.Errorf("%s: header of %q, task %s", id, r.Header.Reason, task)
					}
					group = append(group, next(id, r.Header.Rev+1, fmt.Sprintf("%d of node %d", r.Header.Rev+1, n)))
				}
				conflict := refused(t, s, group...)
				mu.Lock()
				for _, c := range group {
					if !slices.Contains(conflict, c.ID) {
						written[c.ID]++
					}
				}
				mu.Unlock()
			}
		})
	}
	nodes.Wait()
	for id, n := range written {
		if got := load(t, one, id).Header.Rev; got != n+1 {
			t.Errorf("%s is at %d after %d steps that were written", id, got, n)
		}
	}
}

// latePick has a pick arrive after another node has written that the task ended.
func latePick(t *testing.T, one, other store.Store) {
	commit(t, one, full("a"))
	commit(t, other, &store.Change{ID: "a", Work: []store.Work{{Work: decide.Work{Seq: 1}}}})
	lazy := &store.Change{ID: "a", Work: []store.Work{{Work: decide.Work{Kind: decide.Queued, Seq: 1}, Picked: &store.Picked{WorkerID: "w"}}}}
	wait, err := one.Commit(t.Context(), []*store.Change{lazy}, nil)
	if err == nil {
		err = wait()
	}
	if err != nil {
		t.Fatal(err)
	}
	work, _ := left(t, other)
	same(t, "work", work, map[string]decide.WorkKind{"a 2": decide.Timed})
}
