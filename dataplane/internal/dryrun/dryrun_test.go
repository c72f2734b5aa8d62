package dryrun_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/dryrun"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func open(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func parse[T any](t *testing.T, text string) *T {
	t.Helper()
	v := new(T)
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func register(t *testing.T, e *engine.Engine, name, tasks string) {
	t.Helper()
	def := parse[workflow.Def](t, fmt.Sprintf(`{"name":%q,"version":1,"ownerEmail":"a@example.test","tasks":%s}`, name, tasks))
	if err := e.PutWorkflowDef(t.Context(), def, false); err != nil {
		t.Fatal(err)
	}
}

// path writes the tasks of an execution in order: reference and status.
func path(x *workflow.Execution) string {
	var out []string
	for _, t := range x.Tasks {
		out = append(out, t.ReferenceTaskName+"="+string(t.Status))
	}
	return strings.Join(out, " ")
}

const order = `[
	{"name":"check","taskReferenceName":"check","type":"HTTP","inputParameters":{"http_request":{"uri":"http://127.0.0.1:1/","method":"GET"}}},
	{"name":"by_country","taskReferenceName":"by_country","type":"SWITCH","evaluatorType":"value-param","expression":"country",
	 "inputParameters":{"country":"${check.output.country}"},
	 "decisionCases":{"KR":[{"name":"pack","taskReferenceName":"pack","type":"SIMPLE","inputParameters":{"n":"${workflow.input.n}"}}]},
	 "defaultCase":[{"name":"refuse","taskReferenceName":"refuse","type":"TERMINATE","inputParameters":{"terminationStatus":"FAILED","terminationReason":"nobody sends there"}}]},
	{"name":"approve","taskReferenceName":"approve","type":"WAIT","inputParameters":{"duration":"10 days"}}
]`

func TestRun_TakesTheWayThatTheResultsLead(t *testing.T) {
	e := open(t)
	register(t, e, "order", order)
	for name, tc := range map[string]struct{ request, status, path string }{
		"one way":     {`{"name":"order","input":{"n":1},"taskRefToMockOutput":{"check":[{"output":{"country":"KR"}}]}}`, "COMPLETED", "check=COMPLETED by_country=COMPLETED pack=COMPLETED approve=COMPLETED"},
		"another way": {`{"name":"order","version":1,"taskRefToMockOutput":{"check":[{"status":"COMPLETED","output":{"country":"US"}}]}}`, "FAILED", "check=COMPLETED by_country=COMPLETED refuse=COMPLETED"},
		"a failure": {
			`{"name":"order","taskRefToMockOutput":{"check":[{"output":{"country":"KR"}}],"pack":[{"status":"FAILED"},{"status":"FAILED_WITH_TERMINAL_ERROR"}]}}`,
			"FAILED", "check=COMPLETED by_country=COMPLETED pack=FAILED pack=FAILED_WITH_TERMINAL_ERROR",
		},
		"an inline definition": {`{"name":"x","workflowDef":{"name":"x","ownerEmail":"a@example.test","tasks":[{"name":"a","taskReferenceName":"a","type":"SIMPLE"}]}}`, "COMPLETED", "a=COMPLETED"},
	} {
		t.Run(name, func(t *testing.T) {
			x, err := dryrun.Run(t.Context(), e, parse[dryrun.Request](t, tc.request))
			if err != nil {
				t.Fatal(err)
			}
			if string(x.Status) != tc.status || path(x) != tc.path {
				t.Errorf("got %s (%s): %s", x.Status, x.ReasonForIncompletion, path(x))
			}
			if d := x.WorkflowDefinition; d.Name == "order" && d.Tasks[0].Type != "HTTP" {
				t.Errorf("the definition comes back changed: %s", d.Tasks[0].Type)
			}
		})
	}
	if n, _ := e.Counts(t.Context()); len(n) != 0 {
		t.Errorf("it left executions behind: %v", n)
	}
}

