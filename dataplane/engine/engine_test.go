package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// harness is an engine in memory with what the tests need of it.
type harness struct {
	*engine.Engine
	t *testing.T
}

func setup(t *testing.T) *harness {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{LoopLimit: 5000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return &harness{e, t}
}

func parse(t *testing.T, text string) *workflow.Def {
	t.Helper()
	d := &workflow.Def{}
	if err := json.Unmarshal([]byte(text), d); err != nil {
		t.Fatalf("definition: %v", err)
	}
	return d
}

// register registers a definition named wf with these tasks (JSON) and further fields.
func (h *harness) register(name, tasks, more string) {
	h.t.Helper()
	if err := h.PutWorkflowDef(h.t.Context(), parse(h.t, fmt.Sprintf(`{"name":%q,"tasks":%s%s}`, name, tasks, more)), true); err != nil {
		h.t.Fatal(err)
	}
}

func (h *harness) start(name, input string) string {
	h.t.Helper()
	id, err := h.Start(h.t.Context(), &workflow.StartRequest{Name: name, Input: workflow.Payload(input)})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *harness) get(id string) *workflow.Execution {
	h.t.Helper()
	x, err := h.Execution(h.t.Context(), id, true)
	if err != nil {
		h.t.Fatal(err)
	}
	return x
}

// poll waits for one task of a type.
func (h *harness) poll(taskType string) *workflow.Task {
	h.t.Helper()
	tasks, err := h.Poll(h.t.Context(), engine.PollRequest{TaskType: taskType, WorkerID: "w", Count: 1, Wait: time.Minute})
	if err != nil {
		h.t.Fatal(err)
	}
	if len(tasks) == 0 {
		h.t.Fatalf("no task of type %s came", taskType)
	}
	return tasks[0]
}

func (h *harness) finish(t *workflow.Task, status workflow.TaskStatus, output string) {
	h.t.Helper()
	_, err := h.Update(h.t.Context(), &workflow.TaskResult{
		TaskID: t.TaskID, WorkflowInstanceID: t.WorkflowInstanceID, Status: status,
		OutputData: workflow.Payload(output), ReasonForIncompletion: map[bool]string{true: "said so"}[!status.Successful()],
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *harness) work(taskType, output string) *workflow.Task {
	h.t.Helper()
	t := h.poll(taskType)
	h.finish(t, workflow.TaskCompleted, output)
	return t
}

// until waits for an execution to reach a status.
func (h *harness) until(id string, want workflow.Status) *workflow.Execution {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	changes := h.Watch(ctx, id)
	for {
		x := h.get(id)
		if x.Status == want {
			return x
		}
		if _, ok := <-changes; !ok {
			h.t.Fatalf("execution is %s (%s), want %s; tasks: %s", x.Status, x.ReasonForIncompletion, want, describe(x))
		}
	}
}

func describe(x *workflow.Execution) string {
	out := ""
	for _, t := range x.Tasks {
		out += fmt.Sprintf("\n  %d %s %s %s #%d %s in=%s out=%s", t.Seq, t.ReferenceTaskName, t.TaskType, t.Status, t.RetryCount, t.ReasonForIncompletion, t.InputData, t.OutputData)
	}
	return out
}

func (h *harness) wantOutput(x *workflow.Execution, want string) {
	h.t.Helper()
	if got := canonical(h.t, x.Output.String()); got != canonical(h.t, want) {
		h.t.Errorf("output is %s, want %s; tasks: %s", got, want, describe(x))
	}
}

func canonical(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func task(t *testing.T, x *workflow.Execution, ref string) *workflow.Task {
	t.Helper()
	var found *workflow.Task
	for _, one := range x.Tasks {
		if one.ReferenceTaskName == ref {
			found = one
		}
	}
	if found == nil {
		t.Fatalf("no task %s; tasks: %s", ref, describe(x))
	}
	return found
}

const simple = `{"name":%q,"taskReferenceName":%q,"type":"SIMPLE","inputParameters":%s}`

func TestSequence(t *testing.T) {
	h := setup(t)
	h.register("seq", fmt.Sprintf("["+simple+","+simple+"]", "a", "a_ref", `{"x":"${workflow.input.x}"}`, "b", "b_ref", `{"y":"${a_ref.output.y}"}`),
		`,"outputParameters":{"z":"${b_ref.output.z}"}`)
	id := h.start("seq", `{"x":9007199254740993}`)
	a := h.work("a", `{"y":[1,2]}`)
	if got := a.InputData.String(); got != `{"x":9007199254740993}` {
		t.Errorf("input is %s", got)
	}
	b := h.work("b", `{"z":"done"}`)
	if got := b.InputData.String(); got != `{"y":[1,2]}` {
		t.Errorf("input is %s", got)
	}
	x := h.until(id, workflow.Completed)
	h.wantOutput(x, `{"z":"done"}`)
	if x.Tasks[0].TaskType != "a" || x.Tasks[0].Seq != 1 || !x.Tasks[0].Executed {
		t.Errorf("first task: %+v", x.Tasks[0])
	}
}

func TestOperators(t *testing.T) {
	h := setup(t)
	h.register("child", `[{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"expression":"$.n*2","n":"${workflow.input.n}"}}]`,
		`,"outputParameters":{"twice":"${i.output.result}"}`)
	for _, c := range []struct{ name, tasks, more, input, output string }{
		{"inline", `[{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"evaluatorType":"javascript","expression":"(function(){return {a:$.n+1};})()","n":"${workflow.input.n}"}}]`, "", `{"n":1}`, `{"result":{"a":2}}`},
		{"jq", `[{"name":"j","taskReferenceName":"j","type":"JSON_JQ_TRANSFORM","inputParameters":{"queryExpression":".l | map(.+1)","l":[1,2]}}]`, "", `{}`, `{"result":[2,3],"resultList":[[2,3]]}`},
		{"switch-case", `[{"name":"s","taskReferenceName":"s","type":"SWITCH","evaluatorType":"value-param","expression":"c","inputParameters":{"c":"${workflow.input.c}"},
			"decisionCases":{"KR":[{"name":"n","taskReferenceName":"kr","type":"SET_VARIABLE","inputParameters":{"v":"kr"}}]},"defaultCase":[{"name":"n","taskReferenceName":"df","type":"SET_VARIABLE","inputParameters":{"v":"default"}}]},
			{"name":"n","taskReferenceName":"after","type":"NOOP"}]`, `,"outputParameters":{"v":"${workflow.variables.v}","c":"${s.output.selectedCase}"}`, `{"c":"KR"}`, `{"v":"kr","c":"KR"}`},
		{"switch-js-default", `[{"name":"s","taskReferenceName":"s","type":"SWITCH","evaluatorType":"javascript","expression":"$.c == 'x' ? 'X' : 'other'","inputParameters":{"c":"${workflow.input.c}"},
			"decisionCases":{"X":[]},"defaultCase":[{"name":"n","taskReferenceName":"df","type":"SET_VARIABLE","inputParameters":{"v":"default"}}]}]`, `,"outputParameters":{"v":"${workflow.variables.v}"}`, `{"c":"y"}`, `{"v":"default"}`},
		{"decision-empty-case", `[{"name":"s","taskReferenceName":"s","type":"DECISION","caseValueParam":"c","inputParameters":{"c":"X"},
			"decisionCases":{"X":[]},"defaultCase":[{"name":"n","taskReferenceName":"df","type":"SET_VARIABLE","inputParameters":{"v":"default"}}]}]`, `,"outputParameters":{"v":"${workflow.variables.v}"}`, `{}`, `{"v":"default"}`},
		{"fork", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[
			[{"name":"i","taskReferenceName":"a","type":"INLINE","inputParameters":{"expression":"1"}}],
			[{"name":"n","taskReferenceName":"n","type":"NOOP"},{"name":"i","taskReferenceName":"b","type":"INLINE","inputParameters":{"expression":"2"}}]]},
			{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["a","b"]}]`, `,"outputParameters":{"all":"${j.output}"}`, `{}`, `{"all":{"a":{"result":1},"b":{"result":2}}}`},
		{
			"dynamic-fork", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"tasks","dynamicForkTasksInputParamName":"inputs",
			"inputParameters":{"tasks":"${workflow.input.tasks}","inputs":"${workflow.input.inputs}"}},{"name":"j","taskReferenceName":"j","type":"JOIN"}]`, "",
			`{"tasks":[{"name":"i","taskReferenceName":"x","type":"INLINE","inputParameters":{"expression":"$.v*2"}},{"name":"i","taskReferenceName":"y","type":"INLINE","inputParameters":{"expression":"$.v*3"}}],"inputs":{"x":{"v":1},"y":{"v":2}}}`,
			`{"x":{"result":2},"y":{"result":6}}`,
		},
		{
			"dynamic-fork-list", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskWorkflow":"child","forkTaskInputs":[{"n":1},{"n":2}]}},{"name":"j","taskReferenceName":"j","type":"JOIN"}]`,
			`,"outputParameters":{"a":"${j.output._f_0.twice}","b":"${j.output._f_1.twice}"}`, `{}`, `{"a":2,"b":4}`,
		},
		{"dynamic-fork-empty", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskInputs":[]}},{"name":"j","taskReferenceName":"j","type":"JOIN"},
			{"name":"i","taskReferenceName":"a","type":"INLINE","inputParameters":{"expression":"'end'"}}]`, "", `{}`, `{"result":"end"}`},
		{
			"loop", `[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","inputParameters":{"max":3},"loopCondition":"if ($.l['iteration'] < $.max) { true; } else { false; }",
			"loopOver":[{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"expression":"$.n*10","n":"${l.output.iteration}"}}]}]`, `,"outputParameters":{"all":"${l.output}"}`, `{}`,
			`{"all":{"iteration":3,"1":{"i":{"result":10}},"2":{"i":{"result":20}},"3":{"i":{"result":30}}}}`,
		},
		{
			"loop-list", `[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","items":"${workflow.input.items}",
			"loopOver":[{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"expression":"$.n+'!'","n":"${l.output.loopItem}"}}]}]`, `,"outputParameters":{"a":"${l.output.1.i.result}","b":"${l.output.2.i.result}","n":"${l.output.iteration}"}`, `{"items":["a","b"]}`,
			`{"a":"a!","b":"b!","n":2}`,
		},
		{"nested-loops", `[{"name":"o","taskReferenceName":"o","type":"DO_WHILE","loopCondition":"$.o.iteration < 2","loopOver":[
			{"name":"p","taskReferenceName":"p","type":"DO_WHILE","loopCondition":"$.p.iteration < 2","loopOver":[{"name":"i","taskReferenceName":"i","type":"SET_VARIABLE","inputParameters":{"n":"${workflow.variables.n}x"}}]},
			{"name":"s","taskReferenceName":"s","type":"NOOP"}]}]`, `,"variables":{"n":""},"outputParameters":{"n":"${workflow.variables.n}"}`, `{}`, `{"n":"xxxx"}`},
		{"sub-workflow", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"},"inputParameters":{"n":21}}]`, `,"outputParameters":{"t":"${s.output.twice}"}`, `{}`, `{"t":42}`},
		{"terminate", `[{"name":"t","taskReferenceName":"t","type":"TERMINATE","inputParameters":{"terminationStatus":"COMPLETED","workflowOutput":{"a":1}}},{"name":"s","taskReferenceName":"s","type":"SIMPLE"}]`, "", `{}`, `{"a":1}`},
		{"exclusive-join", `[{"name":"s","taskReferenceName":"s","type":"SWITCH","evaluatorType":"value-param","expression":"c","inputParameters":{"c":"a"},
			"decisionCases":{"a":[{"name":"i","taskReferenceName":"a","type":"INLINE","inputParameters":{"expression":"'A'"}}],"b":[{"name":"i","taskReferenceName":"b","type":"INLINE","inputParameters":{"expression":"'B'"}}]}},
			{"name":"x","taskReferenceName":"x","type":"EXCLUSIVE_JOIN","joinOn":["a","b"]}]`, "", `{}`, `{"result":"A"}`},
		{"wait", `[{"name":"w","taskReferenceName":"w","type":"WAIT","inputParameters":{"duration":"1 seconds"}},{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"expression":"1"}}]`, "", `{}`, `{"result":1}`},
		{"start-workflow", `[{"name":"s","taskReferenceName":"s","type":"START_WORKFLOW","inputParameters":{"startWorkflow":{"name":"child","input":{"n":1}}}},{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"expression":"$.id.length","id":"${s.output.workflowId}"}}]`, "", `{}`, `{"result":36}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &harness{h.Engine, t}
			h.register(c.name, c.tasks, c.more)
			h.wantOutput(h.until(h.start(c.name, c.input), workflow.Completed), c.output)
		})
	}
}
