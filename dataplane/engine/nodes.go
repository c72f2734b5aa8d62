package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/podium-cloud/podium/dataplane/internal/node"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Shared is what several nodes have in common. Each node has an engine of its own; together they are one data plane.
type Shared struct {
	Store store.Store
	Queue func(limits func(taskType string) queue.Limit, c Clock) queue.Queue
	Nodes *node.Cluster // joined; the engine runs it and leaves at Close
}

// definitions is what definitions live by: all changes of them are made on its home, one after the other.
const definitions = "definitions"

// here marks a call that another node has passed on: it is done here, wherever its execution lives.
type here struct{}

// pass has a method called on the node where what has this id lives. It reports false when that is this node, or when the
// other one is away: then the call is for this node to do.
func pass[T any](ctx context.Context, e *Engine, id, method string, args ...any) (out T, err error, passed bool) {
	if e.nodes == nil || ctx.Value(here{}) != nil || e.nodes.Mine(id) {
		return out, nil, false
	}
	err = e.nodes.Call(ctx, e.nodes.Home(id), "engine/"+method, args, &out)
	return out, err, !errors.Is(err, node.ErrAway)
}

// none is the result of methods that have none.
type none struct{}

// passed are the methods that nodes call on each other.
var passed = []string{
	"AddTags", "Await", "DeleteEventHandler", "DeleteRoute", "DeleteSchedule", "DeleteSchema",
	"DeleteTaskDef", "DeleteWorkflowDef", "Execution", "Jump", "LiftFence", "Pause", "PauseSchedule", "PushMessage", "PutEventHandler",
	"PutRoute", "PutSchedule", "PutSchemas", "PutTaskDefs", "PutWorkflowDef", "Remove", "RemoveTags", "Requeue", "Rerun",
	"ResetCallbacks", "Restart", "Resume", "ResumeSchedule", "Retry", "SetVariables", "Signal", "SkipTask", "Start",
	"StartWithID", "SwapRecord", "Task", "Terminate", "Update", "UpdateByRef", "UpdateTaskDef", "Upgrade",
}

// serveNodes answers the calls of other nodes.
func (e *Engine) serveNodes() {
	for _, name := range passed {
		e.nodes.Handle("engine/"+name, answer(reflect.ValueOf(e).MethodByName(name)))
	}
	e.nodes.Handle("pick", func(ctx context.Context, body []byte) (any, error) {
		var in picks
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, fmt.Errorf("pick: %w", err)
		}
		picked, err := workflow.TaskList(e.runner.Pick(ctx, in.Items, in.Worker)).AppendJSON(nil)
		return json.RawMessage(picked), err
	})
	e.nodes.Handle("takeup", func(_ context.Context, body []byte) (any, error) {
		var id string
		if err := json.Unmarshal(body, &id); err != nil {
			return nil, fmt.Errorf("take up: %w", err)
		}
		e.runner.TakeUp(id)
		return none{}, nil
	})
	e.serveLimits()
	e.nodes.HandleStream("watch", func(ctx context.Context, body []byte) (<-chan any, error) {
		var id string
		if err := json.Unmarshal(body, &id); err != nil {
			return nil, fmt.Errorf("watch: %w", err)
		}
		out := make(chan any)
		go func() {
			defer close(out)
			for c := range e.runner.Watch(ctx, id) {
				select {
				case out <- Change(c):
				case <-ctx.Done():
				}
			}
		}()
		return out, nil
	})
}

// answer calls a method with arguments that come as a JSON array.
func answer(method reflect.Value) node.Answer {
	t := method.Type()
	return func(ctx context.Context, body []byte) (any, error) {
		var raw []json.RawMessage
		if err := json.Unmarshal(body, &raw); err != nil || len(raw) != t.NumIn()-1 {
			return nil, fmt.Errorf("arguments: want %d in an array: %w", t.NumIn()-1, err)
		}
		in := []reflect.Value{reflect.ValueOf(context.WithValue(ctx, here{}, true))}
		for i, b := range raw {
			v := reflect.New(t.In(i + 1))
			if err := json.Unmarshal(b, v.Interface()); err != nil {
				return nil, fmt.Errorf("argument %d: %w", i, err)
			}
			in = append(in, v.Elem())
		}
		out := method.Call(in)
		last := len(out) - 1
		if err, _ := reflect.TypeAssert[error](out[last]); err != nil {
			return nil, err
		}
		if last == 0 {
			return none{}, nil
		}
		return out[0].Interface(), nil
	}
}

// picks asks for tasks to be handed out.
type picks struct {
	Items  []queue.Item
	Worker string
}

// pickedTask is a task that another node hands out. Its part of the definition is not looked into: it stands in every task of
// its kind alike.
type pickedTask struct {
	workflow.Task
	Def json.RawMessage `json:"workflowTask"`
}

func (p *pickedTask) task(seen *lru.Cache[string, *workflow.DefTask]) (*workflow.Task, error) {
	t := &p.Task
	if len(p.Def) == 0 {
		return t, nil
	}
	def, ok := seen.Get(string(p.Def))
	if !ok {
		if err := json.Unmarshal(p.Def, &def); err != nil {
			return nil, fmt.Errorf("definition of task %s: %w", t.TaskID, err)
		}
		seen.Add(string(p.Def), def)
	}
	t.WorkflowTask, t.WorkflowTaskJSON = def, p.Def
	return t, nil
}

// maxSeen are the parts of definitions that a node knows again when it gets them from others.
const maxSeen = 256

// homes implements runner.Homes.
type homes struct {
	nodes *node.Cluster
	seen  *lru.Cache[string, *workflow.DefTask] // parts of definitions, by their JSON
}

