package runner

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/limit"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// place puts a task where it belongs: the queue, the timers, the pool. After a restart it is called for everything that is
// outstanding.
func (r *Runner) place(id string, w decide.Work, picked *store.Picked) {
	key := queue.Key{Execution: id, Seq: w.Seq}
	r.timers.Set(timerKey{id, w.Seq, tick}, w.Due)
	later := w.At > r.now()
	if later && (w.Kind == decide.Queued || w.Kind == decide.Outside) {
		r.timers.Set(timerKey{id, w.Seq, available}, w.At)
	}
	held := w.Kind == decide.Outside && !later && r.defs.Limit(w.Name).Limited()
	switch {
	case picked != nil:
		r.queue.Fly(queue.Item{Key: key, Type: w.Type, Domain: w.Domain, Priority: w.Priority})
	case w.Kind == decide.Queued && !later:
		r.queue.Push(queue.Item{Key: key, Type: w.Type, Domain: w.Domain, Priority: w.Priority})
	case held:
		r.queue.Offer(queue.Item{Key: key, Type: w.Name, Domain: Held, Priority: w.Priority})
		r.supply(w.Name)
	default:
		r.queue.Remove(key)
	}
	switch w.Kind {
	case decide.Outside:
		if !later && !held {
			r.outside.run(func() { r.runOutside(id, w.Seq) })
		}
	case decide.Child:
		r.pool.run(func() { r.startChild(id, w.Seq) })
	case decide.CancelChild:
		r.pool.run(func() { r.cancelChild(id, w.Seq) })
	}
}

// displace takes a task out of the queue and the timers.
func (r *Runner) displace(id string, seq int) {
	r.queue.Remove(queue.Key{Execution: id, Seq: seq})
	r.timers.Set(timerKey{id, seq, tick}, 0)
	r.timers.Set(timerKey{id, seq, available}, 0)
}

// placeOwn arms the execution's own timeout and tells others what they must know of it.
func (r *Runner) placeOwn(id string, own decide.Outstanding) {
	r.timers.Set(timerKey{id, 0, tick}, own.Due)
	if own.TellParent || own.ReviveParent || own.StartFailure {
		r.pool.run(func() { r.tell(id, own) })
	}
	if own.LimitKey != "" {
		r.Places.Set(limit.Wait{Key: own.LimitKey, ID: id, Limit: own.Limit, Since: own.Held})
	}
	if own.Events && r.publish != nil {
		r.pool.run(func() { r.publishEvents(id) })
	}
}

// AdmitHere lets an execution begin that lives here and has a place now.
func (r *Runner) AdmitHere(ctx context.Context, id string) error {
	return r.Step(ctx, id, func(s *decide.State) error {
		s.Admit()
		return nil
	})
}

// fire handles a due time.
func (r *Runner) fire(k timerKey) {
	r.pool.run(func() {
		var err error
		switch k.kind {
		case tick:
			var again decide.Work
			err = r.Step(r.ctx, k.id, func(s *decide.State) error {
				s.Tick(k.seq)
				if t := s.TaskBySeq(k.seq); t != nil {
					again = s.Work(t)
				}
				return nil
			})
			if again.Due > 0 {
				r.timers.Set(timerKey{k.id, k.seq, tick}, again.Due)
			}
			if err == nil && again.Kind == decide.Queued && again.At <= r.now() && r.homes.Mine(k.id) {
				// The time may have been that of a worker of whom nobody knows any more, as the mark was lost with a state that
				// was void. The queue may still take the task for handed out; if it is ready this changes nothing.
				r.queue.Push(queue.Item{Key: queue.Key{Execution: k.id, Seq: k.seq}, Type: again.Type, Domain: again.Domain, Priority: again.Priority})
			}
		case available:
			var w decide.Work
			err = r.View(r.ctx, k.id, func(s *decide.State) {
				if t := s.TaskBySeq(k.seq); t != nil {
					w = s.Work(t)
				}
			})
			if err == nil && w.Kind != decide.NoWork {
				r.place(k.id, w, nil)
			}
		}
		if err != nil && r.ctx.Err() == nil && workflow.KindOf(err) != workflow.NotFound {
			r.log.Error("a timer could not be handled; it is tried again", "workflow_id", k.id, "error", err)
			r.timers.Set(k, r.clock.Now().Add(retryDelay).UnixMilli())
		}
	})
}

// retryDelay is the pause before an effect that failed for reasons of our own is tried again.
const retryDelay = time.Second

// Poll waits for tasks of a type and marks them as picked by the worker.
func (r *Runner) Poll(ctx context.Context, taskType, domain, worker string, count int, wait time.Duration) ([]*workflow.Task, error) {
	r.queue.Seen(taskType, domain, worker, r.clock.Now())
	deadline := time.Now().Add(wait)
	for {
		items := r.queue.Take(ctx, taskType, domain, count, time.Until(deadline))
		out := r.pickAll(ctx, items, worker)
		// Entries that had gone stale are no answer while there is time left.
		if len(out) > 0 || len(items) == 0 || ctx.Err() != nil || time.Now().After(deadline) {
			r.observe.Polled(taskType, domain, len(out))
			return out, nil //nolint:nilerr // the worker that has gone keeps what it was given before
		}
	}
}

