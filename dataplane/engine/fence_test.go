package engine_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// fenced is an engine on a copy that has a timer, a schedule, an event handler and an HTTP task to carry out.
func fenced(t *testing.T) (h *harness, clock *fakeClock, called *atomic.Int64, id string) {
	t.Helper()
	called = &atomic.Int64{}
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	t.Cleanup(web.Close)
	clock = &fakeClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), waits: map[*wait]bool{}}
	c := engine.Config{Clock: clock, Dir: t.TempDir()}
	open := func() *harness {
		e, err := engine.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return &harness{e, t}
	}
	h = open()
	h.register("wf", `[{"name":"w","taskReferenceName":"w","type":"WAIT","inputParameters":{"duration":"10 s"}},
		{"name":"c","taskReferenceName":"c","type":"HTTP","inputParameters":{"http_request":{"uri":"`+web.URL+`","method":"GET"}}}]`, "")
	h.register("own", "["+emit+"]", "")
	h.schedule(hourly(""))
	h.handler("on", "conductor:own:go", "", `[{"action":"start_workflow","start_workflow":{"name":"wf"}}]`)
	id = h.start("wf", "{}")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := embedded.Open(c.Dir, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	doc, err := engine.FenceDoc(workflow.Fence{ID: "f1", ClusterID: "clu_1"})
	if err == nil {
		err = s.PutDocs(t.Context(), doc)
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	h = open()
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, clock, called, id
}

func TestAFence_HoldsBackWhatACopyWouldDoAgain(t *testing.T) {
	h, clock, called, id := fenced(t)
	if f := h.Fence(); f == nil || f.ID != "f1" || f.ClusterID != "clu_1" {
		t.Fatalf("fence: %+v", f)
	}
	clock.Advance(2 * time.Hour)
	h.start("own", "{}") // calls are carried out; what follows outside is not
	// The engine's own work has gone past what was due when this execution has ended.
	h.register("in", `[{"name":"s","taskReferenceName":"s","type":"SET_VARIABLE","inputParameters":{"a":1}}]`, "")
	h.until(h.start("in", "{}"), workflow.Completed)
	if e := h.get(id); e.Status != workflow.Running || e.Tasks[0].Status != workflow.TaskInProgress {
		t.Errorf("the timer has fired: %s", e.Tasks[0].Status)
	}
	if n := len(h.executions("scheduleName = s").Results); n > 0 || called.Load() > 0 {
		t.Errorf("the schedule ran %d times, %d calls were made", n, called.Load())
	}
	if on, err := h.EventExecutions(t.Context(), "on"); err != nil || len(on) > 0 {
		t.Errorf("events were handled: %v, %v", on, err)
	}
	for range 2 {
		if err := h.LiftFence(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if h.Fence() != nil {
		t.Error("there is still a fence")
	}
	eventually(t, "the timer fires and the call is made", func() bool { clock.Advance(time.Second); return h.get(id).Status == workflow.Completed })
	h.handled("on", 1)
	h.runs(clock, time.Minute, "s", 1)
	if called.Load() == 0 {
		t.Error("no call was made")
	}
}
