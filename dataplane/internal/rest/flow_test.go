package rest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestDefinitions_OfWorkflows(t *testing.T) {
	s := newServer(t, options{})
	one := `{"name":"w","version":1,"ownerEmail":"a@example.test","tasks":[` + simple + `]}`
	s.void(s.post("/api/metadata/workflow", one))
	s.failure(s.post("/api/metadata/workflow", one), 409, "w")
	s.void(s.post("/api/metadata/workflow?overwrite=true", one))
	s.void(s.post("/api/metadata/workflow/validate", one))

	out := s.json(s.put("/api/metadata/workflow", `[`+strings.Replace(one, `"version":1`, `"version":2`, 1)+`,`+strings.Replace(one, `"w"`, `"v"`, 1)+`]`))
	if got := fmt.Sprint(out["bulkSuccessfulResults"], out["bulkErrorResults"]); got != "[w v] map[]" {
		t.Errorf("put answers %v", out)
	}
	if got := s.json(s.get("/api/metadata/workflow/w"))["version"]; got != 2.0 {
		t.Errorf("latest is %v", got)
	}
	if got := s.json(s.get("/api/metadata/workflow/w?version=1"))["version"]; got != 1.0 {
		t.Errorf("asked for 1, got %v", got)
	}
	s.failure(s.get("/api/metadata/workflow/w?version=7"), 404)
	s.failure(s.get("/api/metadata/workflow/nobody"), 404, "nobody")
	for path, want := range map[string]string{
		"/api/metadata/workflow/names":              `["v","w"]`,
		"/api/metadata/workflow/names-and-versions": `{"v":[1],"w":[1,2]}`,
		"/api/metadata/workflow/w/versions":         `[1,2]`,
		"/api/metadata/workflow/nobody/versions":    `[]`,
		"/api/metadata/workflow/latest-versions":    `[1,2]`,
		"/api/metadata/workflow":                    `[1,1,2]`,
	} {
		if got := versionsOf(decode[any](t, s.ok(s.get(path)))); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	s.void(s.post("/api/metadata/workflow", `{"name":"a","version":9,"metadata":{"agentDef":{}},"tasks":[`+simple+`]}`))
	s.void(s.post("/api/metadata/workflow", `{"name":"own","version":8,"metadata":{"classifier":"mine","agentDef":{}},"tasks":[`+simple+`]}`))
	for classifier, want := range map[string]string{"workflow": `[1,1,2]`, "agent": `[9]`, "mine": `[8]`, "other": `[]`} {
		if got := versionsOf(decode[any](t, s.ok(s.get("/api/metadata/workflow?classifier="+classifier)))); got != want {
			t.Errorf("%s: got %s, want %s", classifier, got, want)
		}
	}
	s.void(s.delete("/api/metadata/workflow/w/2"))
	s.failure(s.delete("/api/metadata/workflow/w/2"), 404)
	if got := s.json(s.get("/api/metadata/workflow/w"))["version"]; got != 1.0 {
		t.Errorf("latest is %v", got)
	}
}

// versionsOf replaces every object with a version by the version.
func versionsOf(v any) string {
	var walk func(any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			if version, ok := v["version"]; ok {
				return version
			}
			for k := range v {
				v[k] = walk(v[k])
			}
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		}
		return v
	}
	b, _ := json.Marshal(walk(v))
	return string(b)
}

func TestDefinitions_OfTasks(t *testing.T) {
	s := newServer(t, options{})
	if a := s.ok(s.get("/api/metadata/taskdefs")); strings.TrimSpace(a.body) != "[]" {
		t.Errorf("got %s", a.body)
	}
	s.void(s.post("/api/metadata/taskdefs", `[{"name":"a","ownerEmail":"a@example.test","retryCount":7},{"name":"b","ownerEmail":"a@example.test"}]`))
	s.void(s.post("/api/metadata/taskdefs", `{"name":"c","ownerEmail":"a@example.test"}`)) // one, not in a list
	s.void(s.put("/api/metadata/taskdefs", `{"name":"a","ownerEmail":"a@example.test","retryCount":2}`))
	s.failure(s.put("/api/metadata/taskdefs", `{"name":"nobody","ownerEmail":"a@example.test"}`), 404, "nobody")
	s.failure(s.post("/api/metadata/taskdefs", `[]`), 400)
	s.failure(s.put("/api/metadata/workflow", `[null]`), 400)
	s.failure(s.post("/api/metadata/taskdefs", `[null]`), 400)
	if got := s.json(s.get("/api/metadata/taskdefs/a"))["retryCount"]; got != 2.0 {
		t.Errorf("retryCount is %v", got)
	}
	if n := len(decode[[]workflow.TaskDef](t, s.ok(s.get("/api/metadata/taskdefs")))); n != 3 {
		t.Errorf("%d definitions", n)
	}
	s.void(s.delete("/api/metadata/taskdefs/b"))
	s.failure(s.delete("/api/metadata/taskdefs/b"), 404)
	s.failure(s.get("/api/metadata/taskdefs/b"), 404, "b")
}

