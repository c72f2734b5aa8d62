package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/node"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/seal"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/internal/timer"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// shared lets several engines of this process work on one embedded store as they would on a database: it refuses what was
// decided on an old state. The real database has its own tests; here the engines are to be met in every order, fast.
type shared struct {
	store.Store
	mu     sync.Mutex
	revs   map[string]int64
	faults *rand.Rand // nil: the store never fails
}

// fault makes one commit in eight fail: nothing was written, or all of it was and nobody was told.
func (s *shared) fault() (before, after bool) {
	if s.faults == nil || s.faults.IntN(8) > 0 {
		return false, false
	}
	before = s.faults.IntN(2) == 0
	return before, !before
}

var errFault = errors.New("the store has failed, as the test wanted")

func (s *shared) Commit(ctx context.Context, lazy, changes []*store.Change) (func() error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, after := s.fault()
	if before {
		return nil, errFault
	}
	bad := map[string]bool{}
	next := map[string]int64{}
	for _, c := range changes {
		if c.Header == nil || bad[c.ID] {
			continue
		}
		if _, ok := next[c.ID]; !ok {
			next[c.ID] = s.revs[c.ID]
		}
		if next[c.ID]++; c.Header.Rev != next[c.ID] {
			bad[c.ID] = true
		}
	}
	var ok []*store.Change
	conflict := &store.Conflict{}
	for _, c := range changes {
		if !bad[c.ID] {
			ok = append(ok, c)
		}
	}
	for id := range bad {
		conflict.IDs = append(conflict.IDs, id)
	}
	for id, rev := range next {
		if !bad[id] {
			s.revs[id] = rev
		}
	}
	wait, err := s.Store.Commit(ctx, lazy, ok)
	if err == nil && after {
		return func() error { return errors.Join(wait(), errFault) }, nil
	}
	if err == nil && len(conflict.IDs) > 0 {
		err = conflict
	}
	return wait, err
}

func (s *shared) Close() error { return nil }

// common is the queue that the engines share.
type common struct{ queue.Queue }

// Forget does nothing: the tasks are in no node's own memory.
func (common) Forget(func(string) bool) {}

// patience is how long a task may be handed out before its home says more, as in the queue of package redis, but shorter.
const patience = 2 * time.Second

// Take has what nobody tells of come back: the node that took it may have died before it asked the task's home.
func (q common) Take(ctx context.Context, taskType, domain string, count int, wait time.Duration) []queue.Item {
	items := q.Queue.Take(ctx, taskType, domain, count, wait)
	time.AfterFunc(patience, func() {
		for _, it := range items {
			q.Return(it)
		}
	})
	return items
}

// Close does nothing: other engines go on with it.
func (common) Close() {}

// phonebook is a directory in memory.
type phonebook struct {
	mu       sync.Mutex
	live     map[string]node.Node
	dead     map[string]bool
	revision int64
}

func (p *phonebook) Beat(_ context.Context, self node.Node) ([]node.Node, int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead[self.ID] {
		return nil, 0, errors.New("dead")
	}
	p.live[self.ID] = self
	var out []node.Node
	for _, n := range p.live {
		out = append(out, n)
	}
	return out, p.revision, nil
}

func (p *phonebook) Leave(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.live, id)
	return nil
}

func (p *phonebook) Revise(context.Context) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.revision++
	return p.revision, nil
}

func (p *phonebook) Secret(context.Context) (string, error) { return "secret", nil }

// nodes is a data plane of several engines.
type nodes struct {
	t     *testing.T
	book  *phonebook
	store *shared
	queue queue.Queue

	mu      sync.Mutex
	engines map[string]*Engine
	servers map[string]*httptest.Server
}

