package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func (h *harness) handler(name, event, more, actions string) {
	h.t.Helper()
	eh := &workflow.EventHandler{}
	if err := json.Unmarshal(fmt.Appendf(nil, `{"name":%q,"event":%q,"active":true,%s"actions":%s}`, name, event, more, actions), eh); err != nil {
		h.t.Fatal(err)
	}
	if err := h.PutEventHandler(h.t.Context(), eh, false); err != nil {
		h.t.Fatal(err)
	}
}

// handled waits until a handler has recorded n actions.
func (h *harness) handled(name string, n int) []*workflow.EventExecution {
	h.t.Helper()
	var got []*workflow.EventExecution
	eventually(h.t, fmt.Sprintf("%s handles %d", name, n), func() bool {
		var err error
		if got, err = h.EventExecutions(h.t.Context(), name); err != nil {
			h.t.Fatal(err)
		}
		return len(got) >= n
	})
	return got
}

// eventually waits until f holds.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	tick, deadline := time.NewTicker(time.Millisecond), time.NewTimer(time.Minute)
	defer tick.Stop()
	defer deadline.Stop()
	for !f() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("it did not come about: %s", what)
		}
	}
}

const emit = `{"name":"e","taskReferenceName":"e","type":"EVENT","sink":"conductor:go","inputParameters":{"n":"${workflow.input.n}"}}`

func TestAnEventStartsAWorkflow(t *testing.T) {
	h := setup(t)
	h.register("other", one("a", ""), "")
	h.handler("on", "conductor:wf:go", `"condition":"$.n > 1",`, `[{"action":"start_workflow","start_workflow":{
		"name":"other","correlationId":"${correlationId}","input":{"n":"${n}","from":"${workflowInstanceId}","v":"${workflowVersion}"}}}]`)
	h.register("wf", `[`+emit+`]`, "")
	h.until(h.start("wf", `{"n":1}`), workflow.Completed)
	if skipped := h.handled("on", 1); skipped[0].Status != workflow.EventSkipped {
		t.Errorf("record: %+v", skipped[0])
	}
	id := h.start("wf", `{"n":2}`)
	x := h.until(id, workflow.Completed)
	out, err := x.Tasks[0].OutputData.Object()
	if err != nil || out["event_produced"] != "conductor:wf:go" || out["workflowInstanceId"] != id || out["sink"] != "conductor:go" || out["asyncComplete"] != false {
		t.Errorf("output: %v, %v", out, err)
	}
	task := h.work("a", `{}`)
	started := h.until(task.WorkflowInstanceID, workflow.Completed)
	in, err := started.Input.Object()
	if err != nil || fmt.Sprint(in["n"], in["from"], in["v"], in["conductor.event.name"]) != fmt.Sprint(2, id, 1, "conductor:wf:go") || in["conductor.event.messageId"] != x.Tasks[0].TaskID {
		t.Errorf("input: %v, %v", in, err)
	}
	if started.Event != "conductor:wf:go" {
		t.Errorf("event: %q", started.Event)
	}
	records := h.handled("on", 2)
	if !slices.ContainsFunc(records, func(r *workflow.EventExecution) bool {
		return r.Status == workflow.EventCompleted && r.Output["workflowId"] == started.WorkflowID
	}) {
		t.Errorf("records: %+v %+v", records[0], records[1])
	}
	if page, err := h.Search(t.Context(), engine.Search{Query: "workflowType = other"}); err != nil || page.Total != 1 {
		t.Errorf("started: %v, %v", page, err)
	}
}

// The event comes before the task that it is to end: the flow goes on to that only when the event is published.
func TestAnEventEndsTasksAndChangesItsOwnWorkflow(t *testing.T) {
	h := setup(t)
	h.register("wf", `[`+emit+`,
		{"name":"w","taskReferenceName":"w","type":"WAIT"},
		{"name":"f","taskReferenceName":"f","type":"HUMAN","optional":true},
		{"name":"z","taskReferenceName":"z","type":"HUMAN"}]`, `,"variables":{"l":[1]}`)
	h.handler("first", "conductor:wf:go", "", `[{"action":"update_workflow_variables","update_workflow_variables":{"workflowId":"${workflowInstanceId}","variables":{"l":["${n}"],"m":2},"appendArray":true}}]`)
	h.handler("second", "conductor:wf:go", "", `[
		{"action":"complete_task","complete_task":{"workflowId":"${workflowInstanceId}","taskRefName":"w","output":{"n":"${n}"}}},
		{"action":"fail_task","fail_task":{"workflowId":"${workflowInstanceId}","taskRefName":"f","reasonForIncompletion":"no ${n}"}},
		{"action":"terminate_workflow","terminate_workflow":{"workflowId":"${workflowInstanceId}","terminationReason":"enough"}}]`)
	x := h.until(h.start("wf", `{"n":7}`), workflow.Terminated)
	if x.ReasonForIncompletion != "enough" {
		t.Errorf("reason: %q", x.ReasonForIncompletion)
	}
	if w := x.Tasks[1]; w.Status != workflow.TaskCompleted || !strings.Contains(w.OutputData.String(), `"n":7,"reasonForIncompletion":null,"taskId":null,"taskRefName":"w"`) {
		t.Errorf("wait: %s %s", w.Status, w.OutputData)
	}
	if f := x.Tasks[2]; f.Status != workflow.TaskCompletedWithErrors || !strings.Contains(f.ReasonForIncompletion, "no 7") {
		t.Errorf("human: %s %s", f.Status, f.ReasonForIncompletion)
	}
	h.handled("first", 1)
	if vars := h.get(x.WorkflowID).Variables.String(); vars != `{"l":[1,7],"m":2}` {
		t.Errorf("variables: %s", vars)
	}
	for _, r := range h.handled("second", 3) {
		if r.Status != workflow.EventCompleted {
			t.Errorf("%+v", r)
		}
	}
}

