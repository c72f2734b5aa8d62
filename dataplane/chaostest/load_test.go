package chaostest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// client is without patience for nodes that hang: its callers ask another one.
var client = &http.Client{Timeout: 8 * time.Second}

// call asks any node and decodes the answer into out: a *string takes it as it is.
func (c *cluster) call(ctx context.Context, method, path string, body, out any) (status int, err error) {
	return call(ctx, c.origin(), method, path, body, out)
}

func call(ctx context.Context, origin, method, path string, body, out any) (status int, err error) {
	b, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, method, origin+"/api"+path, bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if res.StatusCode >= http.StatusBadRequest {
		return res.StatusCode, fmt.Errorf("status %d: %s", res.StatusCode, text)
	}
	if s, ok := out.(*string); ok {
		*s = string(text)
		return res.StatusCode, nil
	}
	if out == nil || len(text) == 0 {
		return res.StatusCode, nil
	}
	return res.StatusCode, json.Unmarshal(text, out)
}

// definitions are one workflow with every way to go on: a worker's result, an operator inside of a step, a timer, a child.
const (
	taskDefs = `[%s]`
	taskDef  = `{"name":"%s","retryCount":1000,"retryLogic":"FIXED","retryDelaySeconds":0,"responseTimeoutSeconds":3,
		"timeoutSeconds":60,"timeoutPolicy":"RETRY","ownerEmail":"chaos@example.test"}`
	childDef = `{"name":"chaos_child","version":1,"schemaVersion":2,"ownerEmail":"chaos@example.test","tasks":[
		{"name":"step_c","taskReferenceName":"c","type":"SIMPLE","inputParameters":{"from":"${workflow.input.from}"}}],
		"outputParameters":{"nonce":"${c.output.nonce}"}}`
	parentDef = `{"name":"chaos","version":1,"schemaVersion":2,"ownerEmail":"chaos@example.test","tasks":[
		{"name":"step_a","taskReferenceName":"a","type":"SIMPLE","inputParameters":{}},
		{"name":"inline","taskReferenceName":"inline","type":"INLINE","inputParameters":
			{"evaluatorType":"javascript","expression":"$.nonce + '!'","nonce":"${a.output.nonce}"}},
		{"name":"fork","taskReferenceName":"fork","type":"FORK_JOIN","forkTasks":[
			[{"name":"step_b","taskReferenceName":"b","type":"SIMPLE","inputParameters":{"from":"${inline.output.result}"}}],
			[{"name":"sub","taskReferenceName":"sub","type":"SUB_WORKFLOW","inputParameters":{"from":"${a.output.nonce}"},
				"subWorkflowParam":{"name":"chaos_child","version":1}}],
			[{"name":"wait","taskReferenceName":"wait","type":"WAIT","inputParameters":{"duration":"1 seconds"}}]]},
		{"name":"join","taskReferenceName":"join","type":"JOIN","joinOn":["b","sub","wait"]},
		{"name":"step_d","taskReferenceName":"d","type":"SIMPLE","inputParameters":
			{"a":"${a.output.nonce}","b":"${b.output.nonce}","c":"${sub.output.nonce}"}}],
		"outputParameters":{"d":"${d.output.nonce}"}}`
)

var (
	stepTypes  = []string{"step_a", "step_b", "step_c", "step_d"}
	parentRefs = []string{"a", "inline", "fork", "b", "sub", "wait", "join", "d"}
	childRefs  = []string{"c"}
)

func (c *cluster) define() {
	c.t.Helper()
	var defs []string
	for _, name := range stepTypes {
		defs = append(defs, fmt.Sprintf(taskDef, name))
	}
	for _, d := range []struct{ path, body string }{
		{"/metadata/taskdefs", fmt.Sprintf(taskDefs, strings.Join(defs, ","))}, {"/metadata/workflow", childDef}, {"/metadata/workflow", parentDef},
	} {
		if _, err := c.call(c.t.Context(), http.MethodPost, d.path, json.RawMessage(d.body), nil); err != nil {
			c.t.Fatalf("define: %v", err)
		}
	}
}

// result is what a worker said of a task. It says the same until it is heard.
type result struct {
	nonce  string
	status workflow.TaskStatus
	sent   time.Time // first
	heard  time.Time // acknowledged; zero: never
}