func TestRun_GivesOneResultPerIteration(t *testing.T) {
	e := open(t)
	register(t, e, "loop", `[{"name":"loop","taskReferenceName":"loop","type":"DO_WHILE","inputParameters":{},
		"loopCondition":"if ($.draw['more'] == true) { true; } else { false; }",
		"loopOver":[{"name":"draw","taskReferenceName":"draw","type":"SIMPLE"}]}]`)
	for name, results := range map[string]string{
		"in a row":           `"draw":[{"output":{"more":true}},{"output":{"more":true}},{"output":{"more":false}}]`,
		"each by its own":    `"draw__1":[{"output":{"more":true}}],"draw__2":[{"output":{"more":true}}],"draw__3":[{"output":{"more":false}}]`,
		"one by its own":     `"draw":[{"output":{"more":true}},{"output":{"more":true}}],"draw__3":[{"output":{"more":false}}]`,
		"its own come first": `"draw":[{"output":{"more":true}},{"output":{"more":false}}],"draw__1":[{"output":{"more":true}}]`,
	} {
		x, err := dryrun.Run(t.Context(), e, parse[dryrun.Request](t, `{"name":"loop","taskRefToMockOutput":{`+results+`}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := path(x); x.Status != workflow.Completed || strings.Count(got, "draw__") != 3 {
			t.Errorf("%s: got %s: %s", name, x.Status, got)
		}
	}
}

func TestRun_GoesIntoSubWorkflows(t *testing.T) {
	e := open(t)
	register(t, e, "inner", `[{"name":"deep","taskReferenceName":"deep","type":"SIMPLE"}]`)
	register(t, e, "outer", `[
		{"name":"first","taskReferenceName":"first","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"inner","version":1}},
		{"name":"second","taskReferenceName":"second","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"inner","version":1}}]`)
	x, err := dryrun.Run(t.Context(), e, parse[dryrun.Request](t, `{"name":"outer","taskRefToMockOutput":{"second":[{"output":{"made":"up"}}]},
		"subWorkflowTestRequest":{"first":{"name":"inner","taskRefToMockOutput":{"deep":[{"output":{"a":1}}]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if x.Status != workflow.Completed || path(x) != "first=COMPLETED second=COMPLETED" {
		t.Fatalf("got %s: %s", x.Status, path(x))
	}
	if got := x.Tasks[0].OutputData.String(); !strings.Contains(got, `"a":1`) {
		t.Errorf("the first gives %s", got)
	}
	if got := x.Tasks[1].OutputData.String(); got != `{"made":"up"}` {
		t.Errorf("the second gives %s", got)
	}
}

func TestRun_RefusesWhatMakesNoSense(t *testing.T) {
	e := open(t)
	for request, want := range map[string]string{
		`{"name":"nobody"}`: "nobody",
		`{"name":"nobody","taskRefToMockOutput":{"a":[{"status":"DONE"}]}}`:                                     "taskRefToMockOutput.a[0].status",
		`{"name":"x","subWorkflowTestRequest":{"s":{"taskRefToMockOutput":{"a":[{},{"status":"TIMED_OUT"}]}}}}`: "subWorkflowTestRequest.s.taskRefToMockOutput.a[1].status",
		`{"name":"x","workflowDef":{"name":"x","tasks":[]}}`:                                                    "tasks",
	} {
		_, err := dryrun.Run(t.Context(), e, parse[dryrun.Request](t, request))
		if err == nil || workflow.KindOf(err) == "" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v", request, err)
		}
	}
}

func TestRun_EndsALoopThatNeverWould(t *testing.T) {
	e := open(t)
	register(t, e, "self", `[{"name":"again","taskReferenceName":"again","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"self","version":1}}]`)
	if _, err := dryrun.Run(t.Context(), e, parse[dryrun.Request](t, `{"name":"self"}`)); workflow.KindOf(err) != workflow.Invalid {
		t.Errorf("got error %v", err)
	}
}
