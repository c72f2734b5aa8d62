package decide

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// ended runs a definition to its end. Every task of a worker gets the status that its input names, and its input as output.
func ended(t *testing.T, def, input string) *State {
	t.Helper()
	d := &workflow.Def{}
	if err := json.Unmarshal([]byte(def), d); err != nil {
		t.Fatalf("%s: %v", def, err)
	}
	plan, err := Compile(d)
	if err != nil {
		t.Fatal(err)
	}
	st := &story{t: t, now: 1_700_000_000_000}
	if st.s, err = Start(st.env(), plan, &workflow.StartRequest{Name: d.Name, Input: workflow.Payload(input)}, Origin{ID: "run"}); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if st.s.Status.Terminal() {
			return st.s
		}
		for _, o := range st.s.Tasks() {
			if o.Status != workflow.TaskScheduled || !worker(o.Type) {
				continue
			}
			st.s.Begin(st.env())
			status, _ := o.inputObject()["status"].(string)
			if err := st.s.Update(&workflow.TaskResult{TaskID: o.ID, Status: workflow.TaskStatus(status), OutputData: o.Input}); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Fatalf("%s does not end: %s", def, st)
	return nil
}

// TestContract runs definitions whose end was taken from Conductor OSS 3.32.3.
func TestContract(t *testing.T) {
	const (
		count = `{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"expression":"$.x + 1","x":"${workflow.variables.n}"}},
			{"name":"v","taskReferenceName":"v","type":"SET_VARIABLE","inputParameters":{"n":"${i.output.result}"}}`
		fewer = `{"name":"v","taskReferenceName":"v","type":"SET_VARIABLE","inputParameters":{"xs":["a","b"]}}`
		fails = `{"name":"w","taskReferenceName":"w","type":"SIMPLE","retryCount":0,"inputParameters":{"status":"FAILED"}}`
	)
	for _, c := range []struct{ name, def, input, want string }{
		{
			"a loop's condition sees variables as they are now",
			`"variables":{"n":0},"tasks":[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"$.n < 3","inputParameters":{"n":"${workflow.variables.n}"},"loopOver":[` + count + `]}],"outputParameters":{"n":"${l.output.iteration}","shown":"${l.input.n}"}`,
			`{}`, `COMPLETED {"n":3,"shown":0}`,
		},
		{
			"and outputs of its tasks",
			`"variables":{"n":0},"tasks":[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"$.last < 2","inputParameters":{"last":"${i.output.result}"},"loopOver":[` + count + `]}],"outputParameters":{"n":"${l.output.iteration}"}`,
			`{}`, `COMPLETED {"n":2}`,
		},
		{
			"a list in a loop's input that becomes shorter",
			`"variables":{"xs":["a","b","c"]},"tasks":[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"true","inputParameters":{"_items":"${workflow.variables.xs}"},"loopOver":[` + fewer + `]}],"outputParameters":{"n":"${l.output.iteration}"}`,
			`{}`, `COMPLETED {"n":2}`,
		},
		{"output parameters of a failure", `"tasks":[` + fails + `],"outputParameters":{"s":"${workflow.status}"}`, `{}`, `FAILED {"s":"FAILED"}`},
		{
			"output parameters of a success", `"tasks":[{"name":"n","taskReferenceName":"n","type":"NOOP"}],"outputParameters":{"s":"${workflow.status}"}`,
			`{}`, `COMPLETED {"s":"RUNNING"}`,
		},
		{
			"a null in an input counts as nothing given", `"inputTemplate":{"a":1,"b":2},"tasks":[{"name":"n","taskReferenceName":"n","type":"NOOP"}],"outputParameters":{"i":"${workflow.input}"}`,
			`{"a":null,"c":3}`, `COMPLETED {"i":{"a":1,"b":2,"c":3}}`,
		},
		{
			"a dynamic fork over nothing", `"tasks":[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"ts","dynamicForkTasksInputParamName":"is","inputParameters":{"ts":"${workflow.input.none}","is":{}}},
			{"name":"j","taskReferenceName":"j","type":"JOIN"}]`,
			`{}`, `FAILED {}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := ended(t, `{"name":"wf",`+c.def+`}`, c.input)
			if got := string(s.Status) + " " + s.Output.String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestFailedNames checks that each name of a failed task is told once, and each reference.
func TestFailedNames(t *testing.T) {
	s := ended(t, `{"name":"wf","tasks":[
		{"name":"w","taskReferenceName":"a","type":"SIMPLE","permissive":true,"retryCount":0,"inputParameters":{"status":"FAILED"}},
		{"name":"w","taskReferenceName":"b","type":"SIMPLE","retryCount":0,"inputParameters":{"status":"FAILED"}}]}`, `{}`)
	if !slices.Equal(s.FailedNames, []string{"w"}) || !slices.Equal(s.FailedRefs, []string{"a", "b"}) {
		t.Errorf("names %v, references %v", s.FailedNames, s.FailedRefs)
	}
}

// TestInlineChild checks that a sub-workflow whose definition came with its parent's says so in its input.
func TestInlineChild(t *testing.T) {
	def := &workflow.Def{}
	if err := json.Unmarshal([]byte(`{"name":"wf","tasks":[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","inputParameters":{"x":1},
		"subWorkflowParam":{"name":"c","workflowDefinition":{"name":"c","tasks":[{"name":"n","taskReferenceName":"n","type":"NOOP"}]}}}]}`), def); err != nil {
		t.Fatal(err)
	}
	plan, err := Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	st := &story{t: t, now: 1_700_000_000_000}
	if st.s, err = Start(st.env(), plan, &workflow.StartRequest{Name: "wf"}, Origin{ID: "run"}); err != nil {
		t.Fatal(err)
	}
	req, err := st.s.ChildRequest(st.s.latest["s"])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := req.Input.String(), `{"_systemMetadata":{"dynamic":true},"x":1}`; got != want {
		t.Errorf("the child's input is %s, want %s", got, want)
	}
	// A schema that knows no other properties is not broken by it.
	req.WorkflowDef.InputSchema = &workflow.SchemaDef{Type: "JSON", Data: map[string]any{"additionalProperties": false, "properties": map[string]any{"x": map[string]any{}}}}
	req.WorkflowDef.EnforceSchema = true
	if plan, err = Compile(req.WorkflowDef); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(st.env(), plan, req, Origin{ID: "child"}); err != nil {
		t.Errorf("the child with a schema: %v", err)
	}
}