// load is what starters and workers did.
type load struct {
	c *cluster

	mu       sync.Mutex
	started  map[string]string    // acknowledged ids, and the idempotency key that each was started with, if any
	results  map[string][]*result // by task
	unheard  int                  // calls that had no answer, or a bad one
	problems []string
}

func newLoad(c *cluster) *load {
	return &load{c: c, started: map[string]string{}, results: map[string][]*result{}}
}

func (l *load) problem(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

func (l *load) failed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unheard++
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// startAll starts executions until ctx ends, every other one with an idempotency key: on two nodes at once, and once more
// for each answer that did not come.
func (l *load) startAll(ctx context.Context, starter int) {
	for n := 0; ctx.Err() == nil; n++ {
		if n%2 == 0 {
			var id string
			req := &workflow.StartRequest{Name: "chaos"}
			if _, err := l.c.call(ctx, http.MethodPost, "/workflow", req, &id); err == nil {
				l.acknowledged(id, "")
			} else {
				l.failed()
			}
		} else {
			l.startKeyed(ctx, fmt.Sprintf("key-%d-%d", starter, n))
		}
		pause(ctx, 80*time.Millisecond)
	}
}

func (l *load) startKeyed(ctx context.Context, key string) {
	req := &workflow.StartRequest{Name: "chaos", IdempotencyKey: key, IdempotencyStrategy: workflow.IdempotencyReturnExisting}
	var ids [2]string
	var both sync.WaitGroup
	for i := range ids {
		both.Go(func() {
			for ctx.Err() == nil {
				if _, err := l.c.call(ctx, http.MethodPost, "/workflow", req, &ids[i]); err == nil {
					l.acknowledged(ids[i], key)
					return
				}
				l.failed()
				pause(ctx, 100*time.Millisecond)
			}
		})
	}
	both.Wait()
	if ids[0] != "" && ids[1] != "" && ids[0] != ids[1] {
		l.problem("two executions with key %s: %s and %s", key, ids[0], ids[1])
	}
}

func (l *load) acknowledged(id, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.started[id] = key
}

// work polls any node for tasks of a type and says what became of them to any other, until ctx ends.
func (l *load) work(ctx context.Context, taskType, worker string) {
	var reports sync.WaitGroup
	defer reports.Wait()
	for ctx.Err() == nil {
		var tasks []*workflow.Task
		path := "/tasks/poll/batch/" + taskType + "?" + url.Values{"workerid": {worker}, "count": {"5"}, "timeout": {"1000"}}.Encode()
		if _, err := l.c.call(ctx, http.MethodGet, path, nil, &tasks); err != nil {
			l.failed()
			pause(ctx, 100*time.Millisecond)
			continue
		}
		for _, t := range tasks {
			if rand.IntN(100) == 0 {
				continue // the worker has died with it
			}
			reports.Go(func() { l.report(ctx, t, worker) })
		}
	}
}

func (l *load) report(ctx context.Context, t *workflow.Task, worker string) {
	r := &result{nonce: fmt.Sprintf("%s-%x", worker, rand.Uint64()), status: workflow.TaskCompleted, sent: time.Now()}
	if rand.IntN(20) == 0 {
		r.status = workflow.TaskFailed
	}
	l.mu.Lock()
	l.results[t.TaskID] = append(l.results[t.TaskID], r)
	l.mu.Unlock()
	output, err := workflow.NewPayload(map[string]any{"nonce": r.nonce})
	if err != nil {
		l.problem("%v", err)
		return
	}
	res := &workflow.TaskResult{TaskID: t.TaskID, WorkflowInstanceID: t.WorkflowInstanceID, Status: r.status, OutputData: output, WorkerID: worker}
	for ctx.Err() == nil {
		status, err := l.c.call(ctx, http.MethodPost, "/tasks", res, nil)
		if err == nil {
			l.mu.Lock()
			r.heard = time.Now()
			l.mu.Unlock()
			return
		}
		if status >= 400 && status < 500 && status != http.StatusTooManyRequests {
			l.problem("result of task %s of %s was refused: %v", t.TaskID, t.WorkflowInstanceID, err)
			return
		}
		l.failed()
		pause(ctx, 100*time.Millisecond)
	}
}
