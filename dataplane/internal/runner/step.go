package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// errAbandoned says that an earlier step of the execution could not be made durable.
var errAbandoned = errors.New("an earlier step of the execution could not be stored")

// errStopped says that the step came after the end.
var errStopped = workflow.Errorf(workflow.Busy, "this server is stopping; try again")

// errStale says that a step was decided on a state that another node has changed in the meantime.
var errStale = errors.New("another node has changed the execution")

// notFound is the error for an execution that does not exist.
func notFound(id string) error {
	return workflow.Errorf(workflow.NotFound, "No such workflow found by id: %s", id)
}

// maxTries bounds how often a step is decided again because another node was faster.
const maxTries = 20

// repeat does again what was decided on an old state, after a short pause that tells the nodes apart.
func (r *Runner) repeat(ctx context.Context, f func() error) error {
	for try := range maxTries {
		err := f()
		if !errors.Is(err, errStale) {
			return err
		}
		select {
		case <-time.After(time.Duration(rand.Int64N(int64(try+1) * int64(2*time.Millisecond)))): //nolint:gosec // any number will do
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return workflow.Errorf(workflow.Busy, "the execution is being changed by other nodes all the time; try again")
}

// Step changes an execution by f and returns when the change is durable. When f fails nothing has changed. f is called again,
// on the new state, when another node has changed the execution in the meantime.
func (r *Runner) Step(ctx context.Context, id string, f func(*decide.State) error) error {
	return r.repeat(ctx, func() error { return r.step(ctx, id, f) })
}

func (r *Runner) step(ctx context.Context, id string, f func(*decide.State) error) error {
	e, err := r.open(ctx, id)
	if err != nil {
		return err
	}
	rev := e.state.Rev
	e.state.Begin(r.env(ctx, e.id))
	err = r.guard(e, func() error { return f(e.state) })
	k, encodeErr := r.hand(e)
	r.cache.release(e, encodeErr != nil)
	if err = errors.Join(err, encodeErr); err != nil {
		return r.doubt(ctx, id, rev, k, err)
	}
	return k.wait()
}

// doubt returns the error of a step, or errStale when it was decided on an old state: then it may be none. An execution can
// have been changed elsewhere without this node's knowledge while its home moved.
func (r *Runner) doubt(ctx context.Context, id string, rev int64, tail *commit, err error) error {
	if !r.commits.shared {
		return err
	}
	switch void := tail.wait(); {
	case errors.Is(void, errStale) || errors.Is(void, errAbandoned):
		return errStale // the state that it was decided on never came to be
	case void != nil:
		return void
	}
	rec, loadErr := r.store.Load(ctx, id, false)
	switch {
	case errors.Is(loadErr, store.ErrNotFound):
		return cmp.Or(err, notFound(id))
	case loadErr != nil: // then it is not known whether what was found is so
		return fmt.Errorf("load %s: %w", id, loadErr)
	case rec.Header.Rev <= rev:
		return err
	}
	r.cache.release(r.cache.acquire(id), true)
	return errStale
}

// guard turns a panic in a step into an error; the state in memory is void then.
func (r *Runner) guard(e *entry, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			e.failed.Store(true)
			e.gone = true
			err = fmt.Errorf("step of %s: panic: %v", e.id, p)
			r.log.Error("a step panicked", "workflow_id", e.id, "panic", fmt.Sprint(p), "stack", stack())
		}
	}()
	return f()
}

// View shows an execution to f. What it shows is durable when View returns; f is called again when it was not to be.
func (r *Runner) View(ctx context.Context, id string, f func(*decide.State)) error {
	return r.repeat(ctx, func() error { return r.view(ctx, id, f) })
}

func (r *Runner) view(ctx context.Context, id string, f func(*decide.State)) error {
	e, err := r.open(ctx, id)
	if err != nil {
		return err
	}
	e.state.Begin(r.env(ctx, e.id))
	f(e.state)
	tail, rev := e.tail, e.state.Rev
	r.cache.release(e, false)
	if err := tail.wait(); err != nil || r.homes.Settled(id) {
		return err
	}
	return r.doubt(ctx, id, rev, nil, nil) // or what is in memory may be shown although another node has changed it
}

// Glance shows an execution without its tasks to f. One that is not in memory is read for this only, and its tasks are not.
func (r *Runner) Glance(ctx context.Context, id string, f func(*decide.State)) error {
	if r.cache.has(id) {
		return r.View(ctx, id, f)
	}
	rec, err := r.store.Load(ctx, id, false)
	if errors.Is(err, store.ErrNotFound) {
		return notFound(id)
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", id, err)
	}
	s, err := r.restore(ctx, rec, false)
	if err != nil {
		return err
	}
	f(s)
	return nil
}

