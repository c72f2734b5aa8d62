package rest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
)

const onGo = `{"name":"on","event":"conductor:wf:go","active":true,"actions":[{"action":"complete_task","complete_task":{"workflowId":"${workflowInstanceId}","taskRefName":"w"}}]}`

func TestEventHandlers(t *testing.T) {
	s := newServer(t, options{})
	s.want(s.put("/api/event", onGo), 404)
	s.void(s.post("/api/event", onGo))
	s.want(s.post("/api/event", onGo), 409)
	s.void(s.put("/api/event", strings.Replace(onGo, `"active":true`, `"active":false`, 1)))
	if a := s.ok(s.get("/api/event/conductor:wf:go")); a.body != "[]\n" {
		t.Errorf("active ones: %s", a.body)
	}
	if a := s.ok(s.get("/api/event/conductor:wf:go?activeOnly=false")); !strings.Contains(a.body, `"name":"on"`) {
		t.Errorf("all: %s", a.body)
	}
	s.want(s.post("/api/event", `{"name":"x","event":"nocolon","actions":[]}`), 400)
	s.void(s.put("/api/event", onGo))
	s.void(s.post("/api/metadata/workflow", `{"name":"wf","tasks":[{"name":"e","taskReferenceName":"e","type":"EVENT","sink":"conductor:go"},{"name":"w","taskReferenceName":"w","type":"WAIT"}]}`))
	id := s.id(s.post("/api/workflow", `{"name":"wf"}`))
	s.until(id, "COMPLETED")
	s.eventually("the handler records", func() bool {
		return strings.Contains(s.ok(s.get("/api/event/execution")).body, `"numberOfMessages":1`) && s.ok(s.get("/api/admin/queues?verbose=true")).body == `{"conductor:wf:go":{"wf:go":0}}`+"\n"
	})
	if a := s.ok(s.get("/api/event/execution/on")); !strings.Contains(a.body, `"status":"COMPLETED","action":"complete_task"`) {
		t.Errorf("executions: %s", a.body)
	}
	s.void(s.delete("/api/event/on"))
	s.want(s.delete("/api/event/on"), 404)

	// from outside
	s.void(s.post("/api/event", `{"name":"in","event":"hook:orders","active":true,"tags":[{"key":"k","value":"v"}],"actions":[{"action":"start_workflow","start_workflow":{"name":"nothing"}}]}`))
	if a := s.ok(s.get("/api/event/handler/in")); !strings.Contains(a.body, `"tags":[{"key":"k","type":"METADATA","value":"v"}]`) {
		t.Errorf("with tags: %s", a.body)
	}
	s.void(s.put("/api/event", `{"name":"in","event":"hook:orders","active":true,"actions":[]}`))
	if a := s.ok(s.get("/api/event/handler/in/")); !strings.Contains(a.body, `"actions":[],`) || !strings.Contains(a.body, `"tags":[{`) {
		t.Errorf("without actions: %s", a.body)
	}
	s.void(s.put("/api/event", `{"name":"in","event":"hook:orders","active":true,"actions":[{"action":"start_workflow","start_workflow":{"name":"wf"}}]}`))
	s.want(s.post("/api/event/handleIncomingEvent", `{"from":"a shop"}`), 400)
	s.void(s.post("/api/event/handleIncomingEvent", `{"event":"hook:nobody"}`))
	s.void(s.post("/api/event/handleIncomingEvent", `{"event":"hook:orders","order":7}`))
	if a := s.ok(s.get("/api/event/message/hook:orders")); !strings.Contains(a.body, `"fullPayload":{"event":"hook:orders","order":7},"eventExecutions":[{`) || !strings.Contains(a.body, `"status":"COMPLETED"`) {
		t.Errorf("messages: %s", a.body)
	}
	if a := s.ok(s.get("/api/event/message?from=0")); !strings.Contains(a.body, `"event":"hook:orders","active":true,"numberOfActions":1,"numberOfMessages":1`) {
		t.Errorf("handlers with what they handled: %s", a.body)
	}
	s.void(s.delete("/api/event/in"))
	if a := s.ok(s.get("/api/event")); a.body != "[]\n" {
		t.Errorf("left: %s", a.body)
	}
}

// eventually waits until f holds.
func (s *server) eventually(what string, f func() bool) {
	s.t.Helper()
	tick, deadline := time.NewTicker(time.Millisecond), time.NewTimer(time.Minute)
	defer tick.Stop()
	defer deadline.Stop()
	for !f() {
		select {
		case <-tick.C:
		case <-deadline.C:
			s.t.Fatalf("it did not come about: %s", what)
		}
	}
}

