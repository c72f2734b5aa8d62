package httpapi_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// reader reads the events of a stream.
type reader struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (p *person) stream(t *testing.T, path string) *reader {
	t.Helper()
	res, err := http.DefaultClient.Do(p.request(t, "GET", path, ""))
	must(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("the stream is %d %s", res.StatusCode, kind)
	}
	return &reader{t: t, lines: bufio.NewScanner(res.Body)}
}

// next returns the name and the data of the next event; "" when the stream has ended.
func (r *reader) next() (name string, data map[string]any) {
	r.t.Helper()
	for r.lines.Scan() {
		line := r.lines.Text()
		if after, found := strings.CutPrefix(line, "event: "); found {
			name = after
		}
		if after, found := strings.CutPrefix(line, "data: "); found {
			must(r.t, json.Unmarshal([]byte(after), &data))
			return name, data
		}
	}
	return "", nil
}

// until reads on to an event that fits.
func (r *reader) until(name string, fits func(data map[string]any) bool) map[string]any {
	r.t.Helper()
	for {
		got, data := r.next()
		if got == "" {
			r.t.Fatalf("the stream ended before the %s event that was awaited", name)
		}
		if got == name && fits(data) {
			return data
		}
	}
}

func anything(map[string]any) bool { return true }

// finish completes the only task of an operation's execution and ends the operation.
func (s *site) finish(t *testing.T, r operation.Record) {
	t.Helper()
	tasks, err := s.engine.Poll(t.Context(), engine.PollRequest{TaskType: "make", WorkerID: "w", Wait: time.Minute})
	must(t, err)
	_, err = s.engine.Update(t.Context(), &workflow.TaskResult{
		WorkflowInstanceID: r.ID, TaskID: tasks[0].TaskID, Status: workflow.TaskCompleted,
	})
	must(t, err)
	r.State, r.EndedAt = operation.Succeeded, time.Now()
	must(t, s.store.EndOperation(t.Context(), r, audit.Entry{Organization: r.OrganizationID}))
	s.hub.Wake(notify.Operation(r.ID), notify.Organization(r.OrganizationID))
}

func TestWatchOperation_EndsWithTheOperation(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "ada")
	r := s.ready(t, "ada", "first")
	events := ada.stream(t, "/api/v1/operations/"+r.ID+"/events")
	name, now := events.next()
	if name != "operation" || now["state"] != "RUNNING" || now["cluster"] != "first" {
		t.Errorf("the first event is %s %v", name, now)
	}
	s.finish(t, r)
	last := events.until("operation", func(o map[string]any) bool { return o["state"] == "SUCCEEDED" })
	steps, _ := last["steps"].([]any)
	if step, _ := steps[0].(map[string]any); len(steps) != 1 || step["state"] != "SUCCEEDED" || step["title"] != "Make it" {
		t.Errorf("steps are %v", steps)
	}
	if name, _ := events.next(); name != "" {
		t.Errorf("the stream goes on with %s", name)
	}
	if name, _ := ada.stream(t, "/api/v1/operations/"+r.ID+"/events").next(); name != "operation" {
		t.Errorf("a stream of an operation that has ended begins with %q", name)
	}
	ada.call(t, "GET", "/api/v1/operations/none/events", "").want(t, 404)
}

func TestWatchOrganization_TellsEveryChange(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "ada")
	s.owner(t, "eve")
	r := s.ready(t, "ada", "first")
	events := ada.stream(t, "/api/v1/organizations/ada/events")
	if name, c := events.next(); name != "cluster" || c["name"] != "first" || c["state"] != "READY" {
		t.Errorf("the first event is %s %v", name, c)
	}
	if name, o := events.next(); name != "operation" || o["state"] != "RUNNING" {
		t.Errorf("the second event is %s %v", name, o)
	}
	s.finish(t, r)
	events.until("operation", func(o map[string]any) bool { return o["id"] == r.ID && o["state"] == "SUCCEEDED" })

	s.ready(t, "eve", "hidden")
	second := s.ready(t, "ada", "second")
	for cluster, operation := false, false; !cluster || !operation; {
		name, data := events.next()
		if data["name"] == "hidden" || data["organization"] == "eve" {
			t.Fatalf("another organization's %s is told: %v", name, data)
		}
		cluster = cluster || name == "cluster" && data["name"] == "second" && data["state"] == "READY"
		operation = operation || name == "operation" && data["id"] == second.ID
	}
	must(t, s.control.Deleted(t.Context(), second.ClusterID))
	if gone := events.until("cluster-deleted", anything); gone["name"] != "second" {
		t.Errorf("deleted is %v", gone)
	}
	s.close()
	for name := "x"; name != ""; {
		name, _ = events.next()
	}
}

func TestGetOperationExecution(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "ada")
	r := s.ready(t, "ada", "first")
	x := ada.call(t, "GET", "/api/v1/operations/"+r.ID+"/execution", "").want(t, 200)
	tasks, _ := x["tasks"].([]any)
	if x["workflowId"] != r.ID || x["status"] != "RUNNING" || len(tasks) != 1 || x["workflowDefinition"] == nil {
		t.Errorf("execution is %v", x)
	}
	must(t, s.engine.Terminate(t.Context(), r.ID, "test"))
	must(t, s.engine.Remove(t.Context(), r.ID, false))
	ada.call(t, "GET", "/api/v1/operations/"+r.ID+"/execution", "").want(t, 404)
	if o := ada.call(t, "GET", "/api/v1/operations/"+r.ID, "").want(t, 200); len(o["steps"].([]any)) != 0 {
		t.Errorf("an operation without execution has the steps %v", o["steps"])
	}
}