// begin makes an execution durable with its first step. errExists says that one with its id is durable.
func (r *Runner) begin(ctx context.Context, plan *decide.Plan, req *workflow.StartRequest, o decide.Origin, fresh bool) error {
	if r.commits.full() {
		return workflow.Errorf(workflow.Busy, "the server has more work waiting than it takes on; try again later")
	}
	if err := r.refusal.check(r.clock.Now(), o); err != nil {
		return err
	}
	return r.repeat(ctx, func() error {
		err := r.tryBegin(ctx, plan, req, o, fresh)
		fresh = false // when it was refused there may be one, or another start was refused with it
		return err
	})
}

func (r *Runner) tryBegin(ctx context.Context, plan *decide.Plan, req *workflow.StartRequest, o decide.Origin, fresh bool) error {
	e := r.cache.acquire(o.ID)
	if e.failed.Load() {
		r.cache.release(e, true)
		return errStale
	}
	if e.state != nil {
		first := e.tail
		r.cache.release(e, false)
		switch err := first.wait(); {
		case err == nil:
			return errExists
		case errors.Is(err, errAbandoned):
			return errStale
		default:
			return err
		}
	}
	if err := e.settle(ctx); err != nil {
		r.cache.release(e, true)
		return err
	}
	if !fresh {
		if _, err := r.store.Load(ctx, o.ID, false); !errors.Is(err, store.ErrNotFound) {
			r.cache.release(e, true)
			if err == nil {
				err = errExists
			}
			return err
		}
	}
	err := r.guard(e, func() (err error) {
		e.state, err = decide.Start(r.env(ctx, o.ID), plan, req, o)
		return err
	})
	if err != nil {
		r.cache.release(e, true)
		r.Places.revoke(o.ID)
		return err
	}
	k, err := r.hand(e)
	r.cache.release(e, err != nil)
	if err == nil {
		err = k.wait()
	}
	if err != nil {
		r.Places.revoke(o.ID)
	}
	return err
}

// errExists says that an execution with the id exists.
var errExists = errors.New("execution exists")

// IsExists reports whether a start met an execution with its id.
func IsExists(err error) bool { return errors.Is(err, errExists) }

// Last is done with an execution before it is removed, while it is locked; its error keeps the execution. archived says that
// what lies outside of it is still wanted.
type Last func(s *decide.State) (archived bool, err error)

// Remove deletes an execution with all that belongs to it, after last, unless that is nil.
func (r *Runner) Remove(ctx context.Context, id string, last Last) error {
	e, err := r.open(ctx, id)
	if err != nil {
		return err
	}
	if err := e.tail.wait(); err != nil {
		r.cache.release(e, true)
		return err
	}
	e.state.Begin(r.env(ctx, id))
	archived := false
	if last != nil {
		if archived, err = last(e.state); err != nil {
			r.cache.release(e, false)
			return err
		}
	}
	name, status, outside, key := e.state.Name, e.state.Status, e.state.Outside, e.state.LimitKey
	var seqs []int
	for _, t := range e.state.Tasks() {
		seqs = append(seqs, t.Seq)
	}
	k := &commit{change: &store.Change{ID: id, Remove: true}, entry: e, done: make(chan struct{}), release: func() {
		for _, seq := range append(seqs, 0) {
			r.displace(id, seq)
		}
		if key != "" {
			r.Places.Gone(id, key)
		}
	}}
	e.tail = k
	r.commits.add(k)
	err = k.wait()
	r.cache.release(e, true)
	if err == nil {
		r.removed(id, name, status, outside, archived)
	}
	return err
}

// removed sees to what is left of an execution that is gone.
func (r *Runner) removed(id, name string, status workflow.Status, outside, archived bool) {
	r.observe.Removed(name, status, archived)
	if outside && !archived {
		r.forget(id)
	}
}

// errStays says that an execution is not to be removed now.
var errStays = errors.New("the execution stays")

// Retire deletes an execution that ended at a time (epoch milliseconds) or before, after last; when that is nil its tasks are
// not read. It reports whether it did: one that runs again stays, and a sub-workflow stays as long as its parent is open.
func (r *Runner) Retire(ctx context.Context, id string, before int64, last Last) (bool, error) {
	if !r.homes.Settled(id) {
		return false, nil // another node may have let it run again
	}
	e := r.cache.acquire(id)
	if e.state != nil || last != nil {
		r.cache.release(e, e.state == nil)
		return r.retireOpen(ctx, id, before, last)
	}
	rec, err := r.store.Load(ctx, id, false)
	if errors.Is(err, store.ErrNotFound) {
		r.cache.release(e, true)
		return true, nil
	}
	if err != nil || !rec.Header.Status.Terminal() || rec.Header.EndTime > before || r.openNow(ctx, rec.Header.ParentID) {
		r.cache.release(e, true)
		return false, err
	}
	k := &commit{change: &store.Change{ID: id, Remove: true}, entry: e, done: make(chan struct{})}
	e.tail = k
	r.commits.add(k)
	err = k.wait()
	r.cache.release(e, true)
	if err == nil {
		r.removed(id, rec.Header.Name, rec.Header.Status, rec.Header.Outside, false)
	}
	return err == nil, err
}