func TestExecution_FromStartToEnd(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	id := s.id(s.post("/api/workflow", `{"name":"w","version":1,"correlationId":"c1","input":{"n":12345678901234567890,"s":"<&>"}}`))
	task := s.poll("work")
	if task.WorkflowInstanceID != id || task.InputData.String() != `{"n":12345678901234567890}` || task.PollCount != 1 {
		t.Errorf("got task %+v", task)
	}
	s.finish(task)
	x := s.until(id, workflow.Completed)
	if x.Input.String() != `{"n":12345678901234567890,"s":"<&>"}` || x.CorrelationID != "c1" || len(x.Tasks) != 1 || x.Tasks[0].OutputData.String() != `{"done":true}` {
		t.Errorf("got %+v", x)
	}
	s.finish(task) // repeated: answered politely

	if got := decode[workflow.Task](t, s.ok(s.get("/api/tasks/"+task.TaskID))).Status; got != workflow.TaskCompleted {
		t.Errorf("task is %s", got)
	}
	if x := decode[workflow.Execution](t, s.ok(s.get("/api/workflow/"+id+"?includeTasks=false"))); len(x.Tasks) != 0 {
		t.Errorf("%d tasks", len(x.Tasks))
	}
	state := s.json(s.get("/api/workflow/" + id + "/status"))
	if fmt.Sprint(state) != fmt.Sprintf("map[correlationId:c1 status:COMPLETED workflowId:%s]", id) {
		t.Errorf("status is %v", state)
	}
	state = s.json(s.get("/api/workflow/" + id + "/status?includeOutput=true&includeVariables=true"))
	if state["output"] == nil || state["variables"] == nil {
		t.Errorf("status is %v", state)
	}
	for _, path := range []string{"/api/workflow/nobody", "/api/workflow/nobody/status", "/api/workflow/nobody/tasks", "/api/tasks/nobody"} {
		s.failure(s.get(path), 404, "nobody")
	}
	s.failure(s.post("/api/workflow", `{"name":"nobody"}`), 404, "nobody")
	s.failure(s.post("/api/tasks", `{"taskId":"nobody","workflowInstanceId":"nobody","status":"COMPLETED"}`), 404, "nobody")
	s.failure(s.post("/api/tasks", `{"status":"COMPLETED"}`), 400, "taskId")
}

func TestStart_EveryWay(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	s.void(s.post("/api/metadata/workflow", `{"name":"w","version":2,"ownerEmail":"a@example.test","tasks":[`+simple+`]}`))
	for call, want := range map[string]struct {
		body    string
		version int
		input   string
	}{
		"/api/workflow":     {`{"name":"w"}`, 2, "{}"},
		"/api/workflow?x=1": {`{"name":"w","version":1,"input":{"a":1}}`, 1, `{"a":1}`},
		"/api/workflow/w":   {"", 2, "{}"},
		"/api/workflow/w?version=1&correlationId=c":   {`{"a":1}`, 1, `{"a":1}`},
		"/api/workflow/w?priority=7":                  {"null", 2, "{}"},
		"/api/workflow/start/w/1?correlationId=c&x=1": {`{"a":1}`, 1, `{"a":1}`},
		"/api/workflow/start/w/0":                     {`{}`, 2, `{}`},
	} {
		x := s.execution(s.id(s.post(call, want.body)))
		if x.WorkflowVersion != want.version || x.Input.String() != want.input {
			t.Errorf("%s: version %d, input %s", call, x.WorkflowVersion, x.Input)
		}
		if strings.Contains(call, "correlationId=c") && x.CorrelationID != "c" || strings.Contains(call, "priority=7") && x.Priority != 7 {
			t.Errorf("%s: correlation %q, priority %d", call, x.CorrelationID, x.Priority)
		}
	}
	inline := s.execution(s.id(s.post("/api/workflow", `{"name":"once","workflowDef":{"name":"once","ownerEmail":"a@example.test","tasks":[`+simple+`]}}`)))
	if inline.WorkflowName != "once" {
		t.Errorf("got %+v", inline)
	}
}

func TestPoll_Empty(t *testing.T) {
	s := newServer(t, options{})
	s.nothing(s.get("/api/tasks/poll/nobody?workerid=w"))
	for _, query := range []string{"", "?count=5&timeout=1", "?count=0", "?domain=d&workerid=w&timeout=0", "?count=&timeout="} {
		a := s.ok(s.get("/api/tasks/poll/batch/nobody" + query))
		if strings.TrimSpace(a.body) != "[]" || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: got %q of type %q", query, a.body, a.header.Get("Content-Type"))
		}
	}
}

