package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/runner"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestOperatorsInALoop(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"$.l.iteration < 2","loopOver":[
			{"name":"sw","taskReferenceName":"sw","type":"SWITCH","evaluatorType":"javascript","expression":"$.n == 1 ? 'odd' : 'even'","inputParameters":{"n":"${l.output.iteration}"},
				"decisionCases":{"odd":[{"name":"odd","taskReferenceName":"odd","type":"SIMPLE"}]},"defaultCase":[{"name":"even","taskReferenceName":"even","type":"SIMPLE"}]},
			{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[[{"name":"a","taskReferenceName":"a","type":"SIMPLE"},{"name":"b","taskReferenceName":"b","type":"SIMPLE"}],[{"name":"c","taskReferenceName":"c","type":"SIMPLE"}]]},
			{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["b","c"]},
			{"name":"d","taskReferenceName":"d","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"tasks","dynamicForkTasksInputParamName":"inputs",
				"inputParameters":{"tasks":[{"name":"x","taskReferenceName":"x0","type":"SIMPLE"},{"name":"x","taskReferenceName":"x1","type":"SIMPLE"}],"inputs":{"x0":{"n":"${l.output.iteration}"}}}},
			{"name":"dj","taskReferenceName":"dj","type":"JOIN"}]}]`, `,"outputParameters":{"j":"${j.output}","d":"${dj.output}","n":"${l.output.iteration}"}`)
	id := h.start("wf", `{}`)
	for i, branch := range []string{"odd", "even"} {
		h.work(branch, `{}`)
		h.work("a", `{}`)
		h.work("c", fmt.Sprintf(`{"c":%d}`, i))
		h.work("b", fmt.Sprintf(`{"b":%d}`, i))
		h.work("x", `{"x":0}`)
		h.work("x", `{"x":1}`)
	}
	h.wantOutput(h.until(id, workflow.Completed), `{"n":2,"j":{"b__2":{"b":1},"c__2":{"c":1}},"d":{"x0__2":{"x":0},"x1__2":{"x":1}}}`)
}

// slowBirth keeps children from beginning until it is closed. The first execution is nobody's child.
type slowBirth struct {
	first  sync.Once
	closed chan struct{}
}

func (s *slowBirth) Trace(traceparent, _ string) string {
	child := true
	s.first.Do(func() { child = false })
	if child {
		<-s.closed
	}
	return traceparent
}
func (*slowBirth) TaskTrace(traceparent, _ string) string { return traceparent }
func (*slowBirth) Stepped(runner.Step)                    {}
func (*slowBirth) Committed(runner.Group)                 {}
func (*slowBirth) Polled(string, string, int)             {}
func (*slowBirth) Picked(string, time.Duration)           {}
func (*slowBirth) Removed(string, workflow.Status, bool)  {}

// Whoever follows the id of a child finds it, however soon after its parent has shown it.
func TestAChildIsThereWhenItsParentNamesIt(t *testing.T) {
	for _, tasks := range []bool{true, false} {
		slow := &slowBirth{closed: make(chan struct{})}
		e, err := engine.Open(t.Context(), engine.Config{Observer: slow})
		if err != nil {
			t.Fatal(err)
		}
		h := &harness{e, t}
		h.register("child", one("c", ""), "")
		h.register("wf", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"}}]`, "")
		parent := h.start("wf", `{}`)
		child := task(t, h.get(parent), "s").SubWorkflowID
		impatient, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := e.Execution(impatient, child, tasks); !errors.Is(err, context.Canceled) {
			t.Errorf("before it has begun: %v", err)
		}
		if err := e.Terminate(impatient, child, "early"); !errors.Is(err, context.Canceled) {
			t.Errorf("terminated before it has begun: %v", err)
		}
		close(slow.closed)
		if err := e.Pause(t.Context(), child); err != nil {
			t.Errorf("paused when it begins: %v", err)
		}
		if x, err := e.Execution(t.Context(), child, tasks); err != nil || x.ParentWorkflowID != parent || x.Status != workflow.Paused {
			t.Errorf("when it begins: %v", err)
		}
		if _, err := e.Execution(t.Context(), "nobody", tasks); workflow.KindOf(err) != workflow.NotFound {
			t.Errorf("one that there is not: %v", err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// threeLevels registers top > mid > leaf; the leaf's task is c, and after it mid runs m and top runs p.
func threeLevels(h *harness) {
	h.register("leaf", one("c", `,"retryCount":0`), "")
	h.register("mid", `[{"name":"s2","taskReferenceName":"s2","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"leaf"}},{"name":"m","taskReferenceName":"m","type":"SIMPLE","retryCount":0}]`, "")
	h.register("top", `[{"name":"s1","taskReferenceName":"s1","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"mid"}},{"name":"p","taskReferenceName":"p","type":"SIMPLE","retryCount":0}]`, "")
}

func TestThreeLevelsOfSubWorkflows(t *testing.T) {
	for name, again := range map[string]func(h *harness, top, mid, leaf string) error{
		"retry of the root":               func(h *harness, top, _, _ string) error { return h.Retry(h.t.Context(), top, false) },
		"retry of the root, resume":       func(h *harness, top, _, _ string) error { return h.Retry(h.t.Context(), top, true) },
		"retry in the middle":             func(h *harness, _, mid, _ string) error { return h.Retry(h.t.Context(), mid, false) },
		"retry of the leaf":               func(h *harness, _, _, leaf string) error { return h.Retry(h.t.Context(), leaf, false) },
		"restart of the root":             func(h *harness, top, _, _ string) error { return h.Restart(h.t.Context(), top, false) },
		"restart in the middle":           func(h *harness, _, mid, _ string) error { return h.Restart(h.t.Context(), mid, true) },
		"restart of the leaf":             func(h *harness, _, _, leaf string) error { return h.Restart(h.t.Context(), leaf, false) },
		"rerun of the root":               func(h *harness, top, _, _ string) error { return h.rerun(top, "s1", top) },
		"rerun in the middle":             func(h *harness, _, mid, _ string) error { return h.rerun(mid, "s2", mid) },
		"rerun of the leaf":               func(h *harness, _, _, leaf string) error { return h.rerun(leaf, "c", leaf) },
		"rerun of the leaf from the root": func(h *harness, top, _, leaf string) error { return h.rerun(top, "c", leaf) },
	} {
		t.Run(name, func(t *testing.T) {
			h := setup(t)
			threeLevels(h)
			top := h.start("top", `{}`)
			c := h.poll("c")
			leaf := c.WorkflowInstanceID
			mid := h.get(leaf).ParentWorkflowID
			h.finish(c, workflow.TaskFailed, `{}`)
			for _, id := range []string{leaf, mid, top} {
				h.until(id, workflow.Failed)
			}
			if err := again(h, top, mid, leaf); err != nil {
				t.Fatal(err)
			}
			h.work("c", `{}`)
			h.work("m", `{}`)
			h.work("p", `{"done":true}`)
			x := h.until(top, workflow.Completed)
			h.wantOutput(x, `{"done":true}`)
			h.until(task(t, x, "s1").SubWorkflowID, workflow.Completed)
		})
	}
}

// rerun reruns id from the task with a reference in the execution owner.
func (h *harness) rerun(id, ref, owner string) error {
	return h.Rerun(h.t.Context(), id, &workflow.RerunRequest{ReRunFromTaskID: task(h.t, h.get(owner), ref).TaskID})
}

func TestTerminateInABranchEndsTheOthers(t *testing.T) {
	h := setup(t)
	h.register("child", one("c", ""), "")
	h.register("wf", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[
			[{"name":"a","taskReferenceName":"a","type":"SIMPLE"},{"name":"t","taskReferenceName":"t","type":"TERMINATE","inputParameters":{"terminationStatus":"COMPLETED","workflowOutput":{"v":"${a.output.v}"}}}],
			[{"name":"b","taskReferenceName":"b","type":"SIMPLE"}],
			[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"}}]]},
		{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["t","b","s"]}]`, "")
	id := h.start("wf", `{}`)
	c := h.poll("c")
	h.work("a", `{"v":3}`)
	x := h.until(id, workflow.Completed)
	h.wantOutput(x, `{"v":3}`)
	for _, ref := range []string{"b", "s", "j"} {
		if s := task(t, x, ref).Status; s != workflow.TaskCanceled {
			t.Errorf("%s is %s", ref, s)
		}
	}
	h.until(c.WorkflowInstanceID, workflow.Terminated)
}

func TestASignalReachesIntoSubWorkflows(t *testing.T) {
	for _, kind := range []string{"WAIT", "YIELD"} {
		h := setup(t)
		h.register("leaf", `[{"name":"w","taskReferenceName":"w","type":"`+kind+`"}]`, "")
		h.register("mid", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"leaf"}}]`, "")
		h.register("top", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"mid"}}]`, `,"outputParameters":{"go":"${s.output.go}"}`)
		id := h.start("top", `{}`)
		a, err := h.Await(t.Context(), id, nil, time.Minute)
		if err != nil || a.Blocking == nil {
			t.Fatalf("%s: awaited %+v, %v", kind, a, err)
		}
		taskID, err := h.Signal(t.Context(), id, workflow.TaskCompleted, workflow.Payload(`{"go":1}`))
		if err != nil || taskID != a.Blocking.TaskID {
			t.Fatalf("%s: signalled %q, want %q: %v", kind, taskID, a.Blocking.TaskID, err)
		}
		h.wantOutput(h.until(id, workflow.Completed), `{"go":1}`)
		if none, err := h.Signal(t.Context(), id, workflow.TaskCompleted, nil); none != "" || err != nil {
			t.Errorf("%s: a signal after the end: %q, %v", kind, none, err)
		}
	}
}

func TestAThousandBranchesAndIterations(t *testing.T) {
	h := setup(t)
	h.register("fork", `[{"name":"d","taskReferenceName":"d","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskInputs":"${workflow.input.list}","forkTaskName":"x"}},
		{"name":"j","taskReferenceName":"j","type":"JOIN"}]`, `,"outputParameters":{"last":"${j.output._x_999.v}"}`)
	h.register("loop", `[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"$.l.iteration < 1000","inputParameters":{"keepLastN":2},"loopOver":[{"name":"y","taskReferenceName":"y","type":"SIMPLE"}]}]`,
		`,"outputParameters":{"n":"${l.output.iteration}"}`)
	id := h.start("fork", `{"list":[`+strings.TrimSuffix(strings.Repeat("1,", 1000), ",")+`]}`)
	for done := 0; done < 1000; {
		tasks, err := h.Poll(t.Context(), engine.PollRequest{TaskType: "x", Count: 100, Wait: time.Minute})
		if err != nil || len(tasks) == 0 {
			t.Fatalf("%d branches are done: %v", done, err)
		}
		for _, one := range tasks {
			h.finish(one, workflow.TaskCompleted, `{"v":5}`)
			done++
		}
	}
	h.wantOutput(h.until(id, workflow.Completed), `{"last":5}`)
	id = h.start("loop", `{}`)
	for range 1000 {
		h.work("y", `{}`)
	}
	x := h.until(id, workflow.Completed)
	h.wantOutput(x, `{"n":1000}`)
	if len(x.Tasks) > 5 {
		t.Errorf("%d tasks are kept", len(x.Tasks))
	}
}

func TestPayloadsThatAreTooLarge(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", `,"retryCount":0`), "")
	large := workflow.Payload(`{"x":"` + strings.Repeat("a", 10<<20) + `"}`)
	if _, err := h.Start(t.Context(), &workflow.StartRequest{Name: "wf", Input: large}); workflow.KindOf(err) != workflow.TooLarge || !strings.Contains(err.Error(), "input") {
		t.Errorf("start: %v", err)
	}
	id := h.start("wf", `{}`)
	if err := h.SetVariables(t.Context(), id, large); workflow.KindOf(err) != workflow.TooLarge || !strings.Contains(err.Error(), "variables") {
		t.Errorf("variables: %v", err)
	}
	h.finish(h.poll("a"), workflow.TaskCompleted, large.String())
	x := h.until(id, workflow.Failed)
	if a := task(t, x, "a"); a.Status != workflow.TaskFailedTerminal || !strings.Contains(a.ReasonForIncompletion, "output is larger") || len(a.OutputData) != 0 {
		t.Errorf("task is %s: %s", a.Status, a.ReasonForIncompletion)
	}
}

func TestFindAndRemove(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", ""), "")
	ctx := t.Context()
	var ids []string
	for i := range 3 {
		id, err := h.Start(ctx, &workflow.StartRequest{Name: "wf", CorrelationID: "order", Input: workflow.Payload(fmt.Sprintf(`{"n":"customer%d"}`, i))})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	a := h.work("a", `{}`)
	h.until(ids[0], workflow.Completed)
	for _, c := range []struct {
		search engine.Search
		want   int64
	}{
		{engine.Search{Query: "workflowType = wf AND status = COMPLETED"}, 1},
		{engine.Search{Query: "correlationId = order"}, 3},
		{engine.Search{FreeText: "customer2"}, 1},
		{engine.Search{Query: "status IN (RUNNING,COMPLETED)", Size: 1}, 3},
	} {
		page, err := h.Search(ctx, c.search)
		if err != nil || page.Total != c.want {
			t.Errorf("%+v: %+v, %v", c.search, page, err)
		}
	}
	if tasks, err := h.SearchTasks(ctx, engine.Search{Query: "status = COMPLETED"}); err != nil || tasks.Total != 1 || tasks.Results[0].TaskID != a.TaskID {
		t.Errorf("tasks: %+v, %v", tasks, err)
	}
	// Those that have not ended are looked for in open executions alone, and all of them are there.
	if tasks, err := h.SearchTasks(ctx, engine.Search{Query: "taskType = a AND status IN (SCHEDULED,IN_PROGRESS)"}); err != nil || tasks.Total != 2 {
		t.Errorf("open tasks: %+v, %v", tasks, err)
	}
	if open, err := h.Correlated(ctx, "wf", "order", false, false); err != nil || len(open) != 2 {
		t.Errorf("open ones with the correlation id: %d, %v", len(open), err)
	}
	if err := h.Remove(ctx, ids[0], false); err != nil {
		t.Fatal(err)
	}
	if err := h.Remove(ctx, ids[1], false); err != nil { // it is open, and its task is ready
		t.Fatal(err)
	}
	for _, id := range ids[:2] {
		if _, err := h.Execution(ctx, id, true); workflow.KindOf(err) != workflow.NotFound {
			t.Errorf("a removed execution: %v", err)
		}
	}
	if got := h.poll("a"); got.WorkflowInstanceID != ids[2] {
		t.Errorf("polled a task of %s", got.WorkflowInstanceID)
	}
	if all, err := h.Correlated(ctx, "", "order", true, true); err != nil || len(all) != 1 || len(all[0].Tasks) != 1 {
		t.Errorf("with the correlation id after the removal: %+v, %v", all, err)
	}
}

func TestAPollThatIsGivenUpLeavesTheTask(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", ""), "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := h.Poll(ctx, engine.PollRequest{TaskType: "a", Wait: time.Minute}); err != nil || len(got) != 0 {
		t.Errorf("polled %v, %v", got, err)
	}
	h.start("wf", `{}`)
	if got, err := h.Poll(ctx, engine.PollRequest{TaskType: "a", Wait: time.Minute}); err != nil || len(got) != 0 {
		t.Errorf("polled %v, %v", got, err)
	}
	h.work("a", `{}`)
}

// A loop that waits for nothing takes many steps, between which others get at the execution.
func TestALongLoop(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"$.l.iteration < 3500","loopOver":[
		{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"evaluatorType":"value-param","expression":"n","n":"${l.output.iteration}"}}]}]`,
		`,"outputParameters":{"first":"${l.output.1.i.result}","last":"${l.output.3500.i.result}","n":"${l.output.iteration}"}`)
	h.wantOutput(h.until(h.start("wf", `{}`), workflow.Completed), `{"first":1,"last":3500,"n":3500}`)
}

func TestALongLoopIsPaused(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"true","inputParameters":{"keepLastN":1},"loopOver":[{"name":"n","taskReferenceName":"n","type":"NOOP"}]}]`, "")
	id := h.start("wf", `{}`)
	if err := h.Pause(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	before := h.get(id)
	if before.Status != workflow.Paused || before.Tasks[0].Iteration < 1000 {
		t.Fatalf("%s in iteration %d", before.Status, before.Tasks[0].Iteration)
	}
	if err := h.Resume(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if after := h.until(id, workflow.Failed); after.Tasks[0].Iteration <= before.Tasks[0].Iteration {
		t.Errorf("it stands still in iteration %d", after.Tasks[0].Iteration)
	}
}
