package storetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// model is what a store must hold of one execution.
type model struct {
	record  store.Record
	tasks   map[int]store.Row
	work    map[int]store.Work
	own     decide.Outstanding
	summary *workflow.Summary
}

// histories plays random groups of changes on stores and on a model. What a history removes slows the ones behind it down, so
// each store has some hundred of them.
func histories(t *testing.T, open func(t *testing.T) store.Store) {
	const all, each = 1000, 200
	for from := uint64(0); from < all; from += each {
		play(t, open(t), from, from+each)
	}
}

// play plays the histories of the seeds from one up to another on a store that is empty, and is then.
func play(t *testing.T, s store.Store, from, to uint64) {
	t.Helper()
	for seed := from; seed < to; seed++ {
		r := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // a history that can be repeated
		models := map[string]*model{}
		var waits []func() error
		for range 1 + r.IntN(8) {
			var changes []*store.Change
			for range 1 + r.IntN(3) {
				id := fmt.Sprintf("h%d-%d", seed, r.IntN(3))
				if models[id] != nil && r.IntN(12) == 0 {
					if !slices.ContainsFunc(changes, func(c *store.Change) bool { return c.ID == id }) { // the rows of a removed execution are durable
						changes = append(changes, &store.Change{ID: id, Remove: true})
						delete(models, id)
					}
					continue
				}
				if slices.ContainsFunc(changes, func(c *store.Change) bool { return c.ID == id && c.Remove }) {
					continue
				}
				changes = append(changes, apply(r, models, id))
			}
			wait, err := s.Commit(t.Context(), nil, changes)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			waits = append(waits, wait) // a further group may be written before
		}
		for _, wait := range waits {
			if err := wait(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		if err := agree(t, s, models, seed); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		var remove []*store.Change
		for id := range models {
			remove = append(remove, &store.Change{ID: id, Remove: true})
		}
		commit(t, s, remove...)
	}
	if work, own := left(t, s); len(work)+len(own) != 0 {
		t.Errorf("outstanding of executions that were removed: %v %v", work, own)
	}
	if got, err := s.Counts(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("counts of executions that were removed: %v %v", got, err)
	}
}

// apply makes a random change of an execution, in the model as well.
func apply(r *rand.Rand, models map[string]*model, id string) *store.Change {
	m := models[id]
	c := &store.Change{ID: id}
	if m == nil {
		m = &model{tasks: map[int]store.Row{}, work: map[int]store.Work{}}
		models[id] = m
		c.Plan = []byte(`{"name":"wf"}`)
		m.record.Plan = c.Plan
	}
	h := header(id)
	h.Rev = m.record.Header.Rev + 1
	h.UpdateTime = r.Int64()
	c.Header, m.record.Header = h, *h
	for _, p := range []struct {
		to   **workflow.Payload
		kept *workflow.Payload
	}{{&c.Input, &m.record.Input}, {&c.Variables, &m.record.Variables}, {&c.Output, &m.record.Output}} {
		if r.IntN(3) == 0 {
			*p.to = payload(fmt.Sprintf(`{"n":%d}`, r.Int()))
			*p.kept = **p.to
		}
	}
	for _, seq := range slices.Sorted(maps.Keys(m.tasks)) {
		if r.IntN(6) == 0 {
			c.Deleted = append(c.Deleted, store.Ref{Seq: seq, ID: m.tasks[seq].ID})
			delete(m.tasks, seq)
			delete(m.work, seq)
		}
	}
	for range r.IntN(4) {
		seq := 1 + r.IntN(8)
		if slices.ContainsFunc(c.Tasks, func(o store.Row) bool { return o.Seq == seq }) {
			continue
		}
		one := row(id, seq, fmt.Sprint(r.Int()))
		_, had := m.tasks[seq]
		one.New = !had
		c.Tasks = append(c.Tasks, one)
		m.tasks[seq] = one
		w := store.Work{Work: decide.Work{Kind: decide.WorkKind(r.IntN(4)), Seq: seq, Due: r.Int64N(5)}}
		if w.Kind == decide.Queued && r.IntN(2) == 0 {
			w.Picked = &store.Picked{WorkerID: "w", PollCount: r.IntN(9)}
		}
		c.Work = append(c.Work, w)
		if m.work[seq] = w; w.Kind == decide.NoWork {
			delete(m.work, seq)
		}
	}
	if r.IntN(3) == 0 {
		c.Own = &decide.Outstanding{Due: r.Int64N(2), TellParent: r.IntN(2) == 0}
		m.own = *c.Own
	}
	if m.summary == nil || r.IntN(2) == 0 {
		statuses := []workflow.Status{workflow.Running, workflow.Completed, workflow.Failed, workflow.Paused}
		c.Before = m.summary
		c.Summary = &workflow.Summary{WorkflowID: id, WorkflowType: "wf", Version: 1, Status: statuses[r.IntN(4)], StartTime: 1 + r.Int64N(3), CorrelationID: []string{"", "c"}[r.IntN(2)]}
		m.summary = c.Summary
	}
	return c
}

// agree compares a store with the model.
func agree(t *testing.T, s store.Store, models map[string]*model, seed uint64) error {
	status := map[workflow.Status]int64{}
	outstanding := 0
	for i := range 3 {
		id := fmt.Sprintf("h%d-%d", seed, i)
		m := models[id]
		got, err := s.Load(t.Context(), id, true)
		if m == nil {
			if !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("%s should not be there: %w", id, err)
			}
			continue
		}
		if err != nil {
			return err
		}
		want := m.record
		want.Picked = map[int]store.Picked{}
		for _, seq := range slices.Sorted(maps.Keys(m.tasks)) {
			want.Tasks = append(want.Tasks, m.tasks[seq])
		}
		for seq, w := range m.work {
			if w.Picked != nil {
				want.Picked[seq] = *w.Picked
			}
		}
		if g, w := fmt.Sprintf("%+v", *got), fmt.Sprintf("%+v", *withoutIDs(&want)); g != w {
			return fmt.Errorf("%s is\n%s\nwant\n%s", id, g, w)
		}
		outstanding += len(m.work)
		if m.own.Any() {
			outstanding++
		}
		status[m.summary.Status]++
	}
	work, own := left(t, s)
	if n := len(work) + len(own); n != outstanding {
		return fmt.Errorf("%d rows are outstanding, want %d", n, outstanding)
	}
	got, err := s.Counts(t.Context())
	if err != nil {
		return err
	}
	if !maps.Equal(got, status) {
		return fmt.Errorf("counts %v, want %v", got, status)
	}
	for st, n := range status {
		if found := find(t, s, "status = "+string(st), "", "", 0, 0); found != fmt.Sprintf("%d: ", n) {
			return fmt.Errorf("found %s with status %s, want %d", found, st, n)
		}
	}
	return nil
}