func TestPoll_AnswersAsSoonAsATaskIsThere(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	type polled struct {
		answer
		after time.Duration
	}
	got := make(chan polled, 1)
	go func() {
		began := time.Now()
		a := s.get("/api/tasks/poll/batch/work?count=10&timeout=5000")
		got <- polled{a, time.Since(began)}
	}()
	for parked := false; !parked; {
		for _, q := range s.engine.Queues() {
			parked = parked || q.TaskType == "work" && q.Pollers == 1
		}
	}
	s.start("w", "")
	p := <-got
	if n := len(decode[[]workflow.Task](t, s.ok(p.answer))); n != 1 || p.after > 4*time.Second {
		t.Errorf("%d tasks after %v", n, p.after)
	}
}

func TestPoll_HandsOutNoMoreThanAsked(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	for range 5 {
		s.start("w", "")
	}
	if n := len(decode[[]workflow.Task](t, s.ok(s.get("/api/tasks/poll/batch/work?count=3")))); n != 3 {
		t.Errorf("%d tasks", n)
	}
	if got := decode[workflow.Task](t, s.ok(s.get("/api/tasks/poll/work"))); got.Status != workflow.TaskInProgress {
		t.Errorf("got %+v", got)
	}
	if n := len(decode[[]workflow.Task](t, s.ok(s.get("/api/tasks/poll/batch/work?count=99999")))); n != 1 {
		t.Errorf("%d tasks", n)
	}
}

func TestUpdateV2_AnswersWithTheNextTask(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	s.start("w", "")
	s.start("w", "")
	first := s.poll("work")
	s.nothing(s.post("/api/tasks/update-v2", result(first, "IN_PROGRESS", `{}`))) // has not ended
	first = s.poll("work")
	lease := strings.Replace(result(first, "IN_PROGRESS", `{"ignored":1}`), "{", `{"extendLease":true,`, 1)
	s.nothing(s.post("/api/tasks/update-v2", lease))
	next := decode[workflow.Task](t, s.ok(s.post("/api/tasks/update-v2", result(first, "COMPLETED", `{}`))))
	if next.TaskType != "work" || next.WorkerID != "w1" || next.WorkflowInstanceID == first.WorkflowInstanceID {
		t.Errorf("got %+v", next)
	}
	s.nothing(s.post("/api/tasks/update-v2", result(next, "COMPLETED", `{}`)))
	s.failure(s.post("/api/tasks/update-v2", `{"workflowInstanceId":"nobody","taskId":"nobody","status":"COMPLETED"}`), 404)
	s.failure(s.post("/api/tasks", `{"status":"COMPLETED"}`), 400, "Workflow Id cannot be null or empty", "Task ID cannot be null or empty")
}

func TestUpdateByReference(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+waiting+","+simple+"]")
	id := s.start("w", "")
	taskID := s.execution(id).Tasks[0].TaskID
	if got := s.id(s.post("/api/tasks/"+id+"/hold/IN_PROGRESS?workerid=me", `{"a":1}`)); got != taskID {
		t.Errorf("got %s, want %s", got, taskID)
	}
	s.id(s.post("/api/tasks/"+id+"/hold/COMPLETED", `{"b":2}`))
	out := s.execution(id).Tasks[0].OutputData
	var merged map[string]int
	if err := out.Decode(&merged); err != nil || merged["a"] != 1 || merged["b"] != 2 {
		t.Errorf("output is %s", out)
	}
	s.void(s.post("/api/tasks/"+id+"/hold/COMPLETED", `{}`)) // nothing is pending: 200 and empty
	s.failure(s.post("/api/tasks/"+id+"/hold/COMPLETED/sync", `{}`), 404, "hold")
	x := decode[workflow.Execution](t, s.ok(s.post("/api/tasks/"+id+"/work/COMPLETED/sync", "")))
	if x.Status != workflow.Completed || len(x.Tasks) != 2 {
		t.Errorf("got %s with %d tasks", x.Status, len(x.Tasks))
	}
}

