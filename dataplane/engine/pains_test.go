package engine_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/memory"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Ten pains that people have had with Conductor, one test for each; docs/pains.md tells them.

// counting counts what a store writes.
type counting struct {
	store.Store
	commits, bytes atomic.Int64
}

func (c *counting) Commit(ctx context.Context, lazy, changes []*store.Change) (func() error, error) {
	c.commits.Add(1)
	for _, ch := range append(append([]*store.Change{}, lazy...), changes...) {
		for _, t := range ch.Tasks {
			c.bytes.Add(int64(len(t.Task) + len(t.Input) + len(t.Output)))
		}
		if ch.Plan != nil {
			c.bytes.Add(int64(len(ch.Plan)))
		}
	}
	return c.Store.Commit(ctx, lazy, changes)
}

func setupCounting(t *testing.T) (*harness, *counting) {
	t.Helper()
	s, err := embedded.Open("", func(err error) { t.Errorf("the store is broken: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	c := &counting{Store: s}
	e, err := engine.OpenShared(t.Context(), engine.Config{}, engine.Shared{Store: c, Queue: func(limits func(string) queue.Limit, c engine.Clock) queue.Queue { return memory.New(limits, c) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return &harness{e, t}, c
}

func TestPain01_NothingWaitsForASweep(t *testing.T) {
	h, clock := setupClock(t)
	h.register("wf", `[{"name":"w","taskReferenceName":"w","type":"WAIT","inputParameters":{"duration":"3 seconds"}},
		{"name":"work","taskReferenceName":"work","taskDefinition":{"name":"work","retryCount":1,"retryDelaySeconds":7}}]`, "")
	id := h.start("wf", `{}`)
	clock.Advance(2999 * time.Millisecond)
	if got := task(t, h.get(id), "w").Status; got != workflow.TaskInProgress {
		t.Fatalf("the wait is %s before its time", got)
	}
	clock.Advance(time.Millisecond) // no other moment comes by itself: the clock stands still
	h.finish(h.poll("work"), workflow.TaskFailed, `{}`)
	clock.Advance(7 * time.Second)
	h.work("work", `{}`)
	h.until(id, workflow.Completed)
}

func TestPain02_PollsThatWaitCostTheStoreNothing(t *testing.T) {
	h, c := setupCounting(t)
	h.register("wf", oneSimple, "")
	ctx, cancel := context.WithCancel(t.Context())
	var polls sync.WaitGroup
	for i := range 500 {
		polls.Go(func() {
			_, _ = h.Poll(ctx, engine.PollRequest{TaskType: fmt.Sprint("idle", i%10), WorkerID: "w", Wait: time.Minute})
		})
	}
	parked := func() (n int) {
		for _, q := range h.Queues() {
			n += q.Pollers
		}
		return n
	}
	for parked() < 500 {
		if t.Context().Err() != nil {
			t.Fatal("the polls do not park")
		}
	}
	if n := c.commits.Load(); n != 0 {
		t.Errorf("500 polls cost %d commits", n)
	}
	id := h.start("wf", `{}`)
	h.work("work", `{}`)
	h.until(id, workflow.Completed)
	if n := c.commits.Load(); n > 4 { // the start, the poll's mark, the result
		t.Errorf("one execution of one task cost %d commits beside 500 polls", n)
	}
	cancel()
	polls.Wait()
}

func TestPain03_AJoinEndsWithItsLastBranch(t *testing.T) {
	h, _ := setupClock(t) // the clock stands still: nothing can be late
	h.register("child", oneSimple, "")
	h.register("wf", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[[{"name":"a","taskReferenceName":"a"}],[{"name":"b","taskReferenceName":"b"}],
		[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"}}]]},
		{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["a","b","s"]}]`, "")
	id := h.start("wf", `{}`)
	h.work("a", `{}`)
	h.work("work", `{}`) // in the sub-workflow
	changes := h.Watch(t.Context(), id)
	for !task(t, h.get(id), "s").Status.Terminal() {
		<-changes
	}
	h.work("b", `{}`)
	if x := h.get(id); x.Status != workflow.Completed { // when the call is answered, not later
		t.Errorf("the execution is %s: %s", x.Status, describe(x))
	}
}

func TestPain04_NothingStaysRunningAfterRacesAndRestarts(t *testing.T) {
	dir := t.TempDir()
	open := func() *harness {
		e, err := engine.Open(t.Context(), engine.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return &harness{e, t}
	}
	h := open()
	h.register("wf", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[[{"name":"a","taskReferenceName":"a"}],[{"name":"b","taskReferenceName":"b"}]]},
		{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["a","b"]},{"name":"c","taskReferenceName":"c"}]`, "")
	var ids []string
	for range 60 {
		ids = append(ids, h.start("wf", `{}`))
	}
	report := func(h *harness, types ...string) { // every result twice, at the same time
		var group sync.WaitGroup
		for _, kind := range types {
			for range 60 {
				one := h.poll(kind)
				for range 2 {
					group.Go(func() {
						if _, err := h.Update(t.Context(), &workflow.TaskResult{TaskID: one.TaskID, WorkflowInstanceID: one.WorkflowInstanceID, Status: workflow.TaskCompleted}); err != nil {
							t.Error(err)
						}
					})
				}
			}
		}
		group.Wait()
	}
	report(h, "a", "b")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = open()
	defer func() { _ = h.Close() }()
	report(h, "c")
	for _, id := range ids {
		if x := h.get(id); x.Status != workflow.Completed || len(x.Tasks) != 5 {
			t.Errorf("%s: %s", x.Status, describe(x))
		}
	}
}

func TestPain05_AStepCostsTheSameInALargeExecution(t *testing.T) {
	h, c := setupCounting(t)
	h.register("wf", `[{"name":"d","taskReferenceName":"d","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskName":"work","forkTaskInputs":"${workflow.input.list}"}},
		{"name":"j","taskReferenceName":"j","type":"JOIN"}]`, "")
	cost := func(width int) int64 {
		t.Helper()
		id := h.start("wf", `{"list":[`+strings.TrimSuffix(strings.Repeat(`1,`, width), ",")+`]}`)
		h.work("work", `{"out":1}`) // its mark is written by now, or with the next
		one := h.poll("work")
		before := c.bytes.Load()
		h.finish(one, workflow.TaskCompleted, `{"out":1}`)
		spent := c.bytes.Load() - before
		if err := h.Terminate(t.Context(), id, "seen"); err != nil {
			t.Fatal(err)
		}
		return spent
	}
	small, large := cost(10), cost(3000)
	if large > 2*small {
		t.Errorf("a result costs %d bytes among 10 branches and %d among 3000", small, large)
	}
}

func TestPain06_SearchNeedsNoOtherStore(t *testing.T) {
	h := setup(t)
	h.register("orders", oneSimple, "")
	h.register("mails", oneSimple, "")
	order, mail := h.start("orders", `{"id":"Seoul"}`), h.start("mails", `{"id":"Lima"}`)
	if err := h.Terminate(t.Context(), mail, "no stamps"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ query, text, want string }{
		{"workflowType = orders AND (status = RUNNING OR status = FAILED)", "", order},
		{"status IN (TERMINATED) AND startTime > 0", "", mail},
		{"", "seoul", order},
		{"", "stamps", mail},
	} {
		page, err := h.Search(t.Context(), engine.Search{Query: c.query, FreeText: c.text})
		if err != nil || page.Total != 1 || page.Results[0].WorkflowID != c.want { // at once, not when an index has caught up
			t.Errorf("%q %q: %+v, %v", c.query, c.text, page, err)
		}
	}
	tasks, err := h.SearchTasks(t.Context(), engine.Search{Query: "taskType = work AND workflowType = orders"})
	if err != nil || tasks.Total != 1 {
		t.Errorf("tasks: %+v, %v", tasks, err)
	}
}

func TestPain07_ALimitLetsTheNextGoAtOnce(t *testing.T) {
	h, _ := setupClock(t) // the clock stands still: there is no penalty to wait for
	h.register("wf", oneSimple, `,"rateLimitConfig":{"rateLimitKey":"k","concurrentExecLimit":1}`)
	var ids []string
	for range 5 {
		ids = append(ids, h.start("wf", `{}`))
	}
	for _, id := range ids {
		one := h.poll("work")
		if one.WorkflowInstanceID != id {
			t.Fatal("not in the order of the starts")
		}
		if infos := h.Queues(); len(infos) != 1 || infos[0].Depth != 0 || infos[0].InFlight != 1 {
			t.Errorf("more than one runs: %+v", infos)
		}
		h.finish(one, workflow.TaskCompleted, `{}`)
	}
}

func TestPain08_AStartThatIsRepeatedStartsOnce(t *testing.T) {
	h := setup(t)
	h.register("wf", oneSimple, "")
	var group sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]bool{}
	for range 20 {
		group.Go(func() {
			id, err := h.Start(t.Context(), &workflow.StartRequest{Name: "wf", IdempotencyKey: "order-7", IdempotencyStrategy: workflow.IdempotencyReturnExisting})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[id] = true
		})
	}
	group.Wait()
	page, err := h.Search(t.Context(), engine.Search{})
	if err != nil || page.Total != 1 || len(ids) != 1 {
		t.Errorf("20 starts made %d executions and got %d ids (%v)", page.Total, len(ids), err)
	}
	if _, err := h.Start(t.Context(), &workflow.StartRequest{Name: "wf", IdempotencyKey: "order-7"}); workflow.KindOf(err) != workflow.Conflict {
		t.Errorf("without a strategy: %v", err)
	}
}

func TestPain09_FinishedExecutionsGo(t *testing.T) {
	clock := &fakeClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), waits: map[*wait]bool{}}
	e, err := engine.Open(t.Context(), engine.Config{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	h := &harness{e, t}
	h.register("wf", `[{"name":"n","taskReferenceName":"n","type":"NOOP"}]`, `,"metadata":{"retention":"1 day"}`)
	var ids []string
	for range 50 {
		ids = append(ids, h.start("wf", `{}`))
	}
	clock.Advance(24 * time.Hour)
	h.gone(clock, ids...)
	if page, err := h.Search(t.Context(), engine.Search{}); err != nil || page.Total != 0 {
		t.Errorf("a search finds %d (%v)", page.Total, err)
	}
}

func TestPain10_TheServersEnvironmentStaysItsOwn(t *testing.T) {
	t.Setenv("DB_PASSWORD", "hunter2")
	h := setup(t)
	leak := `[{"name":"work","taskReferenceName":"work","inputParameters":{"a":"${DB_PASSWORD}","b":"x ${DB_PASSWORD}","c":"${workflow.input.x}"}}]`
	err := h.PutWorkflowDef(t.Context(), parse(t, `{"name":"wf","tasks":`+leak+`}`), true)
	if workflow.KindOf(err) != workflow.Invalid || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the definition was taken: %v", err)
	}
	inner := strings.ReplaceAll(leak, `"work","taskRef`, `"s","taskRef`)
	h.register("wf", `[{"name":"d","taskReferenceName":"d","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"tasks","dynamicForkTasksInputParamName":"inputs",
		"inputParameters":{"tasks":"${workflow.input.tasks}","inputs":{}}},{"name":"j","taskReferenceName":"j","type":"JOIN"}]`, "")
	id := h.start("wf", `{"tasks":`+inner+`,"x":"${DB_PASSWORD}"}`) // a definition that comes at run time passes no check
	if one := h.poll("s"); strings.Contains(one.InputData.String(), "hunter2") {
		t.Errorf("the worker got %s", one.InputData)
	}
	if text := fmt.Sprint(describe(h.get(id))); strings.Contains(text, "hunter2") {
		t.Error("the execution holds it")
	}
}
