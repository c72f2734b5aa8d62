package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func (h *harness) taskDef(text string) {
	h.t.Helper()
	d := &workflow.TaskDef{}
	if err := d.UnmarshalJSON([]byte(text)); err != nil {
		h.t.Fatal(err)
	}
	if err := h.PutTaskDefs(h.t.Context(), []*workflow.TaskDef{d}); err != nil {
		h.t.Fatal(err)
	}
}

func one(name string, more string) string {
	return fmt.Sprintf(`[{"name":%q,"taskReferenceName":%q,"type":"SIMPLE"%s}]`, name, name, more)
}

func TestRetryMakesANewAttemptUntilTheyAreUsedUp(t *testing.T) {
	h := setup(t)
	h.taskDef(`{"name":"flaky","retryCount":2,"retryDelaySeconds":0}`)
	h.register("wf", one("flaky", ""), "")
	id := h.start("wf", `{}`)
	first := h.poll("flaky")
	h.finish(first, workflow.TaskFailed, `{"n":1}`)
	second := h.poll("flaky")
	if second.RetryCount != 1 || second.RetriedTaskID != first.TaskID || second.TaskID == first.TaskID {
		t.Errorf("second attempt: %+v", second)
	}
	h.finish(second, workflow.TaskFailed, ``)
	h.finish(h.poll("flaky"), workflow.TaskFailed, `{"n":3}`)
	x := h.until(id, workflow.Failed)
	if len(x.Tasks) != 3 || !x.Tasks[0].Retried || x.Tasks[0].Executed {
		t.Errorf("tasks: %s", describe(x))
	}
	if x.FailedReferenceTaskNames[0] != "flaky" || len(x.FailedReferenceTaskNames) != 1 {
		t.Errorf("failed references: %v", x.FailedReferenceTaskNames)
	}
	h.wantOutput(x, `{"n":3}`)

	if err := h.Retry(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	h.work("flaky", `{"ok":true}`)
	h.wantOutput(h.until(id, workflow.Completed), `{"ok":true}`)
}

func TestTerminalErrorIsNotRetried(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", ""), "")
	id := h.start("wf", `{}`)
	h.finish(h.poll("a"), workflow.TaskFailedTerminal, ``)
	if x := h.until(id, workflow.Failed); len(x.Tasks) != 1 {
		t.Errorf("tasks: %s", describe(x))
	}
}

func TestOptionalTaskLetsTheFlowGoOn(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"a","taskReferenceName":"a","type":"SIMPLE","optional":true,"retryCount":0},{"name":"b","taskReferenceName":"b","type":"SIMPLE"}]`, "")
	id := h.start("wf", `{}`)
	h.finish(h.poll("a"), workflow.TaskFailed, ``)
	h.work("b", `{}`)
	if x := h.until(id, workflow.Completed); task(t, x, "a").Status != workflow.TaskCompletedWithErrors {
		t.Errorf("tasks: %s", describe(x))
	}
}

func TestPermissiveTaskFailsTheWorkflowAtItsEnd(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"a","taskReferenceName":"a","type":"SIMPLE","permissive":true,"retryCount":0},{"name":"b","taskReferenceName":"b","type":"SIMPLE"}]`, "")
	id := h.start("wf", `{}`)
	h.finish(h.poll("a"), workflow.TaskFailed, ``)
	h.work("b", `{}`)
	if x := h.until(id, workflow.Failed); task(t, x, "b").Status != workflow.TaskCompleted {
		t.Errorf("tasks: %s", describe(x))
	}
}

func TestLateAndRepeatedResultsChangeNothing(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", ""), "")
	id := h.start("wf", `{}`)
	a := h.work("a", `{"v":1}`)
	h.finish(a, workflow.TaskCompleted, `{"v":2}`)
	h.finish(a, workflow.TaskFailed, `{"v":3}`)
	h.wantOutput(h.until(id, workflow.Completed), `{"v":1}`)
}

func TestInProgressWithCallbackComesBack(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", ""), "")
	id := h.start("wf", `{}`)
	a := h.poll("a")
	_, err := h.Update(t.Context(), &workflow.TaskResult{TaskID: a.TaskID, WorkflowInstanceID: id, Status: workflow.TaskInProgress, OutputData: workflow.Payload(`{"p":50}`), CallbackAfterSeconds: 1})
	if err != nil {
		t.Fatal(err)
	}
	if none, _ := h.Poll(t.Context(), engine.PollRequest{TaskType: "a"}); len(none) != 0 {
		t.Error("the task came back before its time")
	}
	again := h.poll("a")
	if again.TaskID != a.TaskID || again.PollCount != 2 || again.OutputData.String() != `{"p":50}` {
		t.Errorf("task: %+v", again)
	}
	h.finish(again, workflow.TaskCompleted, `{}`)
	h.until(id, workflow.Completed)
}