func newNodes(t *testing.T, n int) *nodes {
	t.Helper()
	s, err := embedded.Open("", func(err error) { t.Errorf("the store is broken: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c := &nodes{
		t: t, book: &phonebook{live: map[string]node.Node{}, dead: map[string]bool{}}, store: &shared{Store: s, revs: map[string]int64{}},
		queue: memoryQueue(queue.Unlimited, timer.System{}), engines: map[string]*Engine{}, servers: map[string]*httptest.Server{},
	}
	t.Cleanup(func() {
		for id := range c.engines {
			c.leave(id)
		}
	})
	for i := range n {
		c.join(fmt.Sprint("node-", i))
	}
	c.settled(n)
	return c
}

func (c *nodes) join(id string) *Engine {
	c.t.Helper()
	var cluster *node.Cluster
	ready := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-ready
		cluster.ServeHTTP(w, r)
	}))
	cluster, err := node.Join(c.t.Context(), node.Config{
		Directory: c.book, Self: node.Node{ID: id, Address: strings.TrimPrefix(server.URL, "http://")}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	close(ready)
	e, err := OpenShared(c.t.Context(), Config{SecretKey: make([]byte, seal.KeySize)}, Shared{Store: c.store, Queue: func(func(string) queue.Limit, Clock) queue.Queue { return common{c.queue} }, Nodes: cluster})
	if err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.engines[id], c.servers[id] = e, server
	return e
}

// leave ends a node as it should.
func (c *nodes) leave(id string) {
	c.mu.Lock()
	e, s := c.engines[id], c.servers[id]
	delete(c.engines, id)
	c.mu.Unlock()
	if err := e.Close(); err != nil {
		c.t.Errorf("%s: %v", id, err)
	}
	s.CloseClientConnections()
	s.Close()
}

// kill ends a node without a word: nothing of it goes on, and the others find out by its silence.
func (c *nodes) kill(id string) {
	c.mu.Lock()
	e, s := c.engines[id], c.servers[id]
	delete(c.engines, id)
	c.mu.Unlock()
	c.book.mu.Lock()
	c.book.dead[id] = true
	c.book.mu.Unlock()
	s.Listener.Close()
	s.CloseClientConnections()
	e.stop()
	time.AfterFunc(2*time.Second, func() { c.book.Leave(context.Background(), id) })
}

// settled waits until all nodes know of n nodes.
func (c *nodes) settled(n int) {
	c.t.Helper()
	deadline := time.After(time.Minute)
	for {
		ok := true
		for _, e := range c.engines {
			ok = ok && len(e.nodes.Others()) == n-1
		}
		if ok {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			c.t.Fatal("the nodes do not find each other")
		}
	}
}

// any returns some node.
func (c *nodes) any() *Engine {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.engines { // in random order
		return e
	}
	return nil
}

func (c *nodes) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// define registers on one node a flow with two workers' tasks, a fork and a sub-workflow.
func (c *nodes) define() {
	c.t.Helper()
	c.register(`{"name":"child","version":1,"schemaVersion":2,"tasks":[{"name":"work","taskReferenceName":"c","type":"SIMPLE"}]}`)
	c.register(`{"name":"flow","version":1,"schemaVersion":2,"tasks":[
		{"name":"work","taskReferenceName":"a","type":"SIMPLE"},
		{"name":"fork","taskReferenceName":"fork","type":"FORK_JOIN","forkTasks":[
			[{"name":"work","taskReferenceName":"b1","type":"SIMPLE"}],
			[{"name":"work","taskReferenceName":"b2","type":"SIMPLE"}],
			[{"name":"sub","taskReferenceName":"sub","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"}}]]},
		{"name":"join","taskReferenceName":"join","type":"JOIN","joinOn":["b1","b2","sub"]},
		{"name":"work","taskReferenceName":"d","type":"SIMPLE"}]}`)
	work := &workflow.TaskDef{}
	c.must(json.Unmarshal([]byte(`{"name":"work","retryCount":3,"retryDelaySeconds":0,"timeoutSeconds":0,"responseTimeoutSeconds":2}`), work))
	c.must(c.any().PutTaskDefs(c.t.Context(), []*workflow.TaskDef{work}))
}

// register registers a definition on some node.
func (c *nodes) register(text string) *workflow.Def {
	c.t.Helper()
	def := &workflow.Def{}
	c.must(json.Unmarshal([]byte(text), def))
	c.must(c.any().PutWorkflowDef(c.t.Context(), def, false))
	return def
}

// work runs workers that poll any node and update by any other, until ctx ends.
func (c *nodes) work(ctx context.Context, workers int) *sync.WaitGroup {
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for ctx.Err() == nil {
				e := c.any()
				if e == nil {
					continue
				}
				tasks, err := e.Poll(ctx, PollRequest{TaskType: "work", WorkerID: fmt.Sprint("w", w), Count: 1 + rand.IntN(3), Wait: 100 * time.Millisecond})
				if err != nil {
					continue
				}
				for _, t := range tasks {
					for try := 0; ctx.Err() == nil && try < 50; try++ {
						if e := c.any(); e != nil {
							_, err := e.Update(ctx, &workflow.TaskResult{TaskID: t.TaskID, WorkflowInstanceID: t.WorkflowInstanceID, Status: workflow.TaskCompleted})
							if err == nil {
								break
							}
						}
						select {
						case <-time.After(10 * time.Millisecond):
						case <-ctx.Done():
						}
					}
				}
			}
		})
	}
	return &group
}