func TestAnActionThatCannotBeDoneIsRecorded(t *testing.T) {
	h := setup(t)
	h.register("wf", `[`+emit+`]`, "")
	h.handler("on", "conductor:wf:go", "", `[
		{"action":"start_workflow","start_workflow":{"name":"gone"}},
		{"action":"complete_task","complete_task":{"workflowId":"${nothing}","taskRefName":"x"}}]`)
	h.handler("throws", "conductor:wf:go", `"condition":"$.a.b.c",`, `[{"action":"start_workflow","start_workflow":{"name":"wf"}}]`)
	h.until(h.start("wf", `{}`), workflow.Completed)
	for i, r := range append(h.handled("on", 2), h.handled("throws", 1)...) {
		if r.Status != workflow.EventFailed || r.Reason == "" {
			t.Errorf("%d: %+v", i, r)
		}
	}
	// An event leaves its queue only after what it did is recorded.
	eventually(t, "the event leaves its queue", func() bool {
		queues, err := h.EventQueues(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return queues["conductor:wf:go"] == 0
	})
}

// An event that is published again, as after a crash in between, does nothing twice.
func TestAnEventThatComesAgainHasItsEffectOnce(t *testing.T) {
	h, reopen := reopenable(t, engine.Config{})
	h.register("wf", `[`+emit+`,{"name":"z","taskReferenceName":"z","type":"HUMAN"}]`, `,"variables":{"l":[]}`)
	h.handler("on", "conductor:wf:go", "", `[
		{"action":"update_workflow_variables","update_workflow_variables":{"workflowId":"${workflowInstanceId}","variables":{"l":["x"]},"appendArray":true}},
		{"action":"start_workflow","start_workflow":{"name":"other"}}]`)
	h.register("other", one("a", ""), "")
	id := h.start("wf", `{}`)
	h.handled("on", 2)
	message := h.get(id).Tasks[0].TaskID
	for range 3 { // the record of what the handler did is lost, so that only the effects know
		if err := h.Forget(t.Context(), "on", message); err != nil {
			t.Fatal(err)
		}
		if err := h.PublishAgain(t.Context(), message, "conductor:wf:go", h.get(id).Tasks[0].OutputData); err != nil {
			t.Fatal(err)
		}
		h.handled("on", 2)
		reopen()
	}
	if vars := h.get(id).Variables.String(); vars != `{"l":["x"]}` {
		t.Errorf("variables: %s", vars)
	}
	if page, err := h.Search(t.Context(), engine.Search{Query: "workflowType = other"}); err != nil || page.Total != 1 {
		t.Errorf("started: %v, %v", page, err)
	}
}

// What is published is handled even if the process ends before.
func TestAPublishedEventOutlivesTheProcess(t *testing.T) {
	h, reopen := reopenable(t, engine.Config{})
	h.register("other", one("a", ""), "")
	h.handler("on", "conductor:wf:go", "", `[{"action":"start_workflow","start_workflow":{"name":"other"}}]`)
	if err := h.StoreEvent(t.Context(), "0194a2f0-0000-7000-8000-000000000001", "conductor:wf:go", workflow.Payload(`{"n":1}`)); err != nil {
		t.Fatal(err)
	}
	reopen()
	h.work("a", `{}`)
	h.handled("on", 1)
}

func TestASinkThatIsNotServedFailsItsTask(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"e","taskReferenceName":"e","type":"EVENT","sink":"kafka:topic"}]`, "")
	x := h.until(h.start("wf", `{}`), workflow.Failed)
	if !strings.Contains(x.ReasonForIncompletion, "kafka") {
		t.Errorf("reason: %s", x.ReasonForIncompletion)
	}
}

func TestEventHandlersAreChecked(t *testing.T) {
	h := setup(t)
	for _, text := range []string{
		`{"event":"a:b","actions":[{"action":"start_workflow","start_workflow":{"name":"x"}}]}`,
		`{"name":"n","event":"ab","actions":[{"action":"start_workflow","start_workflow":{"name":"x"}}]}`,
		`{"name":"n","event":"a:b"}`,
		`{"name":"n","event":"a:b","actions":[{"action":"dance"}]}`,
		`{"name":"n","event":"a:b","actions":[{"action":"complete_task","complete_task":{"workflowId":"x"}}]}`,
		`{"name":"n","event":"a:b","condition":"$.(","actions":[{"action":"start_workflow","start_workflow":{"name":"x"}}]}`,
	} {
		eh := &workflow.EventHandler{}
		if err := json.Unmarshal([]byte(text), eh); err != nil {
			t.Fatal(err)
		}
		if err := h.PutEventHandler(t.Context(), eh, false); workflow.KindOf(err) != workflow.Invalid {
			t.Errorf("%s: %v", text, err)
		}
	}
}