func TestPauseHoldsTheFlowAndResumeLetsItGo(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"a","taskReferenceName":"a","type":"SIMPLE"},{"name":"b","taskReferenceName":"b","type":"SIMPLE"}]`, "")
	id := h.start("wf", `{}`)
	if err := h.Pause(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	h.work("a", `{}`)
	if x := h.get(id); len(x.Tasks) != 1 || x.Status != workflow.Paused {
		t.Errorf("tasks: %s", describe(x))
	}
	if err := h.Resume(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := h.Resume(t.Context(), id); workflow.KindOf(err) != workflow.Conflict {
		t.Errorf("a second resume: %v", err)
	}
	h.work("b", `{}`)
	h.until(id, workflow.Completed)
}

func TestTerminateCancelsWhatIsOpenAndChildren(t *testing.T) {
	h := setup(t)
	h.register("child", one("c", ""), "")
	h.register("wf", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"}}]`, "")
	id := h.start("wf", `{}`)
	c := h.poll("c")
	if err := h.Terminate(t.Context(), id, "enough"); err != nil {
		t.Fatal(err)
	}
	x := h.get(id)
	if x.Status != workflow.Terminated || x.ReasonForIncompletion != "enough" || x.Tasks[0].Status != workflow.TaskCanceled {
		t.Errorf("%s %s %s", x.Status, x.ReasonForIncompletion, describe(x))
	}
	if x := h.until(c.WorkflowInstanceID, workflow.Terminated); x.ReasonForIncompletion != "Parent workflow has been terminated with reason: enough" {
		t.Errorf("the child ended for %q", x.ReasonForIncompletion)
	}
	h.finish(c, workflow.TaskCompleted, `{}`) // too late: answered, and nothing changes
	if err := h.Terminate(t.Context(), id, "again"); err != nil {
		t.Errorf("terminating twice: %v", err)
	}
}

