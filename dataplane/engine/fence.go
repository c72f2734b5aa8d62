package engine

import (
	"context"
	"sync"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// fence keeps an engine that runs on a copy from doing what its original does too.
type fence struct {
	mu     sync.Mutex
	lifted chan struct{} // closed while there is no fence
}

func newFence() *fence {
	f := &fence{lifted: make(chan struct{})}
	close(f.lifted)
	return f
}

// set puts the fence up or lifts it, and reports whether that was a change.
func (f *fence) set(up bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if up == f.up() {
		return false
	}
	if up {
		f.lifted = make(chan struct{})
	} else {
		close(f.lifted)
	}
	return true
}

func (f *fence) up() bool {
	select {
	case <-f.lifted:
		return false
	default:
		return true
	}
}

// pass waits until there is no fence, or ctx ends.
func (f *fence) pass(ctx context.Context) {
	f.mu.Lock()
	lifted := f.lifted
	f.mu.Unlock()
	select {
	case <-lifted:
	case <-ctx.Done():
	}
}

const fenceKey = "fence"

// FenceDoc is the document that puts a fence up.
func FenceDoc(f workflow.Fence) (store.Doc, error) {
	p, err := workflow.NewPayload(f)
	return store.Doc{Kind: kindFence, Key: fenceKey, Value: p}, err
}

// IsFence reports whether a document is that of a fence.
func IsFence(d store.Doc) bool { return d.Kind == kindFence }

// Fence returns the fence, nil when there is none. While there is one, timers and schedules do not fire, events are not
// handled, and system tasks that reach outside do not begin. All of that follows when it is lifted.
func (e *Engine) Fence() *workflow.Fence { return e.fences.get(fenceKey) }

// DropFence removes the fence from the store of a data plane that does not run.
func DropFence(ctx context.Context, s store.Store) error {
	return s.DeleteDoc(ctx, kindFence, fenceKey)
}

// LiftFence lifts the fence, durably, on all nodes. Without one it does nothing.
func (e *Engine) LiftFence(ctx context.Context) error {
	if _, err, ok := pass[none](ctx, e, definitions, "LiftFence"); ok {
		return err
	}
	err := e.fences.update(ctx, fenceKey, func(*workflow.Fence) (*workflow.Fence, error) { return nil, nil }) //nolint:nilnil // nil removes it
	if err == nil {
		e.applyFence()
	}
	return err
}

// applyFence makes what is held back follow from the document.
func (e *Engine) applyFence() {
	up := e.Fence() != nil
	if !e.fence.set(up) {
		return
	}
	e.runner.Fence(up)
	e.due.Hold(up)
	if up {
		e.log.Warn("timers, schedules, events and HTTP tasks are held back: this is a copy; lift its fence when it is to go on")
	} else {
		e.log.Info("the fence is lifted: what was held back goes on")
	}
}
