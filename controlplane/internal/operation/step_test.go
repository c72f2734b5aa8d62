package operation

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

const definition = `{"name": "d", "tasks": [
	{"name": "a", "taskReferenceName": "storage", "description": "Reserve storage", "type": "SIMPLE"},
	{"name": "choose", "taskReferenceName": "choose", "description": "Plumbing", "type": "SWITCH", "evaluatorType": "value-param",
	 "expression": "x", "decisionCases": {"yes": [{"name": "b", "taskReferenceName": "node", "type": "SIMPLE"}]}},
	{"name": "c", "taskReferenceName": "ready", "description": "Hand over", "type": "SIMPLE"}]}`

func task(ref string, s workflow.TaskStatus, reason string) *workflow.Task {
	return &workflow.Task{ReferenceTaskName: ref, Status: s, ReasonForIncompletion: reason, StartTime: 1000, EndTime: 2000}
}

func runOf(t *testing.T, status workflow.Status, tasks ...*workflow.Task) run {
	t.Helper()
	var def workflow.Def
	if err := json.Unmarshal([]byte(definition), &def); err != nil {
		t.Fatal(err)
	}
	return run{main: &workflow.Execution{WorkflowDefinition: &def, Status: status, Tasks: tasks}}
}

func text(steps []Step) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&b, "%s=%s", s.Name, s.State)
		if s.Attempts > 1 {
			fmt.Fprintf(&b, "*%d", s.Attempts)
		}
		if s.Reason != "" {
			fmt.Fprintf(&b, "(%s)", s.Reason)
		}
		b.WriteString(" ")
	}
	return strings.TrimSpace(b.String())
}

func TestSteps(t *testing.T) {
	undone := func(r run, tasks ...*workflow.Task) run {
		r.undo = &workflow.Execution{Status: workflow.Completed, Tasks: tasks}
		return r
	}
	for _, test := range []struct {
		name string
		run  run
		want string
	}{
		{"not started", run{}, ""},
		{"before the first task", runOf(t, workflow.Running), "storage=PENDING node=PENDING ready=PENDING"},
		{
			"scheduled counts as running",
			runOf(t, workflow.Running, task("storage", workflow.TaskCompleted, ""), task("node", workflow.TaskScheduled, "")),
			"storage=SUCCEEDED node=RUNNING ready=PENDING",
		},
		{
			"a retry tells why the attempt before failed",
			runOf(t, workflow.Running, task("storage", workflow.TaskFailed, "disk full"), task("storage", workflow.TaskInProgress, "")),
			"storage=RUNNING*2(disk full) node=PENDING ready=PENDING",
		},
		{
			"a path not taken",
			runOf(t, workflow.Completed, task("storage", workflow.TaskCompleted, ""), task("ready", workflow.TaskCompleted, "")),
			"storage=SUCCEEDED node=SKIPPED ready=SUCCEEDED",
		},
		{
			"a failure, undone as far as it went",
			undone(runOf(t, workflow.Failed, task("storage", workflow.TaskCompleted, ""), task("node", workflow.TaskTimedOut, "silent")),
				task("node", workflow.TaskCompletedWithErrors, ""), task("storage", workflow.TaskCompleted, ""), task("ready", workflow.TaskCompleted, "")),
			"storage=UNDONE node=FAILED(silent) ready=PENDING",
		},
		{
			"cancelled by a failure elsewhere",
			runOf(t, workflow.Failed, task("storage", workflow.TaskCanceled, "")),
			"storage=SKIPPED node=PENDING ready=PENDING",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := text(test.run.steps()); got != test.want {
				t.Errorf("steps are\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestSteps_TitlesAndTimes(t *testing.T) {
	steps := runOf(t, workflow.Running, task("storage", workflow.TaskCompleted, ""), task("node", workflow.TaskInProgress, "")).steps()
	if steps[0].Title != "Reserve storage" || steps[1].Title != "node" {
		t.Errorf("titles are %q and %q", steps[0].Title, steps[1].Title)
	}
	if steps[0].StartedAt.UnixMilli() != 1000 || steps[0].EndedAt.UnixMilli() != 2000 || !steps[1].EndedAt.IsZero() || !steps[2].StartedAt.IsZero() {
		t.Errorf("times are wrong: %+v", steps)
	}
}

func TestState(t *testing.T) {
	failed := runOf(t, workflow.Failed)
	failed.main.ReasonForIncompletion = "no disk"
	undoing := failed
	undoing.undoID = "u"
	begun, done := undoing, undoing
	begun.undo = &workflow.Execution{Status: workflow.Running}
	done.undo = &workflow.Execution{Status: workflow.Failed}
	for _, test := range []struct {
		name string
		run  run
		want State
	}{
		{"not started", run{}, Running},
		{"running", runOf(t, workflow.Running), Running},
		{"paused", runOf(t, workflow.Paused), Running},
		{"completed", runOf(t, workflow.Completed), Succeeded},
		{"failed with nothing to undo", failed, Failed},
		{"failed, about to be undone", undoing, Running},
		{"failed, being undone", begun, Running},
		{"failed and undone, whether that worked or not", done, Failed},
		{"terminated", runOf(t, workflow.Terminated), Failed},
	} {
		got, reason := test.run.state()
		if got != test.want || (got == Failed) != (reason != "") || (test.run.notUndone() != "") != strings.Contains(reason, "could not be undone") {
			t.Errorf("%s: %s %q, want %s", test.name, got, reason, test.want)
		}
	}
}

func TestState_OfAnUpgradeThatCannotBeUndoneNamesItsBackup(t *testing.T) {
	r := runOf(t, workflow.Failed, task("node", workflow.TaskFailed, "no room"))
	r.main.ReasonForIncompletion, r.undoID, r.backup = "no room", "u", "before-upgrade-1"
	r.undo = &workflow.Execution{Status: workflow.Failed, ReasonForIncompletion: "the store has another form"}
	state, reason := r.state()
	want := "no room; and it could not be undone: the store has another form. The backup before-upgrade-1 has what the cluster kept before"
	if state != Failed || reason != want {
		t.Errorf("%s: %s", state, reason)
	}
	r.undo.Status = workflow.Completed
	if _, reason := r.state(); reason != "no room" || r.notUndone() != "" {
		t.Errorf("undone, it says %s", reason)
	}
}
