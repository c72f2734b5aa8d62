package engine_test

import (
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// START_WORKFLOW tasks honour the idempotency key of their request, as starts by the API do.
func TestStartsOfTasksHaveKeys(t *testing.T) {
	h := setup(t)
	h.register("other", one("a", ""), "")
	start := func(ref, strategy string) string {
		return `{"name":"s","taskReferenceName":"` + ref + `","type":"START_WORKFLOW","inputParameters":{"startWorkflow":{"name":"other","idempotencyKey":"k","idempotencyStrategy":"` + strategy + `"}}}`
	}
	h.register("wf", `[`+start("one", "FAIL")+`,`+start("two", "RETURN_EXISTING")+`,`+start("three", "FAIL_ON_RUNNING")+`]`, "")
	x := h.until(h.start("wf", `{}`), workflow.Failed)
	one, two, three := task(t, x, "one"), task(t, x, "two"), task(t, x, "three")
	if one.Status != workflow.TaskCompleted || two.OutputData.String() != one.OutputData.String() {
		t.Errorf("the first started %s, the second %s", one.OutputData, two.OutputData)
	}
	if three.Status != workflow.TaskFailed {
		t.Errorf("the third is %s", three.Status)
	}
	// The first one runs again after a crash, and finds what it started.
	req := &workflow.StartRequest{Name: "other", IdempotencyKey: "k", IdempotencyStrategy: "FAIL"}
	id, err := h.StartFrom(t.Context(), one, "", req)
	if got := `{"workflowId":"` + id + `"}`; err != nil || got != one.OutputData.String() {
		t.Errorf("again: %s, %v; want %s", got, err, one.OutputData)
	}
	if _, err := h.StartFrom(t.Context(), three, "", req); workflow.KindOf(err) != workflow.Conflict {
		t.Errorf("the third again: %v", err)
	}
}
