package runner

import (
	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/memo"
)

// publishEvents hands on what an execution has to publish, in order. An event that was handed on when the process ended
// is handed on once more.
func (r *Runner) publishEvents(id string) {
	if !r.telling.Enter(id) {
		return
	}
	var err error
	for more := true; more; more = r.telling.Leave(id) {
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
