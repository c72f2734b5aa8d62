package engine_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// What clients read in tasks of operators is what the reference server shows there.
func TestTasksAsClientsSeeThem(t *testing.T) {
	h := setup(t)
	h.register("wf", `[
		{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"false","loopOver":[{"name":"n","taskReferenceName":"n","type":"NOOP"}]},
		{"name":"f","taskReferenceName":"f","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskType":"NOOP","forkTaskInputs":[{"a":1}]}},
		{"name":"j","taskReferenceName":"j","type":"JOIN"},
		{"name":"t","taskReferenceName":"t","type":"TERMINATE","inputParameters":{"terminationStatus":"COMPLETED","terminationReason":"enough","workflowOutput":"text"}}]`, "")
	x := h.until(h.start("wf", `{}`), workflow.Completed)
	tasks := map[string]*workflow.Task{}
	for _, task := range x.Tasks {
		tasks[strings.TrimPrefix(task.ReferenceTaskName, "_")] = task
	}
	for _, ref := range []string{"l", "n__1"} {
		if !tasks[ref].LoopOverTask {
			t.Errorf("%s is not shown as part of a loop", ref)
		}
	}
	if got := string(tasks["t"].OutputData); got != `{"output":"text"}` {
		t.Errorf("output of TERMINATE: %s", got)
	}
	if got := string(tasks["f"].InputData); !strings.Contains(got, `"forkedTaskDefs":[{"name":"NOOP","taskReferenceName":"_NOOP_0","inputParameters":{"__index":0,"a":1}`) {
		t.Errorf("input of a dynamic fork: %s", got)
	}
	branch, err := json.Marshal(tasks["NOOP_0"])
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{`"inputParameters":{}`, `"decisionCases":{}`, `"joinOn":[]`, `"loopOver":[]`} {
		if !strings.Contains(string(branch), field) {
			t.Errorf("a branch lacks %s: %s", field, branch)
		}
	}
}

// A sub-workflow that is cancelled in the step that made it names no child: none began, and nobody could find it.
func TestASubWorkflowThatNeverBeganNamesNoChild(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[
		[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","inputParameters":{"a":1},"subWorkflowParam":{"name":"child"}}],
		[{"name":"t","taskReferenceName":"t","type":"TERMINATE","inputParameters":{"terminationStatus":"FAILED"}}]]},
		{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["s","t"]}]`, "")
	h.register("child", `[{"name":"x","taskReferenceName":"x","type":"SIMPLE"}]`, "")
	s := task(t, h.until(h.start("wf", `{}`), workflow.Failed), "s")
	if s.Status != workflow.TaskCanceled || s.SubWorkflowID != "" || s.OutputData.String() != `{}` || s.InputData.String() != `{"a":1}` {
		t.Errorf("%s, child %q, input %s, output %s", s.Status, s.SubWorkflowID, s.InputData, s.OutputData)
	}
}
