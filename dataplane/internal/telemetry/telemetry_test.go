package telemetry

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/runner"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// ended is the step that ends an execution with its only task.
func ended() runner.Step {
	return runner.Step{
		Header: &decide.Header{ID: "x", Name: "w", Version: 1, Status: workflow.Completed, CreateTime: 1000, EndTime: 3000},
		Ended:  true, Tasks: 1,
		Ends: []runner.TaskEnd{{ID: "t", Type: "work", Ref: "work", Status: workflow.TaskCompleted, Scheduled: 1000, Start: 2000, End: 3000}},
	}
}

func scraped(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

// What is told for every task and request makes nothing once its series is known.
func TestObserver_CostsNoAllocation(t *testing.T) {
	m := NewMetrics()
	o := NewObserver(m, nil)
	step, count := ended(), m.Requests("GET", "/api/tasks/poll/:type")
	for name, f := range map[string]func(){
		"step":    func() { o.Stepped(step) },
		"commit":  func() { o.Committed(runner.Group{Steps: 3, Lazy: 1, Took: time.Millisecond}) },
		"poll":    func() { o.Polled("work", "", 1) },
		"pick":    func() { o.Picked("work", time.Millisecond) },
		"trace":   func() { o.Trace("", "x") },
		"request": func() { count(200, time.Millisecond) },
	} {
		f()
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkObserver(b *testing.B) {
	m := NewMetrics()
	o, step, count := NewObserver(m, nil), ended(), m.Requests("POST", "/api/tasks")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) { // what a workflow of one task costs
		for pb.Next() {
			o.Trace("", "x")
			o.Polled("work", "", 1)
			o.Picked("work", time.Millisecond)
			o.Stepped(step)
			o.Committed(runner.Group{Steps: 1, Lazy: 1, Took: time.Millisecond})
			count(200, time.Millisecond)
			count(200, time.Millisecond)
			count(200, time.Millisecond)
		}
	})
}

func TestMetrics_TimesAreSeconds(t *testing.T) {
	m := NewMetrics()
	NewObserver(m, nil).Stepped(ended())
	text := scraped(t, m)
	for _, want := range []string{
		`workflow_execution_seconds_sum{ownerApp="unknown",workflowName="w"} 2`,
		`task_execution_seconds_sum{includeRetries="false",status="COMPLETED",taskType="work"} 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("not exported: %s", want)
		}
	}
}

func TestMetrics_CountTimeoutsAndFailedGroups(t *testing.T) {
	m := NewMetrics()
	o := NewObserver(m, nil)
	step := ended()
	step.Ends[0].Status, step.Header.Status = workflow.TaskTimedOut, workflow.TimedOut
	o.Stepped(step)
	o.Committed(runner.Group{Stale: 2, Failed: 1, Took: time.Millisecond})
	m.Requests("GET", "/x/:id")(500, time.Millisecond)
	text := scraped(t, m)
	for _, want := range []string{
		`task_timeout_total{taskType="work"} 1`, "podium_steps_failed_total 1", "podium_steps_stale_total 2", "podium_commit_group_size_count 0",
		`workflow_failure_total{ownerApp="unknown",status="TIMED_OUT",workflowName="w"} 1`,
		`workflow_server_error_total{methodName="GET /x/{id}"} 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("not exported: %s", want)
		}
	}
}

func TestSeries_AreBounded(t *testing.T) {
	m := NewMetrics()
	for i := range maxSeries + 10 {
		m.polled(fmt.Sprint("type-", i), "", 0)
	}
	text := scraped(t, m)
	if n := strings.Count(text, "task_poll_total{"); n != maxSeries+1 {
		t.Errorf("%d series", n)
	}
	if !strings.Contains(text, `task_poll_total{taskType="other"} 10`) {
		t.Error("what is over the bound is not counted together")
	}
}