func TestASubWorkflowThatIsBegunAnewHasItsInputAgain(t *testing.T) {
	h := setup(t)
	h.taskDef(`{"name":"retried","retryCount":1,"retryDelaySeconds":0}`)
	h.register("child", one("c", `,"retryCount":0,"inputParameters":{"in":"${workflow.input}"}`), "")
	const child = `"type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"}`
	h.register("wf", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"tasks","dynamicForkTasksInputParamName":"inputs",
		"inputParameters":{"tasks":[{"name":"retried","taskReferenceName":"s",`+child+`}],"inputs":{"s":{"n":7}}}},
		{"name":"j","taskReferenceName":"j","type":"JOIN"},{"name":"s2","taskReferenceName":"s2",`+child+`,"inputParameters":{"n":7}}]`, "")
	id := h.start("wf", `{}`)
	polled := func(when string) *workflow.Task {
		t.Helper()
		c := h.poll("c")
		if got := canonical(t, c.InputData.String()); got != `{"in":{"n":7}}` {
			t.Errorf("%s: the child's task has %s", when, got)
		}
		return c
	}
	h.finish(polled("at first"), workflow.TaskFailed, ``)
	h.finish(polled("retried by its policy"), workflow.TaskFailed, ``)
	h.until(id, workflow.Failed)
	if err := h.Retry(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	h.finish(polled("retried by hand"), workflow.TaskFailed, ``)
	x := h.until(id, workflow.Failed)
	if err := h.Rerun(t.Context(), id, &workflow.RerunRequest{ReRunFromTaskID: task(t, x, "s").TaskID}); err != nil {
		t.Fatal(err)
	}
	h.finish(polled("rerun"), workflow.TaskCompleted, `{}`)
	h.finish(polled("in the definition"), workflow.TaskFailed, ``)
	h.until(id, workflow.Failed)
	if err := h.Retry(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	h.finish(polled("in the definition, retried"), workflow.TaskCompleted, `{}`)
	h.until(id, workflow.Completed)
}

func TestFailedChildFailsTheParentAndRetryRevivesBoth(t *testing.T) {
	h := setup(t)
	h.register("child", one("c", `,"retryCount":0`), `,"outputParameters":{"v":"${c.output.v}"}`)
	h.register("wf", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"}}]`, "")
	id := h.start("wf", `{}`)
	c := h.poll("c")
	h.finish(c, workflow.TaskFailed, ``)
	x := h.until(id, workflow.Failed)
	if task(t, x, "s").SubWorkflowID != c.WorkflowInstanceID {
		t.Errorf("child is %s, want %s", task(t, x, "s").SubWorkflowID, c.WorkflowInstanceID)
	}
	// The child is retried by itself: its parent runs again.
	if err := h.Retry(t.Context(), c.WorkflowInstanceID, false); err != nil {
		t.Fatal(err)
	}
	if x := h.get(id); x.Status != workflow.Running {
		t.Errorf("the child runs again, and its parent is %s", x.Status)
	}
	h.finish(h.poll("c"), workflow.TaskFailed, ``)
	h.until(id, workflow.Failed)
	// The parent is retried down to where it failed.
	if err := h.Retry(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	if x := h.get(id); x.Status != workflow.Running {
		t.Errorf("its child is retried, and the parent is %s", x.Status)
	}
	h.finish(h.poll("c"), workflow.TaskFailed, ``)
	h.until(id, workflow.Failed)
	// The parent is retried with a new child.
	if err := h.Retry(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	fresh := h.work("c", `{"v":1}`)
	if fresh.WorkflowInstanceID == c.WorkflowInstanceID {
		t.Error("the retry went on with the old child")
	}
	x = h.until(id, workflow.Completed)
	h.wantOutput(x, fmt.Sprintf(`{"v":1,"subWorkflowId":%q}`, fresh.WorkflowInstanceID))
}

func TestFailureWorkflowRuns(t *testing.T) {
	h := setup(t)
	h.register("undo", one("u", `,"inputParameters":{"why":"${workflow.input.reason}","of":"${workflow.input.workflowId}","ref":"${workflow.input.failedWorkflow.failedReferenceTaskNames[0]}"}`), "")
	h.register("wf", one("a", `,"retryCount":0`), `,"failureWorkflow":"undo"`)
	id := h.start("wf", `{}`)
	a := h.poll("a")
	h.finish(a, workflow.TaskFailed, ``)
	u := h.poll("u")
	want := fmt.Sprintf(`{"of":%q,"ref":"a","why":"Task %s failed with status: FAILED and reason: 'said so'"}`, id, a.TaskID)
	if got := canonical(t, u.InputData.String()); got != canonical(t, want) {
		t.Errorf("input of the failure workflow: %s, want %s", got, want)
	}
	h.wantOutput(h.get(id), fmt.Sprintf(`{"conductor.failure_workflow":%q}`, u.WorkflowInstanceID))
}

func TestRestartRunsFromTheBeginning(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", ""), "")
	id := h.start("wf", `{"n":1}`)
	if err := h.Restart(t.Context(), id, false); workflow.KindOf(err) != workflow.Conflict {
		t.Errorf("restart of a running execution: %v", err)
	}
	first := h.work("a", `{}`)
	h.until(id, workflow.Completed)
	h.register("wf", one("b", ""), `,"version":2`)
	if err := h.Restart(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	b := h.work("b", `{}`)
	x := h.until(id, workflow.Completed)
	if b.TaskID == first.TaskID || len(x.Tasks) != 1 || x.WorkflowVersion != 2 || x.Input.String() != `{"n":1}` {
		t.Errorf("version %d, input %s, tasks: %s", x.WorkflowVersion, x.Input, describe(x))
	}
	if _, err := h.Task(t.Context(), first.TaskID); workflow.KindOf(err) != workflow.NotFound {
		t.Errorf("a task of the run before: %v", err)
	}
}

func TestRerunKeepsWhatIsBeforeAndBeside(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"first","taskReferenceName":"first","type":"SIMPLE"},
		{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[
			[{"name":"a","taskReferenceName":"a","type":"SIMPLE"},{"name":"a2","taskReferenceName":"a2","type":"SIMPLE"}],
			[{"name":"b","taskReferenceName":"b","type":"SIMPLE"}]]},
		{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["a2","b"]},
		{"name":"last","taskReferenceName":"last","type":"SIMPLE"}]`, "")
	id := h.start("wf", `{}`)
	for _, name := range []string{"first", "a", "b", "a2", "last"} {
		h.work(name, fmt.Sprintf(`{"from":%q}`, name))
	}
	x := h.until(id, workflow.Completed)
	a, b, first := task(t, x, "a"), task(t, x, "b"), task(t, x, "first")
	if err := h.Rerun(t.Context(), id, &workflow.RerunRequest{ReRunFromTaskID: a.TaskID, TaskInput: workflow.Payload(`{"new":1}`)}); err != nil {
		t.Fatal(err)
	}
	if got := h.poll("a"); got.TaskID != a.TaskID || got.InputData.String() != `{"new":1}` {
		t.Errorf("task: %s with input %s, want %s", got.TaskID, got.InputData, a.TaskID)
	} else {
		h.finish(got, workflow.TaskCompleted, `{}`)
	}
	h.work("a2", `{}`)
	h.work("last", `{"again":true}`)
	x = h.until(id, workflow.Completed)
	if task(t, x, "b").EndTime != b.EndTime || task(t, x, "first").EndTime != first.EndTime {
		t.Errorf("tasks before and beside ran again: %s", describe(x))
	}
	h.wantOutput(x, `{"again":true}`)
}

func TestSkipTask(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"a","taskReferenceName":"a","type":"SIMPLE"},{"name":"b","taskReferenceName":"b","type":"SIMPLE"},{"name":"c","taskReferenceName":"c","type":"SIMPLE","inputParameters":{"v":"${b.output.v}"}}]`, "")
	id := h.start("wf", `{}`)
	if err := h.SkipTask(t.Context(), id, "b", &workflow.SkipRequest{TaskOutput: workflow.Payload(`{"v":7}`)}); err != nil {
		t.Fatal(err)
	}
	if err := h.SkipTask(t.Context(), id, "a", &workflow.SkipRequest{}); workflow.KindOf(err) != workflow.Conflict {
		t.Errorf("skip of a task that is there: %v", err)
	}
	if err := h.SkipTask(t.Context(), id, "zzz", &workflow.SkipRequest{}); workflow.KindOf(err) != workflow.NotFound {
		t.Errorf("skip of a task that is not defined: %v", err)
	}
	h.work("a", `{}`)
	if c := h.work("c", `{}`); c.InputData.String() != `{"v":7}` {
		t.Errorf("input: %s", c.InputData)
	}
	if x := h.until(id, workflow.Completed); task(t, x, "b").Status != workflow.TaskSkipped {
		t.Errorf("tasks: %s", describe(x))
	}
}