// retireOpen is Retire for an execution that is in memory, or is to be read as a whole.
func (r *Runner) retireOpen(ctx context.Context, id string, before int64, last Last) (bool, error) {
	parent := ""
	err := r.Glance(ctx, id, func(s *decide.State) { parent = s.ParentID })
	if err == nil && r.openNow(ctx, parent) {
		return false, nil
	}
	if err == nil {
		err = r.Remove(ctx, id, func(s *decide.State) (bool, error) {
			if !s.Status.Terminal() || s.EndTime > before {
				return false, errStays
			}
			if last == nil {
				return false, nil
			}
			return last(s)
		})
	}
	switch {
	case workflow.KindOf(err) == workflow.NotFound:
		return true, nil
	case errors.Is(err, errStays):
		return false, nil
	}
	return err == nil, err
}

// openNow reports whether an execution is there and has not ended.
func (r *Runner) openNow(ctx context.Context, id string) bool {
	if id == "" {
		return false
	}
	open := false
	err := r.Glance(ctx, id, func(s *decide.State) { open = !s.Status.Terminal() })
	return err == nil && open
}

// open returns the locked entry of an execution with its state loaded.
func (r *Runner) open(ctx context.Context, id string) (*entry, error) {
	for {
		e := r.cache.acquire(id)
		if e.failed.Load() {
			r.cache.release(e, true)
			continue
		}
		if e.state != nil {
			return e, nil
		}
		if err := r.load(ctx, e); err != nil {
			r.cache.release(e, true)
			return nil, err
		}
		return e, nil
	}
}

func (r *Runner) load(ctx context.Context, e *entry) error {
	if err := e.settle(ctx); err != nil {
		return err
	}
	// What this node has forgotten in order to read it anew may have been picked a moment ago: without that mark nobody would
	// see to the task's timeout.
	if err := r.commits.settle(ctx, e.id); err != nil {
		return err
	}
	rec, err := r.store.Load(ctx, e.id, true)
	if errors.Is(err, store.ErrNotFound) {
		return notFound(e.id)
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", e.id, err)
	}
	if e.state, err = r.restore(ctx, rec, true); err != nil {
		return err
	}
	e.summary = e.state.Summary()
	return nil
}

// restore rebuilds the state of a stored execution; whole says whether payloads that lie outside are needed.
func (r *Runner) restore(ctx context.Context, rec *store.Record, whole bool) (*decide.State, error) {
	id := rec.Header.ID
	plan, err := r.defs.SnapshotPlan(rec.Header.Plan, rec.Plan)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", id, err)
	}
	tasks := make([]*decide.Task, len(rec.Tasks))
	for i, row := range rec.Tasks {
		t := &decide.Task{}
		if err := wire.Decode(row.Task, t); err != nil {
			return nil, fmt.Errorf("load %s: task %d: %w", id, row.Seq, err)
		}
		t.Input, t.Output = row.Input, row.Output
		if p, ok := rec.Picked[row.Seq]; ok && t.Status == workflow.TaskScheduled {
			t.Status = workflow.TaskInProgress
			t.WorkerID, t.Start, t.Update, t.PollCount, t.CallbackAfter = p.WorkerID, p.Start, p.Update, p.PollCount, 0
		}
		tasks[i] = t
	}
	if whole {
		if err := r.outer.fill(ctx, rec, tasks); err != nil {
			return nil, fmt.Errorf("load %s: %w", id, err)
		}
	}
	return decide.Load(plan, rec.Header, rec.Input, rec.Variables, rec.Output, tasks, r.defs.TaskDef), nil
}

