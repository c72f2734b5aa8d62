package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

const needsID = `{"type":"object","required":["id"],"properties":{"id":{"type":"string"}}}`

func (h *harness) putSchema(name string, version int, data string) {
	h.t.Helper()
	p := workflow.Payload(data)
	obj, err := p.Object()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.PutSchemas(h.t.Context(), []*workflow.SchemaDef{{Name: name, Version: version, Type: "JSON", Data: obj}}, false); err != nil {
		h.t.Fatal(err)
	}
}

func (h *harness) putTask(text string) {
	h.t.Helper()
	d := &workflow.TaskDef{}
	if err := d.UnmarshalJSON([]byte(text)); err != nil {
		h.t.Fatal(err)
	}
	if err := h.PutTaskDefs(h.t.Context(), []*workflow.TaskDef{d}); err != nil {
		h.t.Fatal(err)
	}
}

const oneSimple = `[{"name":"work","taskReferenceName":"work","inputParameters":{"id":"${workflow.input.id}"}}]`

func TestSchema_OfAWorkflowsInput(t *testing.T) {
	h := setup(t)
	h.putSchema("order", 1, needsID)
	h.register("inline", oneSimple, `,"inputSchema":{"name":"x","type":"JSON","data":`+needsID+`}`)
	h.register("named", oneSimple, `,"inputSchema":{"name":"order","version":1,"type":"JSON"}`)
	h.register("off", oneSimple, `,"enforceSchema":false,"inputSchema":{"name":"order","version":1,"type":"JSON"}`)
	h.register("missing", oneSimple, `,"inputSchema":{"name":"order","version":9,"type":"JSON"}`)
	start := func(name, input string) error {
		_, err := h.Start(t.Context(), &workflow.StartRequest{Name: name, Input: workflow.Payload(input)})
		return err
	}
	for _, name := range []string{"inline", "named"} {
		err := start(name, `{"id":7}`)
		if workflow.KindOf(err) != workflow.Invalid || !strings.Contains(err.Error(), "input.id: got number, want string") {
			t.Errorf("%s: got %v", name, err)
		}
		if err := start(name, `{"id":"a"}`); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := start("off", `{}`); err != nil {
		t.Errorf("not enforced: %v", err)
	}
	if err := start("missing", `{"id":"a"}`); workflow.KindOf(err) != workflow.Invalid || !strings.Contains(err.Error(), "order version 9") {
		t.Errorf("missing: got %v", err)
	}
	page, err := h.Search(t.Context(), engine.Search{})
	if err != nil || page.Total != 3 {
		t.Errorf("%d executions exist, want 3 (%v)", page.Total, err)
	}
}

func TestSchema_OfAWorkflowsOutput(t *testing.T) {
	h := setup(t)
	h.register("wf", oneSimple, `,"outputSchema":{"name":"x","type":"JSON","data":`+needsID+`}`)
	good, bad := h.start("wf", `{}`), h.start("wf", `{}`)
	for range 2 {
		one := h.poll("work")
		h.finish(one, workflow.TaskCompleted, map[string]string{good: `{"id":"a"}`, bad: `{"id":1}`}[one.WorkflowInstanceID])
	}
	h.until(good, workflow.Completed)
	if x := h.until(bad, workflow.Failed); !strings.Contains(x.ReasonForIncompletion, "output.id: got number, want string") {
		t.Errorf("reason %q", x.ReasonForIncompletion)
	}
}

func TestSchema_OfATask(t *testing.T) {
	h := setup(t)
	h.putSchema("order", 1, needsID)
	h.putTask(`{"name":"work","enforceSchema":true,"retryCount":3,"retryDelaySeconds":0,"inputSchema":{"name":"order","type":"JSON"},
		"outputSchema":{"name":"x","type":"JSON","data":{"type":"object","required":["sum"]}}}`)
	h.register("wf", oneSimple, "")

	x := h.until(h.start("wf", `{}`), workflow.Failed)
	if len(x.Tasks) != 1 || x.Tasks[0].Status != workflow.TaskFailedTerminal || !strings.Contains(x.Tasks[0].ReasonForIncompletion, "the input does not match its schema: input.id") {
		t.Errorf("tasks: %s", describe(x))
	}
	id := h.start("wf", `{"id":"a"}`)
	h.work("work", `{}`)
	x = h.until(id, workflow.Failed)
	if x.Tasks[0].Status != workflow.TaskFailedTerminal || !strings.Contains(x.Tasks[0].ReasonForIncompletion, "output.sum: is missing") {
		t.Errorf("tasks: %s", describe(x))
	}
	id = h.start("wf", `{"id":"a"}`)
	h.work("work", `{"sum":1}`)
	h.until(id, workflow.Completed)
}

func TestSchema_ThatIsWrongIsRefused(t *testing.T) {
	h := setup(t)
	bad := map[string]any{"type": "objekt"}
	fields := func(err error) []string {
		var out []string
		for _, v := range violationsOf(err) {
			out = append(out, v.Path)
		}
		return out
	}
	if got := fields(h.PutSchemas(t.Context(), []*workflow.SchemaDef{{Name: "a", Version: 1, Type: "JSON", Data: bad}}, false)); !slices.Equal(got, []string{"[0].data"}) {
		t.Errorf("registered: %v", got)
	}
	def := parse(t, `{"name":"wf","tasks":`+oneSimple+`,"inputSchema":{"name":"a","type":"JSON","data":{"type":"objekt"}}}`)
	if got := fields(h.PutWorkflowDef(t.Context(), def, true)); !slices.Equal(got, []string{"inputSchema.data"}) {
		t.Errorf("workflow: %v", got)
	}
	task := workflow.DefaultTaskDef("work")
	task.OutputSchema = &workflow.SchemaDef{Name: "a", Type: "JSON", Data: bad}
	if got := fields(h.PutTaskDefs(t.Context(), []*workflow.TaskDef{task})); !slices.Equal(got, []string{"outputSchema.data"}) {
		t.Errorf("task: %v", got)
	}
}

func violationsOf(err error) []workflow.Violation {
	e, ok := errors.AsType[*workflow.Error](err)
	if !ok {
		return nil
	}
	return e.Violations
}
