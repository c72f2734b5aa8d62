package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/limit"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Homes tells where executions live when several nodes share a store (see package home), and reaches the other nodes.
type Homes interface {
	// Mine reports whether an execution lives on this node. It answers from memory.
	Mine(execution string) bool
	// Settled reports whether nobody else takes itself for the home of an execution that lives here, as far as is known.
	Settled(execution string) bool
	// Pick has tasks handed out by the homes of their executions.
	Pick(ctx context.Context, items []queue.Item, worker string) ([]*workflow.Task, error)
	// TakeUp asks the home of an execution to take up what is outstanding for it.
	TakeUp(ctx context.Context, execution string) error

	// Take, Tell and Admit are TakeHere, TellHere and AdmitHere of Places, on the home of a key or an execution.
	Take(ctx context.Context, w limit.Wait) (bool, error)
	Tell(ctx context.Context, w limit.Wait, gone bool) error
	Admit(ctx context.Context, execution string) error
}

// alone is the only node.
type alone struct{}

func (alone) Mine(string) bool { return true }

func (alone) Settled(string) bool { return true }

func (alone) Pick(context.Context, []queue.Item, string) ([]*workflow.Task, error) {
	return nil, errAlone
}

func (alone) TakeUp(context.Context, string) error { return errAlone }

func (alone) Take(context.Context, limit.Wait) (bool, error) { return false, errAlone }

func (alone) Tell(context.Context, limit.Wait, bool) error { return errAlone }

func (alone) Admit(context.Context, string) error { return errAlone }

var errAlone = errors.New("there are no other nodes")

// Gain takes up what is outstanding in slots that live here from now on; nil means all. When their last home is dead, workers
// that have tasks of which the store does not know are unknown too, and those tasks are offered again.
func (r *Runner) Gain(ctx context.Context, slots []int, dead bool) error {
	if slots != nil {
		in := map[int]bool{}
		for _, slot := range slots {
			in[slot] = true
		}
		r.cache.forget(func(id string) bool { return in[home.Slot(id)] })
	}
	var held []heldBack
	err := r.store.Outstanding(ctx, slots, func(id string, w *store.Work, own *decide.Outstanding) error {
		switch {
		case own != nil && own.Held > 0:
			held = append(held, heldBack{id, *own})
		case own != nil:
			r.placeOwn(id, *own)
		case dead || w.Picked != nil || w.Kind != decide.Queued || w.At > r.now():
			r.place(id, w.Work, w.Picked)
		default:
			if w.Due > 0 { // otherwise it may have been picked here since it was read, and have a time by that
				r.timers.Set(timerKey{id, w.Seq, tick}, w.Due)
			}
			r.queue.Offer(queue.Item{Key: queue.Key{Execution: id, Seq: w.Seq}, Type: w.Type, Domain: w.Domain, Priority: w.Priority})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("take up what is outstanding: %w", err)
	}
	// Those that wait for a place line up when all that have one are known, in the order of their starts.
	slices.SortFunc(held, func(a, b heldBack) int { return cmp.Or(cmp.Compare(a.own.Held, b.own.Held), cmp.Compare(a.id, b.id)) })
	for _, h := range held {
		r.placeOwn(h.id, h.own)
	}
	// What is not outstanding and had a place has ended while others took this node for dead, or is about to be durable.
	for id, key := range r.Places.Unsure() {
		open := false
		err := r.View(ctx, id, func(s *decide.State) { open = !s.Status.Terminal() })
		if err != nil && workflow.KindOf(err) != workflow.NotFound {
			return fmt.Errorf("look whether %s has ended: %w", id, err)
		}
		if open {
			r.Places.sure(id)
		} else {
			r.Places.Gone(id, key)
		}
	}
	return nil
}

// heldBack is an execution that waits for a place.
type heldBack struct {
	id  string
	own decide.Outstanding
}

// Lose forgets what lives elsewhere now, and takes slots that have come as ones of which it knows nothing. Steps that are on
// their way end here.
func (r *Runner) Lose(gained []int) {
	r.timers.Forget(func(k timerKey) bool { return !r.homes.Mine(k.id) })
	r.queue.Forget(func(id string) bool { return !r.homes.Mine(id) })
	r.cache.forget(func(id string) bool { return !r.homes.Mine(id) })
	r.Places.Lose(gained)
}

// TakeUp takes up what is outstanding for an execution that another node has changed, or of which it is not known whether its
// last step was written. What is in memory of it is read anew.
func (r *Runner) TakeUp(id string) {
	r.cache.release(r.cache.acquire(id), true)
	var work []store.Work
	var own decide.Outstanding
	err := r.View(r.ctx, id, func(s *decide.State) {
		work, own = nil, s.Outstanding()
		for _, t := range s.Tasks() {
			w := store.Work{Work: s.Work(t)} // of one that has ended, too: it may be in the queue
			if t.Status == workflow.TaskInProgress && t.WorkerID != "" {
				w.Picked = &store.Picked{WorkerID: t.WorkerID}
				w.Type, w.Domain, w.Priority = t.Type, t.Domain, s.Priority
			}
			work = append(work, w)
		}
	})
	if err == nil {
		for _, w := range work {
			r.place(id, w.Work, w.Picked)
		}
		r.placeOwn(id, own)
	}
	r.again(err, "taking up an execution", id, func() { r.TakeUp(id) })
}

// handOver leaves what follows a step to the execution's home. When that is away it is done here.
func (r *Runner) handOver(id string, work []decide.Work, own decide.Outstanding) {
	if r.homes.TakeUp(r.ctx, id) == nil {
		r.Places.drop(id)
		return
	}
	for _, w := range work {
		r.place(id, w, nil)
	}
	r.placeOwn(id, own)
}

// pickAll hands out tasks: those that live here, and the others by their homes, or here when those are away.
func (r *Runner) pickAll(ctx context.Context, items []queue.Item, worker string) []*workflow.Task {
	var out []*workflow.Task
	var away []queue.Item
	for i, it := range items {
		if ctx.Err() != nil { // the worker has gone: the tasks are for others
			for _, rest := range append(away, items[i:]...) {
				r.queue.Return(rest)
			}
			return out
		}
		if r.homes.Mine(it.Execution) {
			out = r.pickOne(ctx, out, it, worker)
		} else {
			away = append(away, it)
		}
	}
	if len(away) == 0 {
		return out
	}
	tasks, err := r.homes.Pick(ctx, away, worker)
	if err == nil {
		return append(out, tasks...)
	}
	for _, it := range away {
		out = r.pickOne(ctx, out, it, worker)
	}
	return out
}

func (r *Runner) pickOne(ctx context.Context, out []*workflow.Task, it queue.Item, worker string) []*workflow.Task {
	t, err := r.pick(ctx, it, worker)
	if err != nil {
		r.log.Error("a task could not be handed out; it is offered again", "workflow_id", it.Execution, "error", err)
		r.timers.Set(timerKey{it.Execution, it.Seq, available}, r.clock.Now().Add(retryDelay).UnixMilli())
		return out
	}
	if t == nil {
		return out
	}
	return append(out, t)
}

// Pick hands out tasks of executions that live here to a worker that polls another node.
func (r *Runner) Pick(ctx context.Context, items []queue.Item, worker string) []*workflow.Task {
	var out []*workflow.Task
	for _, it := range items {
		out = r.pickOne(ctx, out, it, worker)
	}
	return out
}