func newHomes(nodes *node.Cluster) homes {
	seen, _ := lru.New[string, *workflow.DefTask](maxSeen) // fails for a size below one alone
	return homes{nodes, seen}
}

func (h homes) Mine(execution string) bool { return h.nodes.Mine(execution) }

func (h homes) Settled(execution string) bool { return h.nodes.Settled(execution) }

func (h homes) Pick(ctx context.Context, items []queue.Item, worker string) ([]*workflow.Task, error) {
	at := map[node.Node][]queue.Item{}
	for _, it := range items {
		n := h.nodes.Home(it.Execution)
		at[n] = append(at[n], it)
	}
	var mu sync.Mutex
	var out []*workflow.Task
	var errs error
	var group sync.WaitGroup
	for n, items := range at {
		group.Go(func() {
			var answer []pickedTask
			err := h.nodes.Call(ctx, n, "pick", picks{items, worker}, &answer)
			mu.Lock()
			defer mu.Unlock()
			errs = errors.Join(errs, err)
			for i := range answer {
				task, err := answer[i].task(h.seen)
				if err != nil { // its home offers it again after a while, as what was not picked
					errs = errors.Join(errs, err)
					continue
				}
				out = append(out, task)
			}
		})
	}
	group.Wait()
	if len(out) > 0 {
		return out, nil // what another home did not hand out is offered again after a while
	}
	return nil, errs
}

func (h homes) TakeUp(ctx context.Context, execution string) error {
	return h.nodes.Call(ctx, h.nodes.Home(execution), "takeup", execution, nil)
}

// join lets this engine take part.
func (e *Engine) join() {
	e.serveNodes()
	e.nodes.Run(node.Events{
		Moved: func(ctx context.Context, gained []int, dead bool) {
			e.moving <- struct{}{}
			defer func() { <-e.moving }()
			view := e.nodes.View()
			e.knows.Store(nil)
			e.runner.Lose(gained)
			defer e.askLimits(gained)
			for try := 1; len(gained) > 0; try++ {
				err := e.runner.Gain(ctx, gained, dead)
				if err == nil {
					e.armSchedules()
					err = e.takeOverEvents(ctx)
				}
				if err == nil {
					break
				}
				if ctx.Err() != nil {
					return
				}
				e.log.Error("slots could not be taken over; it is tried again", "slots", len(gained), "error", err)
				select {
				case <-time.After(time.Duration(min(try, 10)) * 100 * time.Millisecond):
				case <-ctx.Done():
				}
			}
			if view == e.nodes.View() {
				e.knows.Store(&view)
			}
		},
		Revised: func(ctx context.Context) {
			if err := e.reload(ctx); err != nil {
				e.reloadLater(err)
			}
		},
	})
}

// changed tells other nodes that definitions or documents have changed here, unless that failed. It is for defer, before the
// lock is taken, so that it comes after the lock is given back.
func (e *Engine) changed(ctx context.Context, err *error) {
	if e.nodes != nil && *err == nil {
		*err = e.nodes.Revise(ctx)
	}
}

// reload reads definitions and documents anew.
func (e *Engine) reload(ctx context.Context) error {
	limited := e.defs.limited()
	if err := e.defs.reload(ctx); err != nil {
		return err
	}
	for _, name := range append(limited, e.defs.limited()...) {
		e.queue.Limited(name)
	}
	return e.reloadDocuments(ctx)
}

// reloadLater tries to read definitions and documents until it succeeds: nobody will tell of this change again.
func (e *Engine) reloadLater(err error) {
	e.background.run(func(ctx context.Context) {
		for err != nil && ctx.Err() == nil {
			e.log.Error("definitions that changed on another node could not be read; it is tried again", "error", err)
			if e.pause(ctx, reloadPause); ctx.Err() == nil {
				err = e.reload(ctx)
			}
		}
	})
}

const reloadPause = 500 * time.Millisecond

// Mine reports whether what has this name is for this node to look after; of all nodes one says so.
func (e *Engine) Mine(name string) bool { return e.nodes == nil || e.nodes.Mine(name) }

// watchNodes sends what other nodes see of an execution, "" for all, to out until ctx ends.
func (e *Engine) watchNodes(ctx context.Context, id string, out chan<- Change) {
	var group sync.WaitGroup
	followed := map[string]bool{}
	var mu sync.Mutex
	for ctx.Err() == nil {
		nodes := e.nodes.Others()
		if id != "" {
			nodes = slices.DeleteFunc(nodes, func(n node.Node) bool { return n != e.nodes.Home(id) })
		}
		mu.Lock()
		for _, n := range nodes {
			if followed[n.ID] {
				continue
			}
			followed[n.ID] = true
			group.Go(func() {
				err := e.nodes.Follow(ctx, n, "watch", id, func(b json.RawMessage) {
					var c Change
					if json.Unmarshal(b, &c) == nil {
						select {
						case out <- c:
						case <-ctx.Done():
						}
					}
				})
				e.log.Debug("a node's changes are no longer followed", "node", n.ID, "reason", err)
				mu.Lock()
				defer mu.Unlock()
				delete(followed, n.ID)
			})
		}
		mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(node.Beat):
		}
	}
	group.Wait()
}

// sum adds up what a method returns on the other nodes; those that are away count nothing.
func sum(ctx context.Context, e *Engine, method string, args ...any) int {
	total := 0
	if e.nodes == nil || ctx.Value(here{}) != nil {
		return 0
	}
	for _, n := range e.nodes.Others() {
		var one int
		if err := e.nodes.Call(ctx, n, "engine/"+method, args, &one); err != nil {
			e.log.Warn("a node did not take part", "method", method, "node", n.ID, "error", err)
		}
		total += one
	}
	return total
}