func TestSignal(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+waiting+","+strings.ReplaceAll(waiting, "hold", "again")+","+simple+"]")
	id := s.start("w", "")
	s.void(s.post("/api/tasks/"+id+"/COMPLETED/signal", `{"a":1}`))
	if got := s.execution(id).Tasks[0]; got.Status != workflow.TaskCompleted || got.OutputData.String() != `{"a":1}` {
		t.Errorf("task %s, output %s", got.Status, got.OutputData)
	}
	run := s.json(s.post("/api/tasks/"+id+"/COMPLETED/signal/sync?timeoutMillis=50", `{}`))
	if run["targetWorkflowId"] != id || run["signalTimeout"] != true || run["status"] != "RUNNING" {
		t.Errorf("got %v", run)
	}
	s.void(s.post("/api/tasks/"+id+"/COMPLETED/signal", `{}`)) // nothing waits
	s.failure(s.post("/api/tasks/"+id+"/COMPLETED/signal/sync", `{}`), 404, id)
	s.failure(s.post("/api/tasks/nobody/COMPLETED/signal", `{}`), 404, "nobody")
}

func TestExecute_AndItsReturnStrategies(t *testing.T) {
	s := newServer(t, options{})
	s.register("sum", "["+inline+"]")
	run := s.json(s.post("/api/workflow/execute/sum/1?requestId=r1", `{"input":{"a":1}}`))
	if run["status"] != "COMPLETED" || run["requestId"] != "r1" || run["responseType"] != "TARGET_WORKFLOW" || run["signalTimeout"] != false ||
		fmt.Sprint(run["input"]) != "map[a:1]" || len(run["tasks"].([]any)) != 1 || run["workflowId"] != run["targetWorkflowId"] {
		t.Errorf("got %v", run)
	}
	s.register("inner", "["+waiting+"]")
	s.register("outer", `[{"name":"sub","taskReferenceName":"sub","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"inner","version":1}}]`)
	for strategy, want := range map[string]string{
		"TARGET_WORKFLOW": "outer", "BLOCKING_WORKFLOW": "inner", "BLOCKING_TASK": "hold", "BLOCKING_TASK_INPUT": "hold",
	} {
		run := s.json(s.post("/api/workflow/execute/outer/0?returnStrategy="+strategy, `{}`))
		if run["responseType"] != strategy || run["targetWorkflowStatus"] != "RUNNING" {
			t.Errorf("%s: got %v", strategy, run)
		}
		got := run["referenceTaskName"]
		if got == nil {
			got = s.execution(run["workflowId"].(string)).WorkflowName
		}
		if got != want {
			t.Errorf("%s: got %v, want %s", strategy, got, want)
		}
	}
	s.void(s.post("/api/workflow/execute/sum/1?returnStrategy=BLOCKING_TASK", `{}`)) // nothing blocks
	s.register("slow", "["+simple+"]")
	if run := s.json(s.post("/api/workflow/execute/slow/1?waitForSeconds=1", `{}`)); run["signalTimeout"] != true || run["status"] != "RUNNING" {
		t.Errorf("got %v", run)
	}
	s.register("two", "["+strings.ReplaceAll(inline, "calc", "first")+","+simple+"]")
	if run := s.json(s.post("/api/workflow/execute/two/1?waitUntilTaskRef=x,first", `{}`)); run["signalTimeout"] != false || run["status"] != "RUNNING" {
		t.Errorf("got %v", run)
	}
	s.failure(s.post("/api/workflow/execute/nobody/1", `{}`), 404, "nobody")
}

