package simtest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/storetest"
	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// TestStore holds the simulation's store to what nodes expect of the one that they share.
func TestStore(t *testing.T) {
	storetest.RunShared(t, func(*testing.T) (store.Store, store.Store) {
		s := newTables()
		return s, s
	})
}

// tables is a store in maps that several nodes can share; it does what store/postgres does, and nothing that the engine
// does not ask of it here.
type tables struct {
	store.Store // nil: what is not below is not used

	mu         sync.Mutex
	executions map[string]*rows
	owners     map[string]owner // by task
	plans      map[string][]byte
	defs       map[string]*workflow.Def
	taskDefs   map[string]*workflow.TaskDef
	docs       map[docKey][]byte
}

type owner struct {
	execution string
	seq       int
}

// rows are what is kept of an execution.
type rows struct {
	header                   []byte
	rev                      int64
	status                   workflow.Status
	plan                     string
	input, variables, output workflow.Payload
	tasks                    map[int]store.Row
	work                     map[int]store.Work
	own                      *decide.Outstanding
}

func newTables() *tables {
	return &tables{
		executions: map[string]*rows{}, owners: map[string]owner{}, plans: map[string][]byte{}, defs: map[string]*workflow.Def{},
		taskDefs: map[string]*workflow.TaskDef{}, docs: map[docKey][]byte{},
	}
}

// Commit implements store.Store.
func (s *tables) Commit(_ context.Context, lazy, changes []*store.Change) (func() error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range lazy {
		s.lazy(c)
	}
	bad := map[string]bool{}
	revs := map[string]int64{}
	for _, c := range changes {
		if c.Header == nil {
			continue
		}
		if _, seen := revs[c.ID]; !seen && s.executions[c.ID] != nil {
			revs[c.ID] = s.executions[c.ID].rev
		}
		revs[c.ID]++
		bad[c.ID] = bad[c.ID] || revs[c.ID] != c.Header.Rev
	}
	conflict := &store.Conflict{}
	for id, is := range bad {
		if is {
			conflict.IDs = append(conflict.IDs, id)
		}
	}
	for _, c := range changes {
		if !bad[c.ID] {
			if err := s.change(c); err != nil {
				return nil, err
			}
		}
	}
	if len(conflict.IDs) > 0 {
		slices.Sort(conflict.IDs)
		return nil, conflict
	}
	return func() error { return nil }, nil
}

// lazy changes rows that are there.
func (s *tables) lazy(c *store.Change) {
	x := s.executions[c.ID]
	if x == nil {
		return
	}
	for _, w := range c.Work {
		if _, there := x.work[w.Seq]; there {
			x.work[w.Seq] = w
		}
	}
	if c.Own != nil && x.own != nil {
		x.own = ownRow(c.Own)
	}
}

func ownRow(o *decide.Outstanding) *decide.Outstanding {
	if !o.Any() {
		return nil
	}
	return new(*o)
}

func (s *tables) change(c *store.Change) error {
	x := s.executions[c.ID]
	if c.Remove {
		if x != nil {
			for _, row := range x.tasks {
				delete(s.owners, row.ID)
			}
		}
		delete(s.executions, c.ID)
		return nil
	}
	if x == nil {
		x = &rows{tasks: map[int]store.Row{}, work: map[int]store.Work{}}
		s.executions[c.ID] = x
	}
	if h := c.Header; h != nil {
		var err error
		if x.header, err = wire.Append(nil, h); err != nil {
			return err
		}
		x.rev, x.status, x.plan = h.Rev, h.Status, h.Plan
		if c.Plan != nil {
			s.plans[h.Plan] = c.Plan
		}
	}
	for to, p := range map[*workflow.Payload]*workflow.Payload{&x.input: c.Input, &x.variables: c.Variables, &x.output: c.Output} {
		if p != nil {
			*to = bytes.Clone(*p)
		}
	}
	for _, ref := range c.Deleted {
		delete(x.tasks, ref.Seq)
		delete(x.work, ref.Seq)
		delete(s.owners, ref.ID)
	}
	for _, row := range c.Tasks {
		row.Task, row.Input, row.Output = bytes.Clone(row.Task), bytes.Clone(row.Input), bytes.Clone(row.Output)
		x.tasks[row.Seq] = row
		s.owners[row.ID] = owner{c.ID, row.Seq}
	}
	for _, w := range c.Work {
		if x.work[w.Seq] = w; w.Kind == decide.NoWork && w.Picked == nil {
			delete(x.work, w.Seq)
		}
	}
	if c.Own != nil {
		x.own = ownRow(c.Own)
	}
	return nil
}