// completed waits until all executions have ended, and looks at each through any node.
func (c *nodes) completed(ids []string) {
	c.t.Helper()
	deadline := time.After(60 * time.Second)
	for _, id := range ids {
		for {
			x, err := c.any().Execution(c.t.Context(), id, true)
			if err == nil && x.Status == workflow.Completed {
				ended := map[string]int{}
				for _, t := range x.Tasks {
					if t.Status == workflow.TaskCompleted {
						ended[t.ReferenceTaskName]++
					}
				}
				for _, ref := range []string{"a", "b1", "b2", "sub", "d"} {
					if ended[ref] != 1 {
						c.t.Errorf("%s: %s completed %d times", id, ref, ended[ref])
					}
				}
				break
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-deadline:
				c.t.Fatalf("%s (slot %d) stands still: %v; %s", id, home.Slot(id), err, c.describe(x))
			}
		}
	}
}

// describe tells what an execution and its sub-workflows wait for, and what the store knows to be outstanding.
func (c *nodes) describe(x *workflow.Execution) string {
	if x == nil {
		return "not there"
	}
	out := fmt.Sprintf("%s (slot %d) is %s since %d", x.WorkflowID, home.Slot(x.WorkflowID), x.Status, x.UpdateTime)
	for _, t := range x.Tasks {
		out += fmt.Sprintf("\n  %d %s %s #%d polled %d times by %q", t.Seq, t.ReferenceTaskName, t.Status, t.RetryCount, t.PollCount, t.WorkerID)
	}
	_ = c.store.Outstanding(c.t.Context(), nil, func(id string, w *store.Work, own *decide.Outstanding) error {
		if id == x.WorkflowID {
			out += fmt.Sprintf("\n  outstanding: %+v %+v", w, own)
		}
		return nil
	})
	for _, t := range x.Tasks {
		if t.SubWorkflowID != "" {
			child, err := c.any().Execution(c.t.Context(), t.SubWorkflowID, true)
			out += fmt.Sprintf("\n  child %s: %v; %s", t.SubWorkflowID, err, c.describe(child))
		}
	}
	return out
}

func TestNodes_AnyNodeHandlesAnyCall(t *testing.T) {
	c := newNodes(t, 3)
	c.define()
	ctx, stop := context.WithCancel(t.Context())
	workers := c.work(ctx, 8)
	var ids []string
	for range 100 {
		id, err := c.any().Start(ctx, &workflow.StartRequest{Name: "flow"})
		c.must(err)
		ids = append(ids, id)
	}
	c.completed(ids)
	stop()
	workers.Wait()
}

// A task is the same for a worker, whichever node it polls.
func TestNodes_ATaskOfAnotherNodeIsWhole(t *testing.T) {
	c := newNodes(t, 2)
	c.define()
	starter, other := c.engines["node-0"], c.engines["node-1"]
	for range 2 { // the second time its part of the definition is known
		id, err := starter.Start(t.Context(), &workflow.StartRequest{Name: "flow", Input: workflow.Payload(`{"q":1}`)})
		c.must(err)
		if other.nodes.Mine(id) {
			t.Fatal("it lives where it was not started")
		}
		tasks, err := other.Poll(t.Context(), PollRequest{TaskType: "work", WorkerID: "w", Count: 1, Wait: time.Minute})
		c.must(err)
		x, err := starter.Execution(t.Context(), id, true)
		c.must(err)
		got, err := tasks[0].AppendJSON(nil)
		c.must(err)
		want, err := x.Tasks[0].AppendJSON(nil)
		c.must(err)
		if string(got) != string(want) || !reflect.DeepEqual(tasks[0].WorkflowTask, x.Tasks[0].WorkflowTask) {
			t.Errorf("the other node handed out\n%s\nits home shows\n%s", got, want)
		}
	}
}

func TestNodes_DefinitionsAreKnownEverywhereAtOnce(t *testing.T) {
	c := newNodes(t, 3)
	for v := 1; v <= 20; v++ {
		def := c.register(fmt.Sprintf(`{"name":"d","version":%d,"schemaVersion":2,"tasks":[{"name":"n","taskReferenceName":"n","type":"NOOP"}]}`, v))
		for _, e := range c.engines {
			if got, err := e.WorkflowDef(t.Context(), "d", 0); err != nil || got.Version != v {
				t.Fatalf("version %d: another node has %v (%v)", v, got, err)
			}
			if err := e.PutWorkflowDef(t.Context(), def, false); workflow.KindOf(err) != workflow.Conflict {
				t.Fatalf("version %d could be registered twice: %v", v, err)
			}
		}
	}
	c.must(c.any().DeleteWorkflowDef(t.Context(), "d", 20))
	for _, e := range c.engines {
		if got, err := e.WorkflowDef(t.Context(), "d", 0); err != nil || got.Version != 19 {
			t.Errorf("after the deletion: %v (%v)", got, err)
		}
	}
}

