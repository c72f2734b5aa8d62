package engine_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// fakeClock stands still until it is moved.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	waits map[*wait]bool
}

type wait struct {
	at time.Time
	c  chan time.Time
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Until(t time.Time) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &wait{t, make(chan time.Time, 1)}
	if !t.After(c.now) {
		w.c <- c.now
		return w.c, func() {}
	}
	c.waits[w] = true
	return w.c, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waits, w)
	}
}

// Advance moves the clock and wakes who waited for it.
func (c *fakeClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for w := range c.waits {
		if !w.at.After(c.now) {
			w.c <- c.now
			delete(c.waits, w)
		}
	}
}

func setupClock(t *testing.T) (*harness, *fakeClock) {
	t.Helper()
	clock := &fakeClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), waits: map[*wait]bool{}}
	e, err := engine.Open(t.Context(), engine.Config{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return &harness{e, t}, clock
}

func TestAnHTTPTaskGivesUpByTheTimeThatItNames(t *testing.T) {
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(hanging.Close)
	h := setup(t)
	h.register("wf", `[{"name":"slow","taskReferenceName":"slow","type":"HTTP","optional":true,"inputParameters":{"http_request":{"uri":"`+hanging.URL+`","method":"GET","readTimeOut":20}}}]`, "")
	x := h.until(h.start("wf", `{}`), workflow.Completed)
	if slow := task(t, x, "slow"); slow.Status != workflow.TaskCompletedWithErrors || !strings.Contains(slow.ReasonForIncompletion, "no answer within 20ms (readTimeOut)") {
		t.Errorf("%s: %s", slow.Status, slow.ReasonForIncompletion)
	}
}

func TestAWaitOfSixMonths(t *testing.T) {
	h, clock := setupClock(t)
	h.register("wf", `[{"name":"w","taskReferenceName":"w","type":"WAIT","inputParameters":{"duration":"180 days"}}]`, "")
	id := h.start("wf", `{}`)
	clock.Advance(180*24*time.Hour - time.Millisecond)
	if x := h.get(id); x.Status != workflow.Running {
		t.Fatalf("it ended before its time: %s", x.Status)
	}
	clock.Advance(time.Millisecond)
	h.until(id, workflow.Completed)
}

func TestTimeouts(t *testing.T) {
	for _, c := range []struct {
		name, def, more string
		before          func(h *harness)
		after           time.Duration
		status          workflow.Status
		task            workflow.TaskStatus
		reason          string
	}{
		{"response", `"responseTimeoutSeconds":10,"retryCount":0`, "", func(h *harness) { h.poll("a") }, 10 * time.Second, workflow.TimedOut, workflow.TaskTimedOut, "responseTimeout"},
		{"task, by default the workflow with it", `"timeoutSeconds":10,"responseTimeoutSeconds":5,"retryCount":3`, "", func(h *harness) {
			h.finish(h.poll("a"), workflow.TaskInProgress, `{}`) // it waits for a worker again: no answer is due
		}, 10 * time.Second, workflow.TimedOut, workflow.TaskTimedOut, "timed out after 10 seconds"},
		{"poll", `"pollTimeoutSeconds":7`, "", func(*harness) {}, 7 * time.Second, workflow.TimedOut, workflow.TaskTimedOut, "poll timed out"},
		{"total", `"totalTimeoutSeconds":20`, "", func(*harness) {}, 20 * time.Second, workflow.TimedOut, workflow.TaskTimedOut, "total time"},
		{"workflow", `"retryCount":0`, `,"timeoutSeconds":30,"timeoutPolicy":"TIME_OUT_WF"`, func(*harness) {}, 30 * time.Second, workflow.TimedOut, workflow.TaskCanceled, "Workflow timed out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, clock := setupClock(t)
			h.taskDef(`{"name":"a",` + c.def + `}`)
			h.register("wf", one("a", ""), c.more)
			id := h.start("wf", `{}`)
			c.before(h)
			clock.Advance(c.after - time.Millisecond)
			if x := h.get(id); x.Status != workflow.Running {
				t.Fatalf("it ended before its time: %s %s", x.Status, x.ReasonForIncompletion)
			}
			clock.Advance(time.Millisecond)
			x := h.until(id, c.status)
			if x.Tasks[0].Status != c.task || !strings.Contains(x.ReasonForIncompletion, c.reason) {
				t.Errorf("reason %q, tasks: %s", x.ReasonForIncompletion, describe(x))
			}
		})
	}
}

