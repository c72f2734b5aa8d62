package engine

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

const limited = `{"name":"limited","version":1,"schemaVersion":2,"rateLimitConfig":{"rateLimitKey":"k-${workflow.input.k}","concurrentExecLimit":2},"tasks":[
	{"name":"work","taskReferenceName":"a","type":"SIMPLE"},{"name":"work","taskReferenceName":"b","type":"SIMPLE"}]}`

// together runs workers and notes how many executions of each key they work on at a time.
type together struct {
	mu   sync.Mutex
	busy map[string]map[string]bool // by key, executions
	most int
}

func (o *together) begin(key, id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy[key] == nil {
		o.busy[key] = map[string]bool{}
	}
	o.busy[key][id] = true
	o.most = max(o.most, len(o.busy[key]))
}

func (o *together) end(key, id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy[key], id)
}

func (c *nodes) workTogether(ctx context.Context, workers int) (*together, *sync.WaitGroup) {
	o := &together{busy: map[string]map[string]bool{}}
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for ctx.Err() == nil {
				e := c.any()
				tasks, _ := e.Poll(ctx, PollRequest{TaskType: "work", WorkerID: "w", Count: 1, Wait: 50 * time.Millisecond})
				for _, t := range tasks {
					key, id := t.CorrelationID, t.WorkflowInstanceID
					o.begin(key, id)
					for try := 0; ctx.Err() == nil && try < 50; try++ {
						if t.ReferenceTaskName == "b" {
							o.end(key, id) // what comes next may begin before the call is answered
						}
						if _, err := c.any().Update(ctx, &workflow.TaskResult{TaskID: t.TaskID, WorkflowInstanceID: id, Status: workflow.TaskCompleted}); err == nil {
							break
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
	return o, &group
}

// startLimited starts executions through all nodes, and in every way in which one gets its id.
func (c *nodes) startLimited(n int) []string {
	c.t.Helper()
	var mu sync.Mutex
	var ids []string
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			key := fmt.Sprint(i % 3)
			req := &workflow.StartRequest{Name: "limited", CorrelationID: key, Input: workflow.Payload(`{"k":"` + key + `"}`)}
			id := ""
			for range 100 {
				var err error
				e := c.any()
				switch i % 4 {
				case 0:
					id, err = e.Start(c.t.Context(), req)
				case 1:
					req.IdempotencyKey, req.IdempotencyStrategy = fmt.Sprint("once ", i), workflow.IdempotencyReturnExisting
					id, err = e.Start(c.t.Context(), req)
				case 2:
					id = uuid.NewSHA1(uuid.Nil, fmt.Append(nil, i)).String()
					err = e.StartWithID(c.t.Context(), id, req)
				default:
					id, err = e.Start(c.t.Context(), &workflow.StartRequest{Name: "parent", CorrelationID: key, Input: req.Input})
				}
				if err == nil {
					break
				}
				time.Sleep(10 * time.Millisecond) //nolint:forbidigo // a caller's pause
			}
			mu.Lock()
			defer mu.Unlock()
			ids = append(ids, id)
		})
	}
	group.Wait()
	return ids
}

func (c *nodes) ended(ids []string) {
	c.t.Helper()
	deadline := time.After(time.Minute)
	for _, id := range ids {
		for {
			x, err := c.any().Execution(c.t.Context(), id, true)
			if err == nil && x.Status == workflow.Completed {
				break
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-deadline:
				for name, e := range c.engines {
					c.t.Logf("%s knows of %v", name, e.runner.Places.Own(func(string) bool { return true }))
				}
				c.t.Fatalf("%s stands still: %v; %s", id, err, c.describe(x))
			}
		}
	}
}

func (c *nodes) defineLimited() {
	c.t.Helper()
	c.define()
	c.register(limited)
	c.register(`{"name":"parent","version":1,"schemaVersion":2,"tasks":[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW",
		"inputParameters":{"k":"${workflow.input.k}"},"subWorkflowParam":{"name":"limited"}}]}`)
}

func TestNodes_ALimitHoldsOverAllNodes(t *testing.T) {
	c := newNodes(t, 3)
	c.defineLimited()
	ctx, stop := context.WithCancel(t.Context())
	seen, workers := c.workTogether(ctx, 12)
	ids := c.startLimited(48)
	c.ended(ids)
	stop()
	workers.Wait()
	if seen.most != 2 {
		t.Errorf("%d executions of one key ran at a time, want 2", seen.most)
	}
	for _, e := range c.engines {
		if left := e.runner.Places.Own(func(string) bool { return true }); len(left) > 0 {
			t.Errorf("places are kept: %v", left)
		}
	}
}

func TestNodes_ALimitRejectsOverAllNodes(t *testing.T) {
	c := newNodes(t, 3)
	c.register(`{"name":"one","version":1,"schemaVersion":2,"rateLimitConfig":{"rateLimitKey":"k","concurrentExecLimit":1,"policy":"REJECT"},
		"tasks":[{"name":"w","taskReferenceName":"w","type":"WAIT"}]}`)
	for range 5 {
		var id string
		until(t, "the place is not free", func() bool {
			var err error
			id, err = c.any().Start(t.Context(), &workflow.StartRequest{Name: "one"})
			return err == nil
		})
		for name, e := range c.engines {
			if _, err := e.Start(t.Context(), &workflow.StartRequest{Name: "one"}); workflow.KindOf(err) != workflow.Busy {
				t.Errorf("%s: %v, want that it is busy", name, err)
			}
		}
		c.must(c.any().Terminate(t.Context(), id, "enough"))
	}
}

func TestNodes_PlacesOfNodesThatDieAreFree(t *testing.T) {
	c := newNodes(t, 3)
	c.defineLimited()
	ctx, stop := context.WithCancel(t.Context())
	seen, workers := c.workTogether(ctx, 12)
	var ids []string
	for _, name := range []string{"node-0", "node-1"} {
		ids = append(ids, c.startLimited(24)...)
		c.kill(name)
		c.join(name + "-again")
		ids = append(ids, c.startLimited(24)...)
	}
	c.ended(ids)
	stop()
	workers.Wait()
	if seen.most > 2 {
		t.Errorf("%d executions of one key ran at a time, want 2", seen.most)
	}
}

func TestNodes_KeptOutputsAreKnownEverywhere(t *testing.T) {
	c := newNodes(t, 3)
	c.register(`{"name":"memo","version":1,"schemaVersion":2,"tasks":[{"name":"price","taskReferenceName":"p","type":"SIMPLE","cacheConfig":{"key":"one","ttlInSecond":600}}]}`)
	first, err := c.any().Start(t.Context(), &workflow.StartRequest{Name: "memo"})
	c.must(err)
	tasks, err := c.any().Poll(t.Context(), PollRequest{TaskType: "price", WorkerID: "w", Wait: time.Minute})
	if err != nil || len(tasks) != 1 {
		t.Fatalf("%v, %v", tasks, err)
	}
	_, err = c.any().Update(t.Context(), &workflow.TaskResult{TaskID: tasks[0].TaskID, WorkflowInstanceID: first, Status: workflow.TaskCompleted, OutputData: workflow.Payload(`{"eur":7}`)})
	c.must(err)
	for name, e := range c.engines {
		until(t, name+" does not know of it", func() bool { _, ok := e.memo.Get("price", "one", time.Now().UnixMilli()); return ok })
		id, err := e.Start(t.Context(), &workflow.StartRequest{Name: "memo"})
		c.must(err)
		if x, err := e.Execution(t.Context(), id, true); err != nil || x.Status != workflow.Completed || x.Tasks[0].OutputData.String() != `{"eur":7}` {
			t.Errorf("%s: %+v, %v", name, x, err)
		}
	}
}

// until waits for something that nobody tells of.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !f(); time.Sleep(time.Millisecond) { //nolint:forbidigo // see above
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}
