package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// refs tells the tasks of an execution: reference and status.
func refs(x *workflow.Execution) string {
	var out []string
	for _, t := range x.Tasks {
		out = append(out, t.ReferenceTaskName+" "+string(t.Status))
	}
	return strings.Join(out, ", ")
}

const aToD = `[{"name":"a","taskReferenceName":"a"},
	{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[[{"name":"p","taskReferenceName":"p"}],[{"name":"q","taskReferenceName":"q"}]]},
	{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["p","q"]},
	{"name":"s","taskReferenceName":"s","type":"SWITCH","evaluatorType":"value-param","expression":"x","inputParameters":{"x":"${workflow.input.x}"},
	 "decisionCases":{"1":[{"name":"c","taskReferenceName":"c"}]}},
	{"name":"d","taskReferenceName":"d","inputParameters":{"from":"definition"}}]`

func TestJump(t *testing.T) {
	h := setup(t)
	h.register("wf", aToD, "")
	jump := func(id, ref, input string) {
		t.Helper()
		if err := h.Jump(t.Context(), id, ref, workflow.Payload(input)); err != nil {
			t.Fatal(err)
		}
	}
	id := h.start("wf", `{"x":1}`)
	h.work("a", `{}`)
	h.work("p", `{}`)
	jump(id, "d", `{"from":"jump"}`) // ahead, out of a fork that is open
	if got := refs(h.get(id)); got != "a COMPLETED, f COMPLETED, p COMPLETED, q SKIPPED, j SKIPPED, d SCHEDULED" {
		t.Errorf("ahead: %s", got)
	}
	if one := h.work("d", `{}`); one.InputData.String() != `{"from":"jump"}` {
		t.Errorf("input %s", one.InputData)
	}
	h.until(id, workflow.Completed)

	id = h.start("wf", `{"x":1}`)
	jump(id, "c", "") // into a case
	h.work("c", `{}`)
	if one := h.work("d", `{}`); one.InputData.String() != `{"from":"definition"}` {
		t.Errorf("input %s", one.InputData)
	}
	h.until(id, workflow.Completed)

	id = h.start("wf", `{"x":2}`)
	h.work("a", `{}`)
	h.work("p", `{}`)
	h.work("q", `{}`)
	h.poll("d")
	jump(id, "a", "") // back: what came after is done again
	if got := refs(h.get(id)); got != "a SCHEDULED" {
		t.Errorf("back: %s", got)
	}
	for _, task := range []string{"a", "p", "q", "d"} {
		h.work(task, `{}`)
	}
	h.until(id, workflow.Completed)

	for ref, want := range map[string]workflow.Kind{"p": workflow.Conflict, "nobody": workflow.Conflict} {
		if err := h.Jump(t.Context(), id, ref, nil); workflow.KindOf(err) != want {
			t.Errorf("%s after the end: %v", ref, err)
		}
	}
	id = h.start("wf", `{"x":2}`)
	for ref, want := range map[string]workflow.Kind{"p": workflow.Invalid, "nobody": workflow.NotFound} {
		if err := h.Jump(t.Context(), id, ref, nil); workflow.KindOf(err) != want {
			t.Errorf("%s: %v, want %s", ref, err, want)
		}
	}
}