func TestRetryOfAForkMakesNewAttemptsOnlyOfWhatFailed(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[
			[{"name":"a","taskReferenceName":"a","type":"SIMPLE"}],[{"name":"b","taskReferenceName":"b","type":"SIMPLE","retryCount":0}],[{"name":"c","taskReferenceName":"c","type":"SIMPLE"}]]},
		{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["a","b","c"]}]`, `,"outputParameters":{"j":"${j.output}"}`)
	id := h.start("wf", `{}`)
	a := h.work("a", `{"v":"a"}`)
	h.finish(h.poll("b"), workflow.TaskFailed, ``)
	x := h.until(id, workflow.Failed)
	if task(t, x, "c").Status != workflow.TaskCanceled || task(t, x, "j").Status != workflow.TaskCanceled {
		t.Errorf("tasks: %s", describe(x))
	}
	if err := h.Retry(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	h.work("b", `{"v":"b"}`)
	h.work("c", `{"v":"c"}`)
	x = h.until(id, workflow.Completed)
	h.wantOutput(x, `{"j":{"a":{"v":"a"},"b":{"v":"b"},"c":{"v":"c"}}}`)
	if task(t, x, "a").TaskID != a.TaskID {
		t.Errorf("a ran again: %s", describe(x))
	}
}

func TestRetryInsideALoop(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"$.l.iteration < 3","loopOver":[
		{"name":"x","taskReferenceName":"x","type":"SIMPLE","retryCount":0},{"name":"n","taskReferenceName":"n","type":"NOOP"}]}]`, `,"outputParameters":{"l":"${l.output}"}`)
	id := h.start("wf", `{}`)
	h.work("x", `{"v":1}`)
	h.finish(h.poll("x"), workflow.TaskFailed, ``)
	h.until(id, workflow.Failed)
	if err := h.Retry(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if again := h.work("x", `{"v":2}`); again.ReferenceTaskName != "x__2" || again.RetryCount != 1 {
		t.Errorf("task: %s #%d", again.ReferenceTaskName, again.RetryCount)
	}
	h.work("x", `{"v":3}`)
	h.wantOutput(h.until(id, workflow.Completed), `{"l":{"iteration":3,"1":{"n":{},"x":{"v":1}},"2":{"n":{},"x":{"v":2}},"3":{"n":{},"x":{"v":3}}}}`)
}