func TestOperations(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+","+second+"]")
	id := s.start("w", `{"n":1}`)
	at := "/api/workflow/" + id
	s.void(s.put(at+"/pause", ""))
	s.void(s.put(at+"/pause", "")) // again: no-op
	if got := s.execution(id).Status; got != workflow.Paused {
		t.Errorf("is %s", got)
	}
	s.void(s.put(at+"/resume", ""))
	s.failure(s.put(at+"/resume", ""), 409)
	s.void(s.put("/api/workflow/decide/"+id, ""))
	s.nothing(s.post(at+"/resetcallbacks", ""))
	s.void(s.put(at+"/skiptask/more", `{"taskOutput":{"skipped":true}}`))
	s.failure(s.post(at+"/restart", ""), 409)

	s.id(s.post("/api/tasks", result(s.poll("work"), "FAILED_WITH_TERMINAL_ERROR", `{}`)))
	s.until(id, workflow.Failed)
	s.nothing(s.post(at+"/retry?resumeSubworkflowTasks=true", ""))
	s.finish(s.poll("work"))
	x := s.until(id, workflow.Completed)
	for _, task := range x.Tasks {
		if task.ReferenceTaskName == "more" && (task.Status != workflow.TaskSkipped || task.OutputData.String() != `{"skipped":true}`) {
			t.Errorf("the skipped task is %s with %s", task.Status, task.OutputData)
		}
	}
	s.failure(s.delete(at), 409)
	s.nothing(s.post(at+"/restart?useLatestDefinitions=true", ""))
	s.finish(s.poll("work"))
	s.finish(s.poll("more"))
	x = s.until(id, workflow.Completed)
	if got := s.id(s.post(at+"/rerun", fmt.Sprintf(`{"reRunFromTaskId":%q,"taskInput":{"again":true}}`, x.Tasks[1].TaskID))); got != id {
		t.Errorf("rerun answers %s", got)
	}
	if task := s.poll("more"); task.InputData.String() != `{"again":true}` {
		t.Errorf("input is %s", task.InputData)
	}
	if got := s.ok(s.post(at+"/variables", `{"v":1}`)); decode[workflow.Execution](t, got).Variables.String() != `{"v":1}` {
		t.Errorf("got %s", got.body)
	}
	s.failure(s.delete(at+"/remove"), 400, "RUNNING")
	s.void(s.delete(at + "?reason=enough"))
	s.void(s.delete(at)) // terminated already: no-op
	if x := s.execution(id); x.Status != workflow.Terminated || x.ReasonForIncompletion != "enough" {
		t.Errorf("is %s: %s", x.Status, x.ReasonForIncompletion)
	}
	s.void(s.delete(at + "/remove"))
	s.failure(s.get(at), 404, id)

	running := s.start("w", "")
	s.void(s.delete("/api/workflow/" + running + "/remove?archiveWorkflow=false"))
	running = s.start("w", "")
	s.void(s.delete("/api/workflow/" + running + "/terminate-remove"))
	for _, call := range []string{
		"PUT /nobody/pause", "PUT /nobody/resume", "PUT /decide/nobody", "PUT /nobody/skiptask/x", "POST /nobody/rerun",
		"POST /nobody/restart", "POST /nobody/retry", "POST /nobody/resetcallbacks", "POST /nobody/variables", "DELETE /nobody", "DELETE /nobody/remove",
		"DELETE /nobody/terminate-remove",
	} {
		method, path, _ := strings.Cut(call, " ")
		s.failure(s.send(method, "/api/workflow"+path, "{}"), 404, "nobody")
	}
}

func TestSkip_TakesItsOptionsFromWhereClientsPutThem(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+","+second+"]")
	for query, want := range map[string]string{
		"/more?skipTaskRequest=" + url.QueryEscape(`{"taskOutput":{"a":1}}`):     `{"a":1}`,
		"/more?skipTaskRequest=" + url.QueryEscape(`{map[] map[a:1]}`):           `{}`, // what the Go SDK sends
		"/%7BtaskReferenceName%7D?taskReferenceName=more&skipTaskRequest=%7B%7D": `{}`,
	} {
		id := s.start("w", "")
		s.void(s.put("/api/workflow/"+id+"/skiptask"+query, ""))
		s.finish(s.poll("work"))
		x := s.until(id, workflow.Completed)
		if got := x.Tasks[1]; got.Status != workflow.TaskSkipped || got.OutputData.String() != want {
			t.Errorf("%s: %s with %s", query, got.Status, got.OutputData)
		}
	}
	id := s.start("w", "")
	s.failure(s.put("/api/workflow/"+id+"/skiptask/more?skipTaskRequest="+url.QueryEscape(`{"taskOutput":[1]}`), ""), 400, "skipTaskRequest")
}

func TestUpdateState(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+waiting+"]")
	id := s.start("w", "")
	at := "/api/workflow/" + id + "/state?requestId=r"
	for _, body := range []string{`{"taskResult":{"status":"COMPLETED"},"variables":{"v":1}}`, `{"taskReferenceName":"hold","taskResult":{"status":"DONE"},"variables":{"v":1}}`} {
		s.failure(s.post(at, body), 400)
	}
	s.failure(s.post(at, `{"taskReferenceName":"nobody","taskResult":{"status":"COMPLETED"},"variables":{"v":1}}`), 404, "nobody")
	if got := s.execution(id).Variables.String(); got != "{}" {
		t.Errorf("a refused call has set variables %s", got)
	}
	run := s.json(s.post(at, `{"taskReferenceName":"hold","taskResult":{"status":"COMPLETED","outputData":{"a":1}},"variables":{"v":1}}`))
	if run["status"] != "COMPLETED" || run["requestId"] != "r" || fmt.Sprint(run["variables"]) != "map[v:1]" {
		t.Errorf("got %v", run)
	}
}