func TestJump_EndsSubWorkflows(t *testing.T) {
	h := setup(t)
	h.register("child", `[{"name":"w","taskReferenceName":"w","type":"WAIT"}]`, "")
	h.register("wf", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"}},{"name":"b","taskReferenceName":"b"}]`, "")
	for _, ref := range []string{"b", "s"} { // ahead of it, and back to it
		id := h.start("wf", `{}`)
		child := h.get(id).Tasks[0].SubWorkflowID
		changes := h.Watch(t.Context(), child)
		for {
			if _, err := h.Execution(t.Context(), child, false); err == nil {
				break
			}
			<-changes
		}
		if err := h.Jump(t.Context(), id, ref, nil); err != nil {
			t.Fatal(err)
		}
		h.until(child, workflow.Terminated)
		if ref == "b" {
			h.work("b", `{}`)
			h.until(id, workflow.Completed)
		}
	}
}

func TestUpgrade(t *testing.T) {
	h := setup(t)
	v := func(version int, tasks, more string) {
		t.Helper()
		h.register("wf", tasks, fmt.Sprintf(`,"version":%d`, version)+more)
	}
	two := 2
	v(1, `[{"name":"a","taskReferenceName":"a"},{"name":"gone","taskReferenceName":"gone"},{"name":"b","taskReferenceName":"b"},{"name":"c","taskReferenceName":"c"}]`, "")
	v(2, `[{"name":"first","taskReferenceName":"first"},{"name":"a","taskReferenceName":"a"},{"name":"b","taskReferenceName":"b"},
		{"name":"d","taskReferenceName":"d","inputParameters":{"v":"${first.output.v}","in":"${workflow.input.n}"}}]`, `,"inputSchema":{"name":"x","type":"JSON","data":{"required":["n"]}}`)
	one := 1
	id, err := h.Start(t.Context(), &workflow.StartRequest{Name: "wf", Version: &one})
	if err != nil {
		t.Fatal(err)
	}
	upgrade := func(req workflow.UpgradeRequest) error { return h.Upgrade(t.Context(), id, &req) }
	input, outputs := workflow.Payload(`{"n":5}`), map[string]workflow.Payload{"first": workflow.Payload(`{"v":7}`)}
	h.work("a", `{}`)
	if err := upgrade(workflow.UpgradeRequest{Name: "wf", Version: &two, WorkflowInput: input}); workflow.KindOf(err) != workflow.Conflict || !strings.Contains(err.Error(), "gone") {
		t.Errorf("a task that is open and gone: %v", err)
	}
	h.work("gone", `{}`)
	b := h.poll("b")
	for want, req := range map[string]workflow.UpgradeRequest{
		"input.n":      {Name: "wf", Version: &two},
		"taskOutput.d": {Name: "wf", Version: &two, WorkflowInput: input, TaskOutput: map[string]workflow.Payload{"d": nil}},
		"another":      {Name: "other", Version: &two},
	} {
		if err := upgrade(req); workflow.KindOf(err) != workflow.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if err := upgrade(workflow.UpgradeRequest{Name: "wf", WorkflowInput: input, TaskOutput: outputs}); err != nil {
		t.Fatal(err)
	}
	h.finish(b, workflow.TaskCompleted, `{}`) // the worker had it all the time
	if d := h.work("d", `{"ok":true}`); canonical(t, d.InputData.String()) != `{"in":5,"v":7}` {
		t.Errorf("input %s", d.InputData)
	}
	x := h.until(id, workflow.Completed)
	if got := refs(x); got != "a COMPLETED, gone COMPLETED, b COMPLETED, first SKIPPED, d COMPLETED" || x.WorkflowVersion != 2 {
		t.Errorf("version %d: %s", x.WorkflowVersion, got)
	}
	if err := upgrade(workflow.UpgradeRequest{Name: "wf"}); workflow.KindOf(err) != workflow.Conflict {
		t.Errorf("after the end: %v", err)
	}
	if found, err := h.Search(t.Context(), engine.Search{Query: "version = 2"}); err != nil || found.Total != 1 {
		t.Errorf("search finds %d (%v)", found.Total, err)
	}
}

func TestRoute(t *testing.T) {
	dir := t.TempDir()
	open := func() *harness {
		e, err := engine.Open(t.Context(), engine.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return &harness{e, t}
	}
	h := open()
	noop := `[{"name":"n","taskReferenceName":"n","type":"NOOP"}]`
	for version := 1; version <= 3; version++ {
		h.register("wf", noop, fmt.Sprintf(`,"version":%d`, version))
	}
	count := func(n int) map[int]int {
		t.Helper()
		got := map[int]int{}
		for range n {
			got[h.get(h.start("wf", `{}`)).WorkflowVersion]++
		}
		return got
	}
	if got := count(5); got[3] != 5 {
		t.Errorf("without a route: %v", got)
	}
	shares := func(s ...engine.Share) *engine.Route { return &engine.Route{Shares: s} }
	if err := h.PutRoute(t.Context(), "wf", shares(engine.Share{Version: 1, Percent: 90}, engine.Share{Version: 2, Percent: 10})); err != nil {
		t.Fatal(err)
	}
	if got := count(400); got[2] < 15 || got[2] > 75 || got[1]+got[2] != 400 { // 40 are expected, with a deviation of 6
		t.Errorf("shares of 90 and 10 came out as %v", got)
	}
	three := 3
	if id, err := h.Start(t.Context(), &workflow.StartRequest{Name: "wf", Version: &three}); err != nil || h.get(id).WorkflowVersion != 3 {
		t.Errorf("a version that is named does not count (%v)", err)
	}
	if err := h.DeleteWorkflowDef(t.Context(), "wf", 2); workflow.KindOf(err) != workflow.Conflict {
		t.Errorf("a version with a share was deleted: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = open()
	defer func() { _ = h.Close() }()
	if got := count(20); got[3] != 0 {
		t.Errorf("after a restart: %v", got)
	}
	for want, route := range map[string]*engine.Route{
		"shares[0].version": shares(engine.Share{Version: 9, Percent: 100}),
		"shares[0].percent": shares(engine.Share{Version: 1, Percent: -1}, engine.Share{Version: 2, Percent: 101}),
		"shares":            shares(engine.Share{Version: 1, Percent: 99}),
	} {
		if v := violationsOf(h.PutRoute(t.Context(), "wf", route)); len(v) != 1 || v[0].Path != want {
			t.Errorf("%s: got %v", want, v)
		}
	}
	if err := h.DeleteRoute(t.Context(), "wf"); err != nil {
		t.Fatal(err)
	}
	if got := count(5); got[3] != 5 {
		t.Errorf("after its end: %v", got)
	}
}
