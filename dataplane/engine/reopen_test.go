package engine_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// reopenable is an engine on a folder; reopen closes it and opens it again.
func reopenable(t *testing.T, c engine.Config) (h *harness, reopen func()) {
	t.Helper()
	c.Dir = t.TempDir()
	open := func() *engine.Engine {
		e, err := engine.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	h = &harness{open(), t}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, func() {
		t.Helper()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		h.Engine = open()
	}
}

func TestAnExecutionGoesOnAfterReopening(t *testing.T) {
	h, reopen := reopenable(t, engine.Config{})
	h.register("child", one("c", ""), `,"outputParameters":{"v":"${c.output.v}"}`)
	h.register("wf", `[{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[
			[{"name":"a","taskReferenceName":"a","type":"SIMPLE"}],
			[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"}}],
			[{"name":"w","taskReferenceName":"w","type":"WAIT"}],
			[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"$.l.iteration < 2","loopOver":[{"name":"x","taskReferenceName":"x","type":"SIMPLE"}]}]]},
		{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["a","s","w","l"]}]`, `,"outputParameters":{"j":"${j.output.s.v}"}`)
	id := h.start("wf", `{}`)
	a := h.poll("a") // a worker has it while the server restarts
	h.work("x", `{"n":1}`)
	reopen()
	if tasks, err := h.Poll(t.Context(), engine.PollRequest{TaskType: "a", Count: 1}); err != nil || len(tasks) != 0 {
		t.Errorf("a task that a worker has was handed out again: %v, %v", tasks, err)
	}
	h.finish(a, workflow.TaskCompleted, `{}`)
	if x := h.work("x", `{"n":2}`); x.ReferenceTaskName != "x__2" {
		t.Errorf("task %s", x.ReferenceTaskName)
	}
	reopen()
	h.work("c", `{"v":7}`)
	reopen()
	if _, err := h.Signal(t.Context(), id, workflow.TaskCompleted, workflow.Payload(`{"go":1}`)); err != nil {
		t.Fatal(err)
	}
	h.wantOutput(h.until(id, workflow.Completed), `{"j":7}`)
	reopen()
	h.wantOutput(h.get(id), `{"j":7}`)
}

func TestWhatIsDueWhileClosedHappensAfterReopening(t *testing.T) {
	clock := &fakeClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), waits: map[*wait]bool{}}
	h, reopen := reopenable(t, engine.Config{Clock: clock})
	h.taskDef(`{"name":"a","responseTimeoutSeconds":10,"retryCount":1,"retryDelaySeconds":0}`)
	h.register("waits", `[{"name":"w","taskReferenceName":"w","type":"WAIT","inputParameters":{"duration":"60 s"}}]`, "")
	h.register("works", one("a", ""), "")
	h.register("expires", one("never", ""), `,"timeoutSeconds":30,"timeoutPolicy":"TIME_OUT_WF"`)
	waits, works, expires := h.start("waits", `{}`), h.start("works", `{}`), h.start("expires", `{}`)
	a := h.poll("a")
	reopen()
	clock.Advance(2 * time.Minute)
	reopen()
	h.until(waits, workflow.Completed)
	h.until(expires, workflow.TimedOut)
	if again := h.work("a", `{}`); again.RetryCount != 1 || again.TaskID == a.TaskID {
		t.Errorf("task %s #%d", again.TaskID, again.RetryCount)
	}
	h.until(works, workflow.Completed)
}

func TestAnHTTPCallInFlightIsMadeAgainAfterReopening(t *testing.T) {
	calls := make(chan *http.Request)
	block := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case calls <- r:
		case <-r.Context().Done():
			return
		}
		select {
		case <-block:
			fmt.Fprint(w, `{"done":true}`)
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	h, reopen := reopenable(t, engine.Config{})
	h.register("wf", fmt.Sprintf(`[{"name":"h","taskReferenceName":"h","type":"HTTP","inputParameters":{"http_request":{"uri":%q,"method":"GET","readTimeOut":60000}}}]`, server.URL),
		`,"outputParameters":{"done":"${h.output.response.body.done}"}`)
	id := h.start("wf", `{}`)
	<-calls
	reopen()
	<-calls
	close(block)
	h.wantOutput(h.until(id, workflow.Completed), `{"done":true}`)
}

func TestMoreOpenExecutionsThanAreKeptInMemory(t *testing.T) {
	h, reopen := reopenable(t, engine.Config{MaxOpenExecutions: 4})
	h.register("child", one("c", ""), "")
	h.register("wf", `[{"name":"a","taskReferenceName":"a","type":"SIMPLE"},
		{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"}},
		{"name":"w","taskReferenceName":"w","type":"WAIT"},
		{"name":"b","taskReferenceName":"b","type":"SIMPLE","inputParameters":{"n":"${workflow.input.n}"}}]`, `,"outputParameters":{"n":"${b.input.n}"}`)
	ids := make([]string, 50)
	for i := range ids {
		ids[i] = h.start("wf", fmt.Sprintf(`{"n":%d}`, i))
	}
	var held []*workflow.Task
	for range ids { // all of them are in progress at a time
		held = append(held, h.poll("a"))
	}
	for _, one := range held {
		h.finish(one, workflow.TaskCompleted, `{}`)
	}
	for range ids {
		h.work("c", `{}`)
	}
	reopen()
	for _, id := range ids {
		for {
			task, err := h.Signal(t.Context(), id, workflow.TaskCompleted, nil)
			if err != nil {
				t.Fatal(err)
			}
			if task != "" {
				break // the child's end had come to the parent
			}
		}
	}
	for range ids {
		h.work("b", `{}`)
	}
	for i, id := range ids {
		h.wantOutput(h.until(id, workflow.Completed), fmt.Sprintf(`{"n":%d}`, i))
	}
}

// TestALostWorkerIsNoticedAlthoughItsExecutionLeftTheMemory polls a task and lets others push its execution out of memory
// before anything else happens to it.
func TestALostWorkerIsNoticedAlthoughItsExecutionLeftTheMemory(t *testing.T) {
	clock := &fakeClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), waits: map[*wait]bool{}}
	h, _ := reopenable(t, engine.Config{MaxOpenExecutions: 1, Clock: clock})
	h.taskDef(`{"name":"a","responseTimeoutSeconds":10,"retryCount":1,"retryDelaySeconds":0}`)
	h.register("wf", one("a", ""), "")
	h.register("other", one("b", ""), "")
	others := []string{h.start("other", `{}`), h.start("other", `{}`)}
	for range 5 {
		id := h.start("wf", `{}`)
		h.poll("a")
		for _, other := range others {
			h.get(other)
		}
		if x := h.get(id); x.Tasks[0].Status != workflow.TaskInProgress {
			t.Fatalf("a task that a worker has is %s", x.Tasks[0].Status)
		}
		clock.Advance(10 * time.Second)
		again := h.poll("a")
		if again.WorkflowInstanceID != id || again.RetryCount != 1 {
			t.Fatalf("task of %s #%d", again.WorkflowInstanceID, again.RetryCount)
		}
		h.finish(again, workflow.TaskCompleted, `{}`)
		h.until(id, workflow.Completed)
	}
}