func TestBulk(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	a, b := s.start("w", ""), s.start("w", "")
	ids := fmt.Sprintf(`[%q,%q,"nobody"]`, a, b)
	for _, call := range []struct {
		method, path string
		status       workflow.Status
	}{
		{"PUT", "/pause", workflow.Paused},
		{"PUT", "/resume", workflow.Running},
		{"POST", "/terminate?reason=r", workflow.Terminated},
		{"POST", "/restart", workflow.Running},
		{"POST", "/terminate", workflow.Terminated},
		{"POST", "/retry", workflow.Running},
		{"POST", "/search?includeTasks=false", workflow.Running},
		{"DELETE", "/remove", workflow.Running},
		{"DELETE", "/terminate-remove", ""},
	} {
		out := s.json(s.send(call.method, "/api/workflow/bulk"+call.path, ids))
		failed, succeeded := out["bulkErrorResults"].(map[string]any), out["bulkSuccessfulResults"].([]any)
		wantFailed := 1
		if call.path == "/remove" { // they still run
			wantFailed = 3
		}
		if len(failed) != wantFailed || len(succeeded) != 3-wantFailed || !strings.Contains(fmt.Sprint(failed["nobody"]), "nobody") {
			t.Errorf("%s: %v", call.path, out)
		}
		if call.status == "" {
			s.failure(s.get("/api/workflow/"+a), 404)
		} else if got := s.execution(a).Status; got != call.status {
			t.Errorf("after %s: %s", call.path, got)
		}
	}
	s.failure(s.put("/api/workflow/bulk/pause", `[]`), 400, "1000")
	s.failure(s.put("/api/workflow/bulk/pause", `["a"`+strings.Repeat(`,"a"`, 1000)+`]`), 400, "1001")
}

func TestReads_OfManyExecutions(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	s.register("v", "["+simple+"]")
	one := s.id(s.post("/api/workflow", `{"name":"w","correlationId":"c1"}`))
	two := s.id(s.post("/api/workflow", `{"name":"v","correlationId":"c2"}`))
	s.void(s.delete("/api/workflow/" + two))

	ids := func(v []workflow.Execution) (out []string) {
		for _, x := range v {
			out = append(out, x.WorkflowID)
		}
		return out
	}
	for _, a := range []answer{
		s.post("/api/workflow/w/correlated", `["c1","c2"]`), s.get("/api/workflow/w/correlated?correlationId=c1&correlationId=c2"),
		s.send("GET", "/api/workflow/w/correlated", `["c1","c2"]`),
	} {
		got := decode[map[string][]workflow.Execution](t, s.ok(a))
		if !slices.Equal(ids(got["c1"]), []string{one}) || got["c2"] == nil || len(got["c2"]) != 0 {
			t.Errorf("got %v for c1 and %v for c2", ids(got["c1"]), ids(got["c2"]))
		}
	}
	batch := func(query string) map[string][]workflow.Execution {
		return decode[map[string][]workflow.Execution](t, s.ok(s.post("/api/workflow/correlated/batch"+query, `{"workflowNames":["w","v"],"correlationIds":["c1","c2"]}`)))
	}
	if got := batch(""); len(got["c1"]) != 1 || len(got["c2"]) != 0 {
		t.Errorf("open ones: got %v for c1 and %v for c2", ids(got["c1"]), ids(got["c2"]))
	}
	if got := batch("?includeClosed=true&includeTasks=true"); !slices.Equal(ids(got["c2"]), []string{two}) || len(got["c2"][0].Tasks) != 1 {
		t.Errorf("all: got %v for c2", ids(got["c2"]))
	}
	if got := decode[[]workflow.Execution](t, s.ok(s.get("/api/workflow/v/correlated/c2"))); got == nil || len(got) != 0 {
		t.Errorf("got %v", ids(got))
	}
	if got := decode[[]string](t, s.ok(s.get("/api/workflow/running/w"))); !slices.Equal(got, []string{one}) {
		t.Errorf("running: %v", got)
	}
	if got := decode[[]string](t, s.ok(s.get("/api/workflow/running/w?version=2"))); len(got) != 0 {
		t.Errorf("running in version 2: %v", got)
	}
	now := time.Now().UnixMilli()
	if got := decode[[]string](t, s.ok(s.get(fmt.Sprintf("/api/workflow/running/v?startTime=%d&endTime=%d", now-60000, now+60000)))); !slices.Equal(got, []string{two}) {
		t.Errorf("in the window: %v", got)
	}
	for _, at := range []string{"/api/workflow", "/api/tasks"} {
		for _, path := range []string{"/externalstoragelocation", "/external-storage-location"} {
			s.failure(s.get(at+path+"?path=p&operation=READ&payloadType=TASK_INPUT"), 501)
		}
	}
}