func TestHumanAndWaitAreEndedFromOutside(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"hu","taskReferenceName":"hu","type":"HUMAN","inputParameters":{"q":1}},{"name":"w","taskReferenceName":"w","type":"WAIT"}]`, "")
	id := h.start("wf", `{}`)
	a, err := h.Await(t.Context(), id, nil, time.Minute)
	if err != nil || a.Blocking == nil || a.Blocking.ReferenceTaskName != "hu" {
		t.Fatalf("awaited: %+v, %v", a, err)
	}
	taskID, err := h.UpdateByRef(t.Context(), id, "hu", workflow.TaskCompleted, workflow.Payload(`{"answer":"yes"}`), "")
	if err != nil || taskID != a.Blocking.TaskID {
		t.Fatalf("update by reference: %q, %v", taskID, err)
	}
	if none, err := h.UpdateByRef(t.Context(), id, "hu", workflow.TaskCompleted, nil, ""); none != "" || err != nil {
		t.Errorf("a second update: %q, %v", none, err)
	}
	if _, err := h.Signal(t.Context(), id, workflow.TaskCompleted, workflow.Payload(`{"go":true}`)); err != nil {
		t.Fatal(err)
	}
	h.wantOutput(h.until(id, workflow.Completed), `{"go":true}`)
}

func TestErrorsLeaveTheExecutionIntact(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"a","taskReferenceName":"a","type":"SIMPLE"},{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"expression":"nope.x"}}]`, "")
	id := h.start("wf", `{}`)
	for name, err := range map[string]error{
		"unknown task": func() error {
			_, err := h.Update(t.Context(), &workflow.TaskResult{TaskID: "no", WorkflowInstanceID: id, Status: workflow.TaskCompleted})
			return err
		}(),
		"unknown execution": h.Pause(t.Context(), "no"),
		"unknown definition": func() error {
			_, err := h.Start(t.Context(), &workflow.StartRequest{Name: "no"})
			return err
		}(),
	} {
		if workflow.KindOf(err) != workflow.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := h.poll("a")
	if _, err := h.Update(t.Context(), &workflow.TaskResult{TaskID: a.TaskID, WorkflowInstanceID: id, Status: "SOMETHING"}); workflow.KindOf(err) != workflow.Invalid {
		t.Errorf("bad status: %v", err)
	}
	h.finish(a, workflow.TaskCompleted, `{}`)
	x := h.until(id, workflow.Failed)
	if i := task(t, x, "i"); i.Status != workflow.TaskFailedTerminal || i.ReasonForIncompletion == "" {
		t.Errorf("tasks: %s", describe(x))
	}
}

func TestIdempotentStart(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", ""), "")
	start := func(strategy string) (string, error) {
		return h.Start(t.Context(), &workflow.StartRequest{Name: "wf", IdempotencyKey: "k", IdempotencyStrategy: strategy})
	}
	first, err := start("FAIL")
	if err != nil {
		t.Fatal(err)
	}
	if same, err := start("RETURN_EXISTING"); err != nil || same != first {
		t.Errorf("RETURN_EXISTING: %q, %v, want %q", same, err, first)
	}
	for _, s := range []string{"FAIL", "FAIL_ON_RUNNING"} {
		if _, err := start(s); workflow.KindOf(err) != workflow.Conflict {
			t.Errorf("%s: %v", s, err)
		}
	}
	h.work("a", `{}`)
	h.until(first, workflow.Completed)
	if next, err := start("FAIL_ON_RUNNING"); err != nil || next == first {
		t.Errorf("FAIL_ON_RUNNING after the end: %q, %v", next, err)
	}
}

// A worker that hangs up while its result is taken must not fail the scripts that follow.
func TestAScriptOutlivesItsCaller(t *testing.T) {
	h := setup(t)
	h.register("w", `[{"name":"a","taskReferenceName":"a","type":"SIMPLE"},
		{"name":"s","taskReferenceName":"s","type":"INLINE","inputParameters":{"evaluatorType":"javascript","expression":"1 + 1"}},
		{"name":"q","taskReferenceName":"q","type":"JSON_JQ_TRANSFORM","inputParameters":{"queryExpression":"1 + 1"}}]`, "")
	id := h.start("w", `{}`)
	task := h.poll("a")
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	if _, err := h.Update(gone, &workflow.TaskResult{TaskID: task.TaskID, WorkflowInstanceID: id, Status: workflow.TaskCompleted}); err != nil {
		t.Fatal(err)
	}
	h.until(id, workflow.Completed)
}