// pick marks a task as taken; nil when it is not to be had any more. The mark rides with the next group.
func (r *Runner) pick(ctx context.Context, it queue.Item, worker string) (*workflow.Task, error) {
	t, rev, tail, err := r.tryPick(ctx, it, worker)
	if t != nil || err != nil || !errors.Is(r.doubt(ctx, it.Execution, rev, tail, nil), errStale) {
		return t, err
	}
	t, _, _, err = r.tryPick(ctx, it, worker)
	return t, err
}

// tryPick also returns the state that it looked at.
func (r *Runner) tryPick(ctx context.Context, it queue.Item, worker string) (task *workflow.Task, rev int64, tail *commit, err error) {
	e, err := r.open(ctx, it.Execution)
	if err != nil {
		if workflow.KindOf(err) == workflow.NotFound {
			r.queue.Drop(it) // removed in the meantime
			err = nil
		}
		return nil, 0, nil, err
	}
	if k := e.maker(it.Seq); k != nil {
		// Another node has offered the task: this one is about to learn that it has made another task of the same number.
		r.cache.release(e, false)
		if err := k.wait(); err != nil && !errors.Is(err, errStale) && !errors.Is(err, errAbandoned) {
			return nil, 0, nil, err
		}
		return r.tryPick(ctx, it, worker)
	}
	defer r.cache.release(e, false)
	e.state.Begin(r.env(ctx, e.id))
	t := e.state.TaskBySeq(it.Seq)
	if !e.state.Pick(t, worker) { // taken or ended in the meantime
		r.drop(it, e.state, t)
		return nil, e.state.Rev, e.tail, nil
	}
	w := e.state.Work(t)
	w.Kind, w.Type, w.Domain, w.Priority = decide.Queued, it.Type, it.Domain, it.Priority
	r.timers.Set(timerKey{it.Execution, it.Seq, tick}, w.Due)
	r.queue.Fly(it)
	mark := &struct { // one allocation for what every pick writes
		store.Change
		work   [1]store.Work
		picked store.Picked
	}{picked: store.Picked{WorkerID: worker, Start: t.Start, Update: t.Update, PollCount: t.PollCount}}
	mark.work[0] = store.Work{Work: w, Picked: &mark.picked}
	mark.ID, mark.Work = it.Execution, mark.work[:]
	e.lazy = r.commits.addLazy(&mark.Change)
	if len(e.state.Events) > 0 {
		if _, err := r.hand(e); err != nil { // that it has begun is to be told now, not with its end
			return nil, 0, nil, err
		}
	}
	view := e.state.View(t)
	view.SetTraceparent(r.taskTrace(e.state, t.ID))
	r.observe.Picked(it.Type, time.Duration(view.QueueWaitTime)*time.Millisecond)
	return view, 0, nil, nil
}

// drop has the queue forget a task that was not to be had. The execution is locked, so that a step that makes the task ready
// again comes after this. When it lives elsewhere only its home can tell what the queue should know: if that says nothing the
// task is handed out again.
func (r *Runner) drop(it queue.Item, s *decide.State, t *decide.Task) {
	if !r.homes.Mine(it.Execution) {
		return
	}
	r.queue.Drop(it)
	if t == nil {
		return
	}
	if w := s.Work(t); w.Kind == decide.Queued && w.At > r.now() { // the clock was set back after the task became ready
		r.timers.Set(timerKey{it.Execution, it.Seq, available}, w.At)
	}
}

// taskTrace is the trace context for whoever works on a task, "" when the execution has none.
func (r *Runner) taskTrace(s *decide.State, taskID string) string {
	if s.Trace == "" {
		return ""
	}
	return r.observe.TaskTrace(s.Trace, taskID)
}

// Requeue offers every outstanding worker task of a type again; those in the queue already are left alone. It returns how
// many were not.
func (r *Runner) Requeue(ctx context.Context, taskType string) (int, error) {
	n := 0
	err := r.store.Outstanding(ctx, nil, func(id string, w *store.Work, _ *decide.Outstanding) error {
		if w == nil || !r.homes.Mine(id) || w.Picked != nil || w.Kind != decide.Queued || w.Type != taskType || w.At > r.now() {
			return nil
		}
		if r.queue.Offer(queue.Item{Key: queue.Key{Execution: id, Seq: w.Seq}, Type: w.Type, Domain: w.Domain, Priority: w.Priority}) {
			n++
		}
		return nil
	})
	return n, err
}

func stack() string { return string(debug.Stack()) }