// report extends the lease of a task.
func (h *harness) report(t *workflow.Task) {
	h.t.Helper()
	_, err := h.Update(h.t.Context(), &workflow.TaskResult{TaskID: t.TaskID, WorkflowInstanceID: t.WorkflowInstanceID, ExtendLease: true})
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestResponseTimeoutRetriesAndALeaseHoldsItOff(t *testing.T) {
	h, clock := setupClock(t)
	h.taskDef(`{"name":"a","responseTimeoutSeconds":10,"retryCount":1,"retryDelaySeconds":5}`)
	h.register("wf", one("a", ""), "")
	id := h.start("wf", `{}`)
	a := h.poll("a")
	clock.Advance(9 * time.Second)
	h.report(a)
	clock.Advance(9 * time.Second)
	if x := h.get(id); x.Tasks[0].Status != workflow.TaskInProgress {
		t.Fatalf("the lease was not extended: %s", describe(x))
	}
	clock.Advance(time.Second)
	for len(h.get(id).Tasks) < 2 {
		<-h.Watch(t.Context(), id)
	}
	if none, _ := h.Poll(t.Context(), engine.PollRequest{TaskType: "a"}); len(none) != 0 {
		t.Error("the attempt came before its delay")
	}
	clock.Advance(5 * time.Second)
	h.work("a", `{}`)
	h.until(id, workflow.Completed)
}

func TestBackoff(t *testing.T) {
	for logic, want := range map[string][]time.Duration{
		"FIXED":               {10 * time.Second, 10 * time.Second, 10 * time.Second},
		"LINEAR_BACKOFF":      {20 * time.Second, 40 * time.Second, 45 * time.Second},
		"EXPONENTIAL_BACKOFF": {10 * time.Second, 20 * time.Second, 40 * time.Second},
	} {
		t.Run(logic, func(t *testing.T) {
			h, clock := setupClock(t)
			h.taskDef(`{"name":"a","retryCount":3,"retryDelaySeconds":10,"backoffScaleFactor":2,"maxRetryDelaySeconds":45,"retryLogic":"` + logic + `"}`)
			h.register("wf", one("a", ""), "")
			h.start("wf", `{}`)
			for i, d := range want {
				h.finish(h.poll("a"), workflow.TaskFailed, ``)
				clock.Advance(d - time.Millisecond)
				if none, _ := h.Poll(t.Context(), engine.PollRequest{TaskType: "a"}); len(none) != 0 {
					t.Fatalf("attempt %d came before its delay of %s", i+1, d)
				}
				clock.Advance(time.Millisecond)
			}
			h.work("a", `{}`)
		})
	}
}

func TestPriorityOrdersAndDomainsSeparate(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", `,"inputParameters":{"n":"${workflow.input.n}"}`), "")
	for _, r := range []*workflow.StartRequest{
		{Name: "wf", Input: workflow.Payload(`{"n":"low"}`)},
		{Name: "wf", Input: workflow.Payload(`{"n":"high"}`), Priority: 9},
		{Name: "wf", Input: workflow.Payload(`{"n":"apart"}`), Priority: 99, TaskToDomain: map[string]string{"a": "d1"}},
	} {
		if _, err := h.Start(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"high", "low"} {
		if got := h.poll("a"); got.InputData.String() != `{"n":"`+want+`"}` {
			t.Errorf("got %s, want %s", got.InputData, want)
		}
	}
	apart, err := h.Poll(t.Context(), engine.PollRequest{TaskType: "a", Domain: "d1", Wait: time.Second})
	if err != nil || len(apart) != 1 || apart[0].InputData.String() != `{"n":"apart"}` || apart[0].Domain != "d1" {
		t.Errorf("in the domain: %+v, %v", apart, err)
	}
}

func TestHTTP(t *testing.T) {
	fails := 1
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/flaky" && fails > 0 {
			fails--
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("X-Test", r.Header.Get("X-In"))
		w.WriteHeader(http.StatusCreated)
		w.Write([]byte(`{"big":9007199254740993,"method":"` + r.Method + `"}`))
	}))
	defer server.Close()
	h := setup(t)
	h.taskDef(`{"name":"flaky","retryCount":1,"retryDelaySeconds":0}`)
	h.register("wf", `[{"name":"plain","taskReferenceName":"plain","type":"HTTP","inputParameters":{"http_request":{"uri":"`+server.URL+`/x","method":"POST","headers":{"X-In":"yes"},"readTimeOut":"30000","body":{"a":1}}}},
		{"name":"flaky","taskReferenceName":"flaky","type":"HTTP","inputParameters":{"uri":"`+server.URL+`/flaky","method":"GET"}}]`,
		`,"outputParameters":{"code":"${plain.output.response.statusCode}","big":"${plain.output.response.body.big}","header":"${plain.output.response.headers.X-Test[0]}","method":"${flaky.output.response.body.method}"}`)
	x := h.until(h.start("wf", `{}`), workflow.Completed)
	if got := x.Output.String(); got != `{"big":9007199254740993,"code":201,"header":"yes","method":"GET"}` {
		t.Errorf("output: %s; tasks: %s", got, describe(x))
	}
	var first *workflow.Task
	for _, one := range x.Tasks {
		if one.ReferenceTaskName == "flaky" && first == nil {
			first = one
		}
	}
	if first.Status != workflow.TaskFailed || !strings.Contains(first.ReasonForIncompletion, "503") || !strings.Contains(first.OutputData.String(), "not now") {
		t.Errorf("first attempt: %+v", first)
	}
}