func TestStatusQueues(t *testing.T) {
	s := newServer(t, options{})
	s.void(s.post("/api/metadata/workflow", `{"name":"wf","tasks":[{"name":"v","taskReferenceName":"v","type":"WAIT"},{"name":"w","taskReferenceName":"w","type":"WAIT"}]}`))
	id := s.id(s.post("/api/workflow", `{"name":"wf"}`))
	s.want(s.post("/api/queue/update/"+id+"/v/CANCELED", `{}`), 400)
	s.want(s.post("/api/queue/update/none/v/COMPLETED", `{}`), 404)
	s.void(s.post("/api/queue/update/"+id+"/v/COMPLETED", `{"a":1}`))
	x := s.execution(id)
	if got := x.Tasks[0].OutputData.String(); got != `{"a":1}` || len(x.Tasks) != 2 {
		t.Fatalf("output: %s", got)
	}
	s.void(s.post("/api/queue/update/"+id+"/task/"+x.Tasks[1].TaskID+"/FAILED", `{"b":2}`))
	s.until(id, "FAILED")
	if a := s.ok(s.get("/api/queue/")); !strings.Contains(a.body, `"COMPLETED":"`) {
		t.Errorf("queues: %s", a.body)
	}
	if a := s.ok(s.get("/api/queue/size")); !strings.Contains(a.body, `:0`) {
		t.Errorf("sizes: %s", a.body)
	}
}

func TestAdmin(t *testing.T) {
	s := newServer(t, options{})
	s.void(s.post("/api/metadata/workflow", `{"name":"wf","tasks":[{"name":"a","taskReferenceName":"a","type":"SIMPLE"}]}`))
	ids := []string{s.id(s.post("/api/workflow", `{"name":"wf"}`)), s.id(s.post("/api/workflow", `{"name":"wf"}`))}
	s.ok(s.get("/api/tasks/poll/a"))
	for path, want := range map[string]int{"": 2, "?start=1": 1, "?count=1": 1, "?start=5": 0} {
		if a := s.ok(s.get("/api/admin/task/a" + path)); strings.Count(a.body, `"taskId"`) != want {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	if a := s.ok(s.post("/api/admin/sweep/requeue/"+ids[0], "")); a.body != "false."+ids[0] {
		t.Errorf("sweep: %s", a.body)
	}
	if a := s.ok(s.post("/api/admin/consistency/verifyAndRepair/"+ids[0], "")); a.body != "false" {
		t.Errorf("verify: %s", a.body)
	}
	s.want(s.post("/api/admin/sweep/requeue/none", ""), 404)
	if s.json(s.get("/api/admin/config"))["version"] != "1.2.3" {
		t.Error("no version in the configuration")
	}
}

func TestGoSDKEventHandlers(t *testing.T) {
	withSDK(t, func(t *testing.T, s *sdk) {
		events, ctx := client.NewEventHandlerClient(s.api), t.Context()
		handler := model.EventHandler{
			Name: "on", Event: "conductor:wf:go", Active: true,
			Actions: []model.Action{{Action: "start_workflow", StartWorkflow: &model.StartWorkflow{Name: "wf", Input: map[string]any{"n": "${n}"}}}},
		}
		_, err := events.AddEventHandler(ctx, handler)
		s.must(err)
		_, err = events.AddEventHandler(ctx, handler)
		s.status(err, 409)
		handler.Condition = "$.n > 1"
		_, err = events.UpdateEventHandler(ctx, handler)
		s.must(err)
		all, _, err := events.GetEventHandlers(ctx)
		s.must(err)
		some, _, err := events.GetEventHandlersForEvent(ctx, "conductor:wf:go", nil)
		s.must(err)
		if len(all) != 1 || len(some) != 1 || some[0].Condition != "$.n > 1" || some[0].Actions[0].StartWorkflow.Name != "wf" {
			t.Errorf("handlers: %+v %+v", all, some)
		}
		_, err = events.RemoveEventHandler(ctx, "on")
		s.must(err)
	})
}

func TestMessages(t *testing.T) {
	s := newServer(t, options{})
	s.void(s.post("/api/metadata/workflow", `{"name":"wf","tasks":[{"name":"p","taskReferenceName":"p","type":"PULL_WORKFLOW_MESSAGES"}]}`))
	id := s.id(s.post("/api/workflow", `{"name":"wf"}`))
	message := s.id(s.post("/api/workflow/"+id+"/messages", `{"a":1}`))
	x := s.until(id, "COMPLETED")
	if out := x.Tasks[0].OutputData.String(); !strings.Contains(out, message) || !strings.Contains(out, `"payload":{"a":1}`) {
		t.Errorf("output: %s", out)
	}
	s.want(s.post("/api/workflow/"+id+"/messages", `{}`), 409)
	s.want(s.post("/api/workflow/none/messages", `{}`), 404)
	s.want(s.post("/api/workflow/"+id+"/messages", `[1]`), 400)
}
