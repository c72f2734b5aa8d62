package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestScenariosCompleteOnTheNullServer(t *testing.T) {
	server := httptest.NewServer(newNullServer())
	defer server.Close()
	for _, o := range []Options{
		{Scenario: "simple", Workflows: 200, Concurrency: 20},
		{Scenario: "system", Workflows: 50},
		{Scenario: "loop", Workflows: 5, Iterations: 10, Keep: 2},
		{Scenario: "sync", Workflows: 50, Concurrency: 2},
		{Scenario: "fanout", Workflows: 10, Width: 100, Concurrency: 3},
		{Scenario: "backlog", Workflows: 100},
	} {
		t.Run(o.Scenario, func(t *testing.T) {
			r := mustRun(t, server.URL, o)
			if err := r.Err(); err != nil {
				t.Fatal(err)
			}
			if r.Statuses[completed] != o.Workflows || r.WorkflowsPerSec == 0 || r.Start == nil {
				t.Errorf("%+v", r)
			}
		})
	}
	t.Run("poll", func(t *testing.T) {
		r := mustRun(t, server.URL, Options{Scenario: "poll", Concurrency: 5, Duration: 1500 * time.Millisecond})
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		// Each of the five waits a second for its first poll and is in its second when the time is over.
		if got := r.PollsPerSec * r.Seconds; got < 4.5 || got > 5.5 {
			t.Errorf("%.1f polls ended, want 5", got)
		}
	})
}

// A measurement is worth nothing if it does not notice a server that loses, repeats or mixes up work.
func TestRunNoticesWrongServers(t *testing.T) {
	for name, c := range map[string]struct {
		call string
		wrap func(http.ResponseWriter, *http.Request, http.Handler)
		want string
	}{
		"workflows that do not end": {"GET /api/workflow/", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Write([]byte(`{"status":"FAILED"}`))
		}, "0 of 5 workflows are COMPLETED"},
		"refused updates": {"POST /api/tasks", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			http.Error(w, "no", http.StatusTeapot)
		}, "418"},
		"a task handed out twice": {"GET /api/tasks/poll/", twice, "more than its 3 tasks"},
		"input that is not resolved": {"GET /api/tasks/poll/", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Write([]byte(`[{"taskId":"t","workflowInstanceId":"w","inputData":{"flight":99}}]`))
		}, "input flight 99"},
		"more tasks than asked for": {"GET /api/tasks/poll/", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Write([]byte(`[` + strings.TrimSuffix(strings.Repeat(`{"taskId":"t"},`, 30), ",") + `]`))
		}, "answered with 30"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			null := newNullServer()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.Method+" "+r.URL.Path, c.call) {
					c.wrap(w, r, null)
					return
				}
				null.ServeHTTP(w, r)
			}))
			defer server.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			r, err := Run(ctx, newConductor(server.URL+"/api"), Options{Workflows: 5, Concurrency: 5, Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			if r.Err() == nil || !strings.Contains(r.Err().Error(), c.want) {
				t.Errorf("Err() = %v, want one that tells of %q", r.Err(), c.want)
			}
		})
	}
}

// twice answers a poll with its tasks and, when there is room, the first of them once more.
func twice(w http.ResponseWriter, r *http.Request, null http.Handler) {
	record := httptest.NewRecorder()
	null.ServeHTTP(record, r)
	var tasks []polled
	if err := json.Unmarshal(record.Body.Bytes(), &tasks); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if len(tasks) > 0 && r.URL.Query().Get("count") != "1" {
		tasks = append(tasks, tasks[0])
	}
	json.NewEncoder(w).Encode(tasks)
}

func TestRunRefusesOptions(t *testing.T) {
	for want, o := range map[string]Options{
		"scenario": {Scenario: "nonsense"}, "n:": {Workflows: -1}, "width:": {Width: -2}, "duration": {Duration: -1},
	} {
		if _, err := Run(t.Context(), newConductor("http://127.0.0.1:1"), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run(%+v) = %v, want an error that names %s", o, err, want)
		}
	}
}

func TestPercentiles(t *testing.T) {
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(200-i)*time.Millisecond)
	}
	if got, want := *percentilesOf(times), (Percentiles{P50: 100, P95: 190, P99: 198, Max: 200}); got != want {
		t.Errorf("percentilesOf(1..200 ms) = %+v, want %+v", got, want)
	}
	if got, want := *percentilesOf(times[:1]), (Percentiles{P50: 200, P95: 200, P99: 200, Max: 200}); got != want {
		t.Errorf("percentilesOf(200 ms) = %+v, want %+v", got, want)
	}
	if got := percentilesOf(nil); got != nil {
		t.Errorf("percentilesOf(none) = %+v, want nil", got)
	}
}

func TestReportNamesMachineAndScenarios(t *testing.T) {
	var out bytes.Buffer
	figures := measured{Result: Result{Scenario: "simple", Seconds: 2, WorkflowsPerSec: 500, Latency: &Percentiles{P50: 1, P95: 2, P99: 3}}, cpu: time.Second}
	null := figures
	null.WorkflowsPerSec = 1000
	r := report{
		machine: machine{cpu: "A", cores: 2}, footprint: Footprint{StartMs: []float64{10, 20, 30}, MedianStart: 20, IdleMiB: 40},
		rows: []row{{options: Options{Scenario: "simple", Workflows: 1000, Concurrency: 50}, null: null, edge: figures}},
	}
	if err := r.write(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"A, 2 cores", "| `simple -n 1000 -c 50` | workflows | 1000 | 500 | 50 % | 1.0 | 2.0 | 3.0 | 1.000 |", "20 ms (30 ms)", "40.0 MiB",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, &out)
		}
	}
}

func mustRun(t *testing.T, origin string, o Options) Result {
	t.Helper()
	c := newConductor(origin + "/api")
	defer c.close()
	r, err := Run(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