func TestTasksOfAnExecution(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+strings.ReplaceAll(inline, "calc", "a")+","+strings.ReplaceAll(inline, "calc", "b")+","+simple+"]")
	id := s.start("w", "")
	for query, want := range map[string]string{
		"":                                     "3 [a b work]",
		"?start=1&count=1":                     "3 [b]",
		"?status=completed":                    "2 [a b]",
		"?status=SCHEDULED&status=IN_PROGRESS": "1 [work]",
		"?start=9":                             "3 []",
	} {
		page := s.json(s.get("/api/workflow/" + id + "/tasks" + query))
		refs := []string{}
		for _, r := range page["results"].([]any) {
			refs = append(refs, r.(map[string]any)["referenceTaskName"].(string))
		}
		if got := fmt.Sprint(page["totalHits"], refs); got != want || fmt.Sprint(page["summary"]) != "map[COMPLETED:2 SCHEDULED:1]" {
			t.Errorf("%s: got %s, want %s; summary %v", query, got, want, page["summary"])
		}
	}
}

func TestSearch(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	id := s.start("w", `{"n":1}`)
	s.id(s.post("/api/tasks", result(s.poll("work"), "FAILED_WITH_TERMINAL_ERROR", `{"why":"x"}`)))
	s.until(id, workflow.Failed)

	page := s.json(s.get("/api/workflow/search?query=" + url.QueryEscape("workflowType = 'w' AND status IN (FAILED)") + "&freeText=*&sort=startTime:DESC&start=0&size=10"))
	row := page["results"].([]any)[0].(map[string]any)
	if page["totalHits"] != 1.0 || row["workflowId"] != id || row["input"] != `{"n":1}` || row["failedReferenceTaskNames"] != "work" ||
		row["parentWorkflowId"] != "" || row["status"] != "FAILED" {
		t.Errorf("got %v", page)
	}
	for _, name := range []string{"startTime", "updateTime", "endTime"} {
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", fmt.Sprint(row[name])); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range []string{
		"/workflow/search", "/workflow/search-v2", "/workflow/search-by-tasks", "/workflow/search-by-tasks-v2", "/tasks/search", "/tasks/search-v2",
	} {
		if a := s.ok(s.get("/api" + path + "?size=0")); a.body != `{"totalHits":1,"results":[]}`+"\n" {
			t.Errorf("%s without results: %s", path, a.body)
		}
	}
	task := s.json(s.get("/api/tasks/search?query=" + url.QueryEscape("workflowId = '"+id+"'")))["results"].([]any)[0].(map[string]any)
	if task["workflowId"] != id || task["output"] != `{"why":"x"}` || task["taskDefName"] != "work" {
		t.Errorf("got %v", task)
	}
	if _, err := time.Parse("2006-01-02T15:04:05.000Z", fmt.Sprint(task["scheduledTime"])); err != nil {
		t.Error(err)
	}
	for path, field := range map[string]string{
		"/api/workflow/search-v2": "workflowId", "/api/tasks/search-v2": "workflowInstanceId",
		"/api/workflow/search-by-tasks": "workflowId", "/api/workflow/search-by-tasks-v2": "workflowId",
		"/api/workflow/search?topLevelOnly=true": "workflowId",
	} {
		rows := s.json(s.get(path))["results"].([]any)
		if len(rows) != 1 || rows[0].(map[string]any)[field] != id {
			t.Errorf("%s: got %v", path, rows)
		}
	}
}

func TestSearch_ByClassifier(t *testing.T) {
	s := newServer(t, options{})
	want := map[string]string{}
	for name, metadata := range map[string]string{"workflow": `{}`, "agent": `{"agentDef":{}}`, "mine": `{"classifier":"mine"}`} {
		s.void(s.post("/api/metadata/workflow", `{"name":"`+name+`","version":1,"metadata":`+metadata+`,"tasks":[`+simple+`]}`))
		want[name] = s.id(s.post("/api/workflow/"+name, "{}"))
	}
	for name, id := range want {
		for _, path := range []string{
			"/api/workflow/search?classifier=" + name, "/api/workflow/search?query=" + url.QueryEscape("classifier = '"+name+"'"),
			"/api/workflow/search-by-tasks?query=" + url.QueryEscape("workflowId = '"+id+"'"),
		} {
			rows := s.json(s.get(path))["results"].([]any)
			if len(rows) != 1 || rows[0].(map[string]any)["workflowId"] != id || rows[0].(map[string]any)["classifier"] != name {
				t.Errorf("%s: got %v", path, rows)
			}
		}
	}
	first := s.json(s.get("/api/workflow/search?size=1&sort=classifier:DESC"))["results"].([]any)[0].(map[string]any)
	if first["classifier"] != "workflow" {
		t.Errorf("the last classifier is %v", first["classifier"])
	}
	if found := s.json(s.get("/api/workflow/search?classifier=other")); found["totalHits"] != 0.0 {
		t.Errorf("of another one: %v", found)
	}
}