func TestNodes_IdempotencyKeysHoldAcrossNodes(t *testing.T) {
	c := newNodes(t, 3)
	c.define()
	for i := range 20 {
		var mu sync.Mutex
		ids := map[string]bool{}
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				id, err := c.any().Start(t.Context(), &workflow.StartRequest{Name: "flow", IdempotencyKey: fmt.Sprint("key-", i), IdempotencyStrategy: "RETURN_EXISTING"})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				ids[id] = true
			})
		}
		group.Wait()
		if len(ids) != 1 {
			t.Errorf("one key started %d executions", len(ids))
		}
	}
}

func TestNodes_ChangesAreSeenFromEveryNode(t *testing.T) {
	c := newNodes(t, 2)
	c.register(`{"name":"wait","version":1,"schemaVersion":2,"tasks":[{"name":"w","taskReferenceName":"w","type":"WAIT"}]}`)
	for _, from := range c.engines {
		id, err := from.Start(t.Context(), &workflow.StartRequest{Name: "wait"})
		c.must(err)
		ctx, stop := context.WithCancel(t.Context())
		seen := map[string]<-chan Change{}
		for name, e := range c.engines {
			seen[name+" one"], seen[name+" all"] = e.Watch(ctx, id), e.Watch(ctx, "")
		}
		for name, changes := range seen {
			for ended := false; !ended; {
				select {
				case got := <-changes:
					ended = got.WorkflowID == id && got.Status == workflow.Terminated
				case <-time.After(100 * time.Millisecond): // the other node's stream may not have begun with the first
					if err := c.any().Terminate(ctx, id, "x"); err != nil {
						t.Fatal(err)
					}
					c.must(c.any().Restart(ctx, id, false))
					c.must(c.any().Terminate(ctx, id, "x"))
				}
			}
			t.Log(name, "saw it")
		}
		stop()
	}
}

func TestNodes_LoseNothingWhenNodesComeAndGo(t *testing.T) {
	c := newNodes(t, 2)
	c.define()
	ctx, stop := context.WithCancel(t.Context())
	workers := c.work(ctx, 8)
	var mu sync.Mutex
	var ids []string
	var starters sync.WaitGroup
	starting, enough := context.WithCancel(ctx)
	for range 2 {
		starters.Go(func() {
			for starting.Err() == nil {
				id, err := c.any().Start(ctx, &workflow.StartRequest{Name: "flow"})
				if err == nil {
					mu.Lock()
					ids = append(ids, id)
					mu.Unlock()
				}
				select {
				case <-time.After(5 * time.Millisecond):
				case <-starting.Done():
				}
			}
		})
	}
	c.join("node-2")
	c.settled(3)
	c.kill("node-0")
	c.settled(2)
	c.join("node-3")
	c.settled(3)
	c.leave("node-1")
	c.settled(2)
	enough()
	starters.Wait()
	t.Logf("%d executions", len(ids))
	c.completed(ids)
	stop()
	workers.Wait()
}

func TestNodes_LoseNothingWhenTheStoreFails(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	c := newNodes(t, 2)
	c.define()
	c.store.mu.Lock()
	c.store.faults = rand.New(rand.NewPCG(seed, 0))
	c.store.mu.Unlock()
	ctx, stop := context.WithCancel(t.Context())
	workers := c.work(ctx, 8)
	var ids []string
	failed := 0
	for len(ids) < 100 {
		// A start whose answer was lost is made again with its key, as a careful client does.
		id, err := c.any().Start(ctx, &workflow.StartRequest{Name: "flow", IdempotencyKey: fmt.Sprint(len(ids)), IdempotencyStrategy: "RETURN_EXISTING"})
		if err != nil {
			failed++
			continue
		}
		ids = append(ids, id)
	}
	if failed == 0 {
		t.Error("no start has failed: the faults do nothing")
	}
	c.completed(ids)
	stop()
	workers.Wait()
	page, err := c.any().Search(t.Context(), Search{Query: "workflowType = 'flow'"})
	if err != nil || page.Total != int64(len(ids)) {
		t.Errorf("%v executions for %d keys (%v)", page, len(ids), err)
	}
}
