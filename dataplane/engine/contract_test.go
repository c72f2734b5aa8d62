package engine_test

import (
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// TestContract runs definitions whose end was taken from Conductor OSS 3.32.3.
func TestContract(t *testing.T) {
	const (
		seven     = `{"name":"b","taskReferenceName":"b","type":"INLINE","inputParameters":{"expression":"7"}}`
		dynamic   = `[{"name":"d","taskReferenceName":"d","type":"DYNAMIC","dynamicTaskNameParam":"n","inputParameters":{"n":"${workflow.input.n}"}}]`
		fork      = `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"ts","dynamicForkTasksInputParamName":"is","inputParameters":{"ts":"${workflow.input.ts}","is":{}}},{"name":"j","taskReferenceName":"j","type":"JOIN"}]`
		exclusive = `[{"name":"s","taskReferenceName":"s","type":"SWITCH","evaluatorType":"value-param","expression":"k","inputParameters":{"k":"q"},"decisionCases":{"a":[{"name":"a","taskReferenceName":"a","type":"NOOP"}]},"defaultCase":[` + seven + `]},
			{"name":"x","taskReferenceName":"x","type":"EXCLUSIVE_JOIN","joinOn":["a"],"defaultExclusiveJoinTask":["b"]}]`
		noVersion = `[{"name":"s","taskReferenceName":"s","type":"SWITCH","evaluatorType":"value-param","expression":"k","inputParameters":{"k":"${workflow.input.k}"},"decisionCases":{"go":[{"name":"c","taskReferenceName":"c","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child","version":77}}]},"defaultCase":[` + seven + `]}]`
		work      = `{"name":"w","taskReferenceName":"w","type":"SIMPLE","retryCount":0`
	)
	type want struct {
		status workflow.Status
		output string
		tasks  map[string]workflow.TaskStatus // by reference
		names  map[string]string              // of the tasks' definitions, by reference
	}
	for _, c := range []struct {
		name, tasks, input string
		polled             string // the type of the worker's task, "" for none
		result             workflow.TaskStatus
		want               want
	}{
		{
			"a failure's output is the last task's", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[[` + work + `}],[` + seven + `]]},{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["w","b"]}]`, `{}`,
			"w", workflow.TaskFailed,
			want{status: workflow.Failed, output: `{}`, tasks: map[string]workflow.TaskStatus{"j": workflow.TaskCanceled}},
		},
		{
			"and a permissive one's", `[` + work + `,"permissive":true},` + seven + `]`, `{}`,
			"w", workflow.TaskFailed,
			want{status: workflow.Failed, output: `{"result":7}`},
		},
		{
			"a dynamic task that is not registered", dynamic, `{"n":"unheard"}`,
			"unheard", workflow.TaskCompleted,
			want{status: workflow.Completed, output: `{"r":1}`, names: map[string]string{"d": "unheard"}},
		},
		{"is not retried", dynamic, `{"n":"unheard"}`, "unheard", workflow.TaskFailed, want{status: workflow.Failed, output: `{"r":1}`}},
		{"a dynamic task with a number for a name", dynamic, `{"n":5}`, "5", workflow.TaskCompleted, want{status: workflow.Completed, output: `{"r":1}`}},
		{
			"a dynamic task that is a sub-workflow", `[{"name":"d","taskReferenceName":"d","type":"DYNAMIC","dynamicTaskNameParam":"n","inputParameters":{"n":"SUB_WORKFLOW","subWorkflowName":"child","subWorkflowVersion":"1","workflowInput":{"a":1}}}]`, `{}`,
			"", "",
			want{status: workflow.Completed, tasks: map[string]workflow.TaskStatus{"d": workflow.TaskCompleted}, names: map[string]string{"d": "SUB_WORKFLOW"}},
		},
		{"and one that names none", dynamic, `{"n":"SUB_WORKFLOW"}`, "", "", want{status: workflow.Failed, tasks: map[string]workflow.TaskStatus{"d": workflow.TaskFailed}}},
		{
			"a branch twice", fork, `{"ts":[` + seven + `,{"name":"w","taskReferenceName":"b","type":"SIMPLE"}]}`,
			"", "",
			want{status: workflow.Completed, output: `{"b":{"result":7}}`},
		},
		{
			"a branch that is not registered", fork, `{"ts":[{"name":"unheard","taskReferenceName":"u","type":"SIMPLE"}]}`,
			"unheard", workflow.TaskFailed,
			want{status: workflow.Failed, output: `{}`, tasks: map[string]workflow.TaskStatus{"u": workflow.TaskFailed}},
		},
		{
			"branches of a workflow", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskWorkflow":"child","forkTaskInputs":[{}]}},{"name":"j","taskReferenceName":"j","type":"JOIN"}]`, `{}`,
			"", "",
			want{status: workflow.Completed, names: map[string]string{"_f_0": "child"}},
		},
		{
			"a loop with an empty condition", `[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"","inputParameters":{"items":["a","b"]},"loopOver":[` + seven + `]}]`, `{}`,
			"", "",
			want{status: workflow.Completed, output: `{"result":7}`, tasks: map[string]workflow.TaskStatus{"b__1": workflow.TaskCompleted}},
		},
		{
			"a fork that no join follows", `[` + seven + `,{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[[` + work + `}]]}]`, `{}`,
			"", "",
			want{status: workflow.Failed},
		},
		{"an exclusive join", exclusive, `{}`, "", "", want{status: workflow.Completed, output: `{"result":7}`, names: map[string]string{"x": "EXCLUSIVE_JOIN"}}},
		{"a version of a sub-workflow that is not reached", noVersion, `{"k":"stay"}`, "", "", want{status: workflow.Completed, output: `{"result":7}`}},
		{"and one that is", noVersion, `{"k":"go"}`, "", "", want{status: workflow.Failed, tasks: map[string]workflow.TaskStatus{"c": workflow.TaskFailed}}},
		{"a sub-workflow without a name", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"${workflow.input.none}"}}]`, `{}`, "", "", want{status: workflow.Failed}},
		{
			"a definition of a sub-workflow that is none", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"c","workflowDefinition":"${workflow.input.d}"}}]`, `{"d":"text"}`,
			"", "",
			want{status: workflow.Failed, tasks: map[string]workflow.TaskStatus{"s": workflow.TaskFailed}},
		},
		{
			"a lambda that fails", `[{"name":"l","taskReferenceName":"l","type":"LAMBDA","inputParameters":{"scriptExpression":"return foo"}}]`, `{}`,
			"", "",
			want{status: workflow.Failed, tasks: map[string]workflow.TaskStatus{"l": workflow.TaskFailed}},
		},
		{
			"a lambda without a script", `[{"name":"l","taskReferenceName":"l","type":"LAMBDA","inputParameters":{"a":1}}]`, `{}`,
			"", "",
			want{status: workflow.Failed, tasks: map[string]workflow.TaskStatus{"l": workflow.TaskFailed}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := setup(t)
			h.register("child", `[`+seven+`]`, "")
			h.register("wf", c.tasks, "")
			id := h.start("wf", c.input)
			if c.polled != "" {
				h.finish(h.poll(c.polled), c.result, `{"r":1}`)
			}
			x := h.until(id, c.want.status)
			if c.want.output != "" && x.Output.String() != c.want.output {
				t.Errorf("output %s, want %s", x.Output, c.want.output)
			}
			for ref, status := range c.want.tasks {
				if got := task(t, x, ref); got.Status != status {
					t.Errorf("%s is %s, want %s", ref, got.Status, status)
				}
			}
			for ref, name := range c.want.names {
				if got := task(t, x, ref); got.TaskDefName != name {
					t.Errorf("%s is a %s, want %s", ref, got.TaskDefName, name)
				}
			}
		})
	}
}