// hand gives what a step changed to the committer. With nothing changed it returns the step before, whose durability the
// caller has to wait for all the same.
func (r *Runner) hand(e *entry) (*commit, error) {
	if e.failed.Load() || e.state == nil {
		return e.tail, nil
	}
	ch := e.state.Take()
	if ch.Empty() {
		return e.tail, nil
	}
	before := e.summary
	c, work, own, err := r.encode(e, &ch)
	if err != nil {
		e.failed.Store(true)
		return nil, err
	}
	step := stepOf(e.state, c.Header, &ch, before)
	terminal, key := e.state.Status.Terminal(), e.state.LimitKey
	k := &commit{change: c, entry: e, after: e.tail, done: make(chan struct{})}
	view := r.watch.change(e.state)
	begun := beginning(e.state, &ch)
	k.release = func() {
		k.after = nil // or each step would hold all before it in memory
		if c.Plan != nil {
			r.stored.Store(c.Header.Plan, true)
		}
		if r.homes.Mine(c.ID) {
			for task, child := range begun {
				r.births.expect(task, child)
			}
			for _, w := range work {
				r.place(c.ID, w, nil)
			}
			r.placeOwn(c.ID, own)
		} else if len(work) > 0 || own.Any() {
			r.pool.run(func() { r.handOver(c.ID, work, own) })
		}
		if terminal && key != "" {
			r.Places.Gone(c.ID, key)
		}
		r.watch.publish(view)
		r.observe.Stepped(step)
		r.keep(ch.Kept)
		if terminal {
			r.cache.cool(e)
		}
	}
	e.tail = k
	if r.commits.shared && slices.ContainsFunc(c.Tasks, func(row store.Row) bool { return row.New }) {
		e.adding = append(slices.DeleteFunc(e.adding, func(k *commit) bool { return k.finished() && k.err == nil }), k)
	}
	r.commits.add(k)
	return k, nil
}

// recordSize is room for most encoded task records, in bytes.
const recordSize = 256

// encode turns changes into rows.
func (r *Runner) encode(e *entry, ch *decide.Changes) (*store.Change, []decide.Work, decide.Outstanding, error) {
	s := e.state
	if err := r.outer.move(r.ctx, s, ch); err != nil {
		return nil, nil, decide.Outstanding{}, err
	}
	rows := &struct { // one allocation for what every step writes
		store.Change
		header decide.Header
		own    decide.Outstanding
	}{header: s.Header, own: s.Outstanding()}
	c, own := &rows.Change, rows.own
	c.ID, c.Header = s.ID, &rows.header
	if e.own == nil || *e.own != own {
		c.Own, e.own = &rows.own, &rows.own
	}
	if _, ok := r.stored.Load(s.Header.Plan); ch.Plan && !ok {
		c.Plan = s.Plan().JSON
	}
	if ch.Input {
		c.Input = new(inRow(s.Input, s.InputAt)) // a copy: the state goes on
	}
	if ch.Variables {
		c.Variables = new(s.Variables) // a copy: the state goes on
	}
	if ch.Output {
		c.Output = new(inRow(s.Output, s.OutputAt)) // a copy: the state goes on
	}
	work := make([]decide.Work, 0, len(ch.Deleted)+len(ch.Tasks))
	c.Tasks, c.Work = make([]store.Row, 0, len(ch.Tasks)), make([]store.Work, 0, len(ch.Tasks))
	records := make([]byte, 0, recordSize*len(ch.Tasks))
	for _, t := range ch.Deleted {
		if t.CancelChild { // its record was all that would have ended its child
			child, why := t.SubWorkflowID, orphaned(s)
			r.pool.run(func() { r.endChild(child, why) })
		}
		c.Deleted = append(c.Deleted, store.Ref{Seq: t.Seq, ID: t.ID})
		work = append(work, decide.Work{Seq: t.Seq})
	}
	for _, t := range ch.Tasks {
		if s.TaskBySeq(t.Seq) != t {
			continue // deleted by the same step
		}
		var err error
		begin := len(records)
		if records, err = wire.Append(records, t); err != nil {
			return nil, nil, own, fmt.Errorf("encode task %s: %w", t.ID, err)
		}
		c.Tasks = append(c.Tasks, store.Row{
			Seq: t.Seq, ID: t.ID, New: t.Added(), Task: records[begin:len(records):len(records)],
			Input: inRow(t.Input, t.InputAt), Output: inRow(t.Output, t.OutputAt),
		})
		w := s.Work(t)
		work = append(work, w)
		c.Work = append(c.Work, store.Work{Work: w})
	}
	if ch.Status || ch.Input || ch.Output {
		sum := s.Summary()
		c.Before, c.Summary = e.summary, sum
		e.summary = sum
	}
	return c, work, own, nil
}

// wait returns when the step is durable.
func (k *commit) wait() error {
	if k == nil {
		return nil
	}
	<-k.done
	return k.err
}

// committed is called by the committer for each step, in order.
func (r *Runner) committed(k *commit) {
	if k.err != nil {
		k.after = nil
		if !errors.Is(k.err, errStale) {
			r.log.Error("a step could not be stored", "workflow_id", k.change.ID, "error", k.err)
			// Whether it was is not always known. If it was, what follows from it must not be lost.
			r.pool.run(func() { r.TakeUp(k.change.ID) })
		}
		return
	}
	if k.release != nil {
		k.release()
	}
}
