package postgres

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// step is a change with its JSON made.
type step struct {
	*store.Change
	header []byte
	work   [][]byte // as Work; nil where the row goes
	own    []byte
}

func encode(c *store.Change) (s step, err error) {
	s.Change = c
	marshal := func(v any) (b []byte) {
		if err == nil {
			b, err = json.Marshal(v)
		}
		return b
	}
	if c.Header != nil {
		s.header = marshal(c.Header)
	}
	if n := len(c.Work); n > 0 {
		s.work = make([][]byte, n)
	}
	for i := range c.Work {
		if w := &c.Work[i]; w.Kind != decide.NoWork || w.Picked != nil {
			s.work[i] = marshal(w)
		}
	}
	if c.Own != nil && c.Own.Any() {
		s.own = marshal(c.Own)
	}
	if err != nil {
		return s, fmt.Errorf("encode change of %s: %w", c.ID, err)
	}
	return s, nil
}

// batch is what one transaction writes: the changes of one or more groups, in which the steps of each execution are
// collapsed to what they leave.
type batch struct {
	executions map[string]*execution
	plans      map[string][]byte
	tasks      map[place]*store.Row // nil: deleted
	work       map[place]row
	steps      int

	done    chan struct{} // closed when it is written, or is known to fail
	err     error
	refused map[string]bool // executions that were decided on an old state
}

// place is the place of a task: execution and seq.
type place struct {
	*execution
	seq int
}

// row is what becomes of a row of work: nil is deleted.
type row struct {
	body []byte
	lazy bool // only if it is there
}

// execution is what becomes of an execution.
type execution struct {
	id                       string
	removed                  bool // with all rows, before what follows
	changed                  bool // there must be one
	broken                   bool // its steps do not follow each other
	base, revision           int64
	header                   []byte
	plan                     string
	input, variables, output *workflow.Payload
	before, after            *workflow.Summary
	began, tasks             int64 // what counts as usage
}

func newBatch() *batch {
	return &batch{
		executions: map[string]*execution{}, plans: map[string][]byte{}, tasks: map[place]*store.Row{}, work: map[place]row{},
		done: make(chan struct{}),
	}
}

func (b *batch) execution(id string) *execution {
	x := b.executions[id]
	if x == nil {
		x = &execution{id: id, base: unchecked}
		b.executions[id] = x
	}
	return x
}

// unchecked is the base of an execution that is changed whatever its revision.
const unchecked = -1

// lazy adds a change of rows that are there.
func (b *batch) lazy(s step) {
	x := b.execution(s.ID)
	set := func(seq int, body []byte) {
		if r, ok := b.work[place{x, seq}]; ok && r.body == nil {
			return // gone
		} else if ok && !r.lazy {
			b.work[place{x, seq}] = row{body: body}
			return
		}
		b.work[place{x, seq}] = row{body: body, lazy: true}
	}
	for i, w := range s.Work {
		set(w.Seq, s.work[i])
	}
	if s.Own != nil {
		set(0, s.own)
	}
}

// add adds a step.
func (b *batch) add(s step) {
	b.steps++
	x := b.execution(s.ID)
	began, tasks := s.Counted()
	x.began += began
	x.tasks += tasks
	if s.Remove {
		b.remove(x)
		return
	}
	x.changed = true
	x.revise(s)
	if s.Plan != nil && s.Header != nil {
		b.plans[s.Header.Plan] = s.Plan
	}
	for _, ref := range s.Deleted {
		b.tasks[place{x, ref.Seq}] = nil
		b.work[place{x, ref.Seq}] = row{}
	}
	for i := range s.Tasks {
		b.tasks[place{x, s.Tasks[i].Seq}] = &s.Tasks[i]
	}
	for i, w := range s.Work {
		b.work[place{x, w.Seq}] = row{body: s.work[i]}
	}
	if s.Own != nil {
		b.work[place{x, 0}] = row{body: s.own}
	}
	if s.Summary != nil {
		if x.after == nil {
			x.before = s.Before
		}
		x.after = s.Summary
	}
}

// revise takes the step's own columns, and checks that it follows the one before.
func (x *execution) revise(s step) {
	if h := s.Header; h != nil {
		switch {
		case h.Rev < 1, x.header != nil && h.Rev != x.revision+1, x.removed && x.header == nil && h.Rev != 1:
			x.broken = true
		case x.header == nil:
			x.base = h.Rev - 1
		}
		x.header, x.revision, x.plan = s.header, h.Rev, h.Plan
	}
	x.input = cmp.Or(s.Input, x.input)
	x.variables = cmp.Or(s.Variables, x.variables)
	x.output = cmp.Or(s.Output, x.output)
}

// remove makes an execution as good as new, but for the rows that are stored.
func (b *batch) remove(x *execution) {
	for p := range b.tasks {
		if p.execution == x {
			delete(b.tasks, p)
		}
	}
	for p := range b.work {
		if p.execution == x {
			delete(b.work, p)
		}
	}
	*x = execution{id: x.id, base: unchecked, removed: true, began: x.began, tasks: x.tasks}
}

// checked are the executions that must have a certain revision, or any, for the batch to be written.
func (b *batch) checked() [][]byte {
	var ids [][]byte
	for id, x := range b.executions {
		if x.changed && !x.removed {
			ids = append(ids, []byte(id))
		}
	}
	return ids
}

// refuse takes those executions out of the batch that do not follow the stored revisions, and reports whether there are
// any.
func (b *batch) refuse(stored map[string]int64) bool {
	n := len(b.refused)
	for id, x := range b.executions {
		revision, there := stored[id]
		switch {
		case !x.changed:
			continue
		case x.broken:
		case x.removed, x.base == revision, x.base == unchecked && there:
			continue
		}
		b.drop(x)
	}
	return len(b.refused) > n
}

// refuseBroken does the same for those whose steps do not follow each other.
func (b *batch) refuseBroken() {
	for _, x := range b.executions {
		if x.broken {
			b.drop(x)
		}
	}
}

func (b *batch) drop(x *execution) {
	if b.refused == nil {
		b.refused = map[string]bool{}
	}
	b.refused[x.id] = true
	b.remove(x)
	delete(b.executions, x.id)
}

// result is what becomes of some of the batch's executions.
func (b *batch) result(ids []string) error {
	if b.err != nil {
		return b.err
	}
	var conflict store.Conflict
	for _, id := range ids {
		if b.refused[id] && !slices.Contains(conflict.IDs, id) {
			conflict.IDs = append(conflict.IDs, id)
		}
	}
	if conflict.IDs != nil {
		return &conflict
	}
	return nil
}
