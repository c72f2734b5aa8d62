package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/limit"
	"github.com/podium-cloud/podium/dataplane/internal/memo"
	"github.com/podium-cloud/podium/dataplane/internal/node"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// What nodes say to each other of limits (rateLimitConfig) and of kept outputs (cacheConfig).
const (
	takePlace  = "limit/take"
	tellPlace  = "limit/tell"
	admitPlace = "limit/admit"
	listPlaces = "limit/list"
	keepOutput = "memo/keep"
)

// news is what becomes of an execution under a key.
type news struct {
	limit.Wait
	Gone bool
}

// Take implements runner.Homes.
func (h homes) Take(ctx context.Context, w limit.Wait) (got bool, err error) {
	err = h.nodes.Call(ctx, h.nodes.Home(limit.Name(w.Key)), takePlace, w, &got)
	return got, err
}

// Tell implements runner.Homes.
func (h homes) Tell(ctx context.Context, w limit.Wait, gone bool) error {
	return h.nodes.Call(ctx, h.nodes.Home(limit.Name(w.Key)), tellPlace, news{w, gone}, nil)
}

// Admit implements runner.Homes.
func (h homes) Admit(ctx context.Context, execution string) error {
	return h.nodes.Call(ctx, h.nodes.Home(execution), admitPlace, execution, nil)
}

// handle answers an operation with a function of its argument.
func handle[T, R any](nodes *node.Cluster, op string, f func(ctx context.Context, in T) (R, error)) {
	nodes.Handle(op, func(ctx context.Context, body []byte) (any, error) {
		var in T
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, fmt.Errorf("%s: %w", op, err)
		}
		return f(ctx, in)
	})
}

// serveLimits answers what other nodes say.
func (e *Engine) serveLimits() {
	places := e.runner.Places
	handle(e.nodes, takePlace, places.TakeHere)
	handle(e.nodes, tellPlace, func(ctx context.Context, n news) (none, error) { return none{}, places.TellHere(ctx, n.Wait, n.Gone) })
	handle(e.nodes, admitPlace, func(ctx context.Context, id string) (none, error) { return none{}, e.runner.AdmitHere(ctx, id) })
	handle(e.nodes, listPlaces, func(_ context.Context, q placesOf) ([]limit.Wait, error) {
		if knows := e.knows.Load(); knows == nil || *knows != q.View {
			return nil, workflow.Errorf(workflow.Busy, "the nodes are changing; try again")
		}
		return places.Own(func(key string) bool { return e.nodes.Home(limit.Name(key)).ID == q.Node }), nil
	})
	handle(e.nodes, keepOutput, func(_ context.Context, entries []memo.Entry) (none, error) {
		e.memo.Learn(entries)
		return none{}, nil
	})
}

// placesOf asks for the executions that live on a node and share places under keys that live on another one, when both see
// the same nodes and the one has taken up what lives on it.
type placesOf struct{ Node, View string }

// askPause is the first pause before a node is asked again that has not taken up yet what lives on it.
const askPause = 50 * time.Millisecond

// askLimits learns from all nodes who runs and waits under the keys that live here, in the background. Until then nobody new
// gets a place under keys in the slots that have come.
func (e *Engine) askLimits(gained []int) {
	e.background.run(func(ctx context.Context) {
		for try := 1; ctx.Err() == nil; try++ {
			err := e.runner.Places.Ask(gained, func() ([]limit.Wait, error) { return e.listLimits(ctx) })
			if err == nil {
				return
			}
			e.pause(ctx, time.Duration(min(try, 20))*askPause)
		}
	})
}

// listLimits asks the other nodes who runs and waits under the keys that live here.
func (e *Engine) listLimits(ctx context.Context) ([]limit.Wait, error) {
	view := e.nodes.View()
	if knows := e.knows.Load(); knows == nil || *knows != view {
		return nil, errors.New("this node has not taken up yet what lives on it")
	}
	var out []limit.Wait
	for _, n := range e.nodes.Others() {
		var some []limit.Wait
		call, cancel := context.WithTimeout(ctx, node.Expiry)
		err := e.nodes.Call(call, n, listPlaces, placesOf{e.nodes.Self().ID, view}, &some)
		cancel()
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// sharedMemo lets the other nodes know of outputs that are kept. One that does not hear of them runs a task once more.
type sharedMemo struct {
	*memo.Memo
	engine *Engine
}

// Put implements runner.Memo.
func (m sharedMemo) Put(entries []memo.Entry) {
	m.Memo.Put(entries)
	e := m.engine
	if e.nodes == nil {
		return
	}
	e.background.run(func(ctx context.Context) {
		for _, n := range e.nodes.Others() {
			if err := e.nodes.Call(ctx, n, keepOutput, entries, nil); err != nil {
				e.log.DebugContext(ctx, "a node could not be told of kept outputs", "node", n.ID, "error", err)
			}
		}
	})
}
