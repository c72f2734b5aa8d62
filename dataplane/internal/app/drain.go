package app

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// drain is whether this node takes no new work. It is forgotten when the process ends: whoever has drained a node to stop it gets
// it back as it was. The zero value takes work.
type drain struct {
	on     atomic.Bool
	mu     sync.Mutex
	ctx    context.Context // of calls that wait for work, for long; nil: there are none
	cancel context.CancelFunc
}

// longWait is how long a call waits at least that is answered when the node is drained; a shorter one may get a task until its end.
const longWait = time.Second

// set drains the node, and has those who wait for work answered, or ends that.
func (d *drain) set(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.on.Store(on)
	if on && d.ctx != nil {
		d.cancel()
		d.ctx = nil
	}
}

func (d *drain) drained() bool { return d.on.Load() }

// waiting returns a context for a call that waits for work: it ends with ctx, or when the node is drained.
func (d *drain) waiting(ctx context.Context) (context.Context, context.CancelFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx == nil {
		d.ctx, d.cancel = context.WithCancel(context.Background())
	}
	ctx, cancel := context.WithCancel(ctx)
	if d.on.Load() { // since the caller has looked
		cancel()
	}
	stop := context.AfterFunc(d.ctx, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// drainable is the API of a node that can be drained.
type drainable struct {
	api
	drain *drain
}

// Poll hands out nothing while the node is drained; it waits as long as it would for work, so that workers do not spin.
func (d drainable) Poll(ctx context.Context, req engine.PollRequest) ([]*workflow.Task, error) {
	if req.Wait < longWait && !d.drain.drained() {
		return d.api.Poll(ctx, req)
	}
	until := time.Now().Add(req.Wait)
	if !d.drain.drained() {
		waiting, cancel := d.drain.waiting(ctx)
		tasks, err := d.api.Poll(waiting, req)
		cancel()
		if len(tasks) > 0 || ctx.Err() != nil || !d.drain.drained() {
			return tasks, err
		}
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Until(until)):
		return []*workflow.Task{}, nil
	}
}

// Start begins nothing while the node is drained.
func (d drainable) Start(ctx context.Context, req *workflow.StartRequest) (string, error) {
	if d.drain.drained() {
		return "", workflow.Errorf(workflow.Busy, "This node is drained and begins no executions; call another node, or this one later.")
	}
	return d.api.Start(ctx, req)
}

// drainCommand carries out fleetapi.Drain and fleetapi.Resume.
func (s *server) drainCommand(on bool) func(context.Context, fleetapi.Command) ([]fleetapi.Fact, error) {
	return func(ctx context.Context, _ fleetapi.Command) ([]fleetapi.Fact, error) {
		s.drain.set(on)
		s.log.InfoContext(ctx, "the node is drained, or takes work again", "drained", on)
		counts, err := s.engine.Counts(ctx)
		if err != nil {
			return nil, err
		}
		facts := []fleetapi.Fact{{Name: "Takes new work", Value: strconv.FormatBool(!on)}}
		for _, status := range slices.Sorted(maps.Keys(counts)) {
			if !status.Terminal() {
				facts = append(facts, fleetapi.Fact{Name: "Executions " + string(status), Value: strconv.FormatInt(counts[status], 10)})
			}
		}
		return facts, nil
	}
}