// Load implements store.Store.
func (s *tables) Load(_ context.Context, id string, withTasks bool) (*store.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.executions[id]
	if x == nil {
		return nil, store.ErrNotFound
	}
	r := &store.Record{Input: x.input, Variables: x.variables, Output: x.output, Plan: s.plans[x.plan], Picked: map[int]store.Picked{}}
	if err := wire.Decode(x.header, &r.Header); err != nil {
		return nil, err
	}
	if r.Plan == nil {
		return nil, fmt.Errorf("definition of %s is missing", id)
	}
	if !withTasks {
		return r, nil
	}
	for _, seq := range slices.Sorted(maps.Keys(x.tasks)) {
		r.Tasks = append(r.Tasks, x.tasks[seq])
		if w := x.work[seq]; w.Picked != nil {
			r.Picked[seq] = *w.Picked
		}
	}
	return r, nil
}

// FindTask implements store.Store.
func (s *tables) FindTask(_ context.Context, taskID string) (string, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.owners[taskID]; ok {
		return o.execution, o.seq, nil
	}
	return "", 0, store.ErrNotFound
}

// Outstanding implements store.Store. What it shows is of one moment.
func (s *tables) Outstanding(_ context.Context, slots []int, f func(string, *store.Work, *decide.Outstanding) error) error {
	in := map[int]bool{}
	for _, slot := range slots {
		in[slot] = true
	}
	var calls []func() error
	s.mu.Lock()
	for id, x := range s.executions {
		if slots != nil && !in[home.Slot(id)] {
			continue
		}
		for _, w := range x.work {
			calls = append(calls, func() error { return f(id, &w, nil) })
		}
		if own := x.own; own != nil {
			calls = append(calls, func() error { return f(id, nil, new(*own)) })
		}
	}
	s.mu.Unlock()
	for _, call := range calls {
		if err := call(); err != nil {
			return err
		}
	}
	return nil
}

// Counts implements store.Store.
func (s *tables) Counts(context.Context) (map[workflow.Status]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[workflow.Status]int64{}
	for _, x := range s.executions {
		out[x.status]++
	}
	return out, nil
}

// PutDefs implements store.Store.
func (s *tables) PutDefs(_ context.Context, defs ...*workflow.Def) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range defs {
		s.defs[d.Name] = d
	}
	return nil
}

// Defs implements store.Store.
func (s *tables) Defs(context.Context) ([]*workflow.Def, error) { return values(&s.mu, s.defs), nil }

// PutTaskDefs implements store.Store.
func (s *tables) PutTaskDefs(_ context.Context, defs ...*workflow.TaskDef) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range defs {
		s.taskDefs[d.Name] = d
	}
	return nil
}

// TaskDefs implements store.Store.
func (s *tables) TaskDefs(context.Context) ([]*workflow.TaskDef, error) {
	return values(&s.mu, s.taskDefs), nil
}

// Schemas implements store.Store.
func (s *tables) Schemas(context.Context) ([]*workflow.SchemaDef, error) { return nil, nil }

func values[T any](mu *sync.Mutex, m map[string]*T) []*T {
	mu.Lock()
	defer mu.Unlock()
	return slices.Collect(maps.Values(m))
}

// Close implements store.Store.
func (s *tables) Close() error { return nil }
