package runner

import (
	"sync"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/memo"
)

// busy keeps an effect from running twice at a time for one execution. The zero value is ready.
type busy struct {
	mu    sync.Mutex
	again map[string]bool // true: it was asked for while it ran
}

// enter reports whether the effect may run now; else whoever runs it will run it again.
func (b *busy) enter(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.again == nil {
		b.again = map[string]bool{}
	}
	_, runs := b.again[id]
	b.again[id] = runs
	return !runs
}

// leave reports whether the effect has to run again.
func (b *busy) leave(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	again := b.again[id]
	if again {
		b.again[id] = false
	} else {
		delete(b.again, id)
	}
	return again
}

// publishEvents hands on what an execution has to publish, in order. An event that was handed on when the process ended
// is handed on once more.
func (r *Runner) publishEvents(id string) {
	if !r.telling.enter(id) {
		return
	}
	var err error
	for more := true; more; more = r.telling.leave(id) {
		if e := r.publishNow(id); e != nil {
			err = e
		}
	}
	r.again(err, "events of an execution", id, func() { r.publishEvents(id) })
}

func (r *Runner) publishNow(id string) error {
	var events []decide.Event
	err := r.View(r.ctx, id, func(s *decide.State) { events = append(events, s.Events...) })
	if err != nil || len(events) == 0 {
		return err
	}
	done := 0
	for ; done < len(events) && err == nil; done++ {
		if err = r.publish(r.ctx, events[done]); err != nil {
			break
		}
	}
	if done == 0 {
		return err
	}
	if e := r.Step(r.ctx, id, func(s *decide.State) error {
		s.Published(events[:done])
		return nil
	}); err == nil {
		err = e
	}
	return err
}

// keep hands outputs to whoever keeps them.
func (r *Runner) keep(outputs []decide.Kept) {
	if len(outputs) == 0 {
		return
	}
	entries := make([]memo.Entry, len(outputs))
	for i, o := range outputs {
		entries[i] = memo.Entry(o)
	}
	r.memo.Put(entries)
	r.pool.run(func() { r.memo.Save(r.ctx) })
}
