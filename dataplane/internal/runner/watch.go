package runner

import (
	"context"
	"sync"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Change is one step of an execution as watchers see it.
type Change struct {
	WorkflowID, WorkflowName string
	Status                   workflow.Status
	UpdateTime               int64
}

// watchers pushes changes. A watcher that does not keep up misses changes in between, never the last one of an execution.
type watchers struct {
	mu   sync.Mutex
	byID map[string]map[*watcher]bool // "" watches all
}

type watcher struct {
	mu      sync.Mutex
	pending map[string]Change
	order   []string
	wake    chan struct{}
}

func newWatchers() *watchers { return &watchers{byID: map[string]map[*watcher]bool{}} }

func (w *watchers) change(s *decide.State) Change {
	return Change{s.ID, s.Name, s.Status, s.UpdateTime}
}

func (w *watchers) publish(c Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range []string{c.WorkflowID, ""} {
		for one := range w.byID[id] {
			one.push(c)
		}
	}
}

func (o *watcher) push(c Change) {
	o.mu.Lock()
	if _, waits := o.pending[c.WorkflowID]; !waits {
		o.order = append(o.order, c.WorkflowID)
	}
	o.pending[c.WorkflowID] = c
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *watcher) pop() (Change, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.order) == 0 {
		return Change{}, false
	}
	id := o.order[0]
	o.order = o.order[1:]
	c := o.pending[id]
	delete(o.pending, id)
	return c, true
}

// Watch returns the changes of an execution, "" for all, from now on. The channel is closed when ctx or the runner ends.
func (r *Runner) Watch(ctx context.Context, id string) <-chan Change {
	o := &watcher{pending: map[string]Change{}, wake: make(chan struct{}, 1)}
	w := r.watch
	w.mu.Lock()
	if w.byID[id] == nil {
		w.byID[id] = map[*watcher]bool{}
	}
	w.byID[id][o] = true
	w.mu.Unlock()
	out := make(chan Change)
	go func() {
		defer close(out)
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(w.byID[id], o)
			if len(w.byID[id]) == 0 {
				delete(w.byID, id)
			}
		}()
		for {
			c, ok := o.pop()
			if !ok {
				select {
				case <-o.wake:
				case <-ctx.Done():
					return
				case <-r.ctx.Done():
					return
				}
				continue
			}
			select {
			case out <- c:
			case <-ctx.Done():
				return
			case <-r.ctx.Done():
				return
			}
		}
	}()
	return out
}