func TestLogs(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	s.start("w", "")
	at := "/api/tasks/" + s.poll("work").TaskID + "/log"
	s.nothing(s.get(at))
	for _, body := range []string{`plain text`, `"quoted \"text\""`, `"half quoted`, `{"an":"object"}`} {
		s.void(s.send("POST", at, body, "Content-Type: application/json"))
	}
	var lines []string
	for _, l := range decode[[]workflow.TaskLog](t, s.ok(s.get(at))) {
		lines = append(lines, l.Log)
		if l.CreatedTime == 0 {
			t.Errorf("no time: %+v", l)
		}
	}
	if want := []string{`plain text`, `quoted "text"`, `"half quoted`, `{"an":"object"}`}; !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
}

func TestQueueViews(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	s.start("w", "")
	s.start("w", "")
	s.id(s.post("/api/workflow", `{"name":"w","taskToDomain":{"work":"north"}}`))
	s.get("/api/tasks/poll/work?workerid=w1&domain=north")
	s.poll("work")
	for path, want := range map[string]string{
		"/sizes":                             "map[work:1]",
		"/sizes?taskType=work&taskType=none": "map[none:0 work:1]",
		"/size?taskType=work":                "1",
		"/size?taskType=work&domain=north":   "0",
		"/all":                               "map[north:work:0 work:1]",
		"/all/verbose":                       "map[north:work:map[a:map[size:0 uacked:1]] work:map[a:map[size:1 uacked:1]]]",
	} {
		if got := fmt.Sprint(decode[any](t, s.ok(s.get("/api/tasks/queue"+path)))); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	for _, path := range []string{"/polldata?taskType=work", "/polldata/all"} {
		polls := decode[[]workflow.PollData](t, s.ok(s.get("/api/tasks/queue"+path)))
		if len(polls) != 2 || polls[0].WorkerID != "w1" || polls[0].LastPollTime == 0 {
			t.Errorf("%s: got %+v", path, polls)
		}
	}
	if got := s.id(s.post("/api/tasks/queue/requeue/work", "")); got != "0" {
		t.Errorf("requeued %s", got)
	}
	over := s.json(s.get("/podium/v1/overview"))
	if fmt.Sprint(over["counts"]) != "map[RUNNING:3]" || len(over["queues"].([]any)) != 2 || len(over["pollData"].([]any)) != 2 {
		t.Errorf("overview is %v", over)
	}
}

func TestDryRun(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+","+second+"]")
	a := s.ok(s.post("/api/workflow/test", `{"name":"w","version":1,"input":{"n":1},"taskRefToMockOutput":{"work":[{"status":"FAILED"},{"status":"COMPLETED","output":{"a":1}}]}}`))
	x := decode[workflow.Execution](t, a)
	if x.Status != workflow.Completed || len(x.Tasks) != 3 || x.Tasks[1].OutputData.String() != `{"a":1}` {
		t.Errorf("got %s of %d tasks", x.Status, len(x.Tasks))
	}
	s.failure(s.get("/api/workflow/"+x.WorkflowID), 404)
	s.failure(s.post("/api/workflow/test", `{"name":"nobody"}`), 404, "nobody")
	s.failure(s.post("/api/workflow/test", `{"name":"w","taskRefToMockOutput":{"work":[{"output":1}]}}`), 400, "JSON object")
}

func TestInvalidDefinitions_NameEveryField(t *testing.T) {
	s := newServer(t, options{})
	bad := `{"name":"","tasks":[{"name":"a","taskReferenceName":"a"},{"name":"b","taskReferenceName":"a"},{"name":"c","taskReferenceName":"c","type":"SWITCH"}]}`
	for _, path := range []string{"/api/metadata/workflow", "/api/metadata/workflow/validate"} {
		body := s.failure(s.post(path, bad), 400, "tasks[1].taskReferenceName", "tasks[2]", `"path":"name"`)
		for _, v := range body["validationErrors"].([]any) {
			if v.(map[string]any)["message"] == "" {
				t.Errorf("no message in %v", v)
			}
		}
	}
	s.failure(s.put("/api/metadata/workflow", `[{"name":"good","tasks":[`+simple+`]},{"name":"bad","tasks":[]}]`), 400, "[1].tasks", "WorkflowTask list cannot be empty")
	s.failure(s.get("/api/metadata/workflow/good"), 404, "version: null") // all or none
	s.failure(s.put("/api/metadata/workflow", `[]`), 400, "WorkflowDefList is empty")
	s.failure(s.put("/api/metadata/workflow", `[null]`), 400, "[0]")
	s.failure(s.post("/api/metadata/taskdefs", `[]`), 400, "TaskDefList is empty")
	s.failure(s.post("/api/metadata/taskdefs", `[{"name":"a","retryCount":-1}]`), 400, "retryCount")
	s.failure(s.post("/api/workflow", `{"name":"w","priority":100}`), 400, "priority")
	s.failure(s.post("/api/workflow", `{"input":{}}`), 400, "name")
}
