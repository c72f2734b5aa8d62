package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

const twoAtATime = `,"rateLimitConfig":{"rateLimitKey":"customer-${workflow.input.c}","concurrentExecLimit":2}`

// held tells which executions wait for a place, in letters.
func (h *harness) held(ids []string) string {
	h.t.Helper()
	out := ""
	for i, id := range ids {
		if x := h.get(id); x.RateLimited {
			out += fmt.Sprintf("%c", 'a'+i)
			if x.Status != workflow.Running || len(x.Tasks) != 0 {
				h.t.Errorf("a held execution is %s with %d tasks", x.Status, len(x.Tasks))
			}
		}
	}
	return out
}

// begins waits for an execution to have a task.
func (h *harness) begins(id string) {
	h.t.Helper()
	changes := h.Watch(h.t.Context(), id)
	for len(h.get(id).Tasks) == 0 {
		select {
		case <-changes:
		case <-time.After(time.Minute):
			h.t.Fatalf("%s does not begin", id)
		}
	}
}

func TestRateLimit_GoesOnAtOnceInFairOrder(t *testing.T) {
	h, clock := setupClock(t)
	h.register("wf", `[{"name":"w","taskReferenceName":"w","type":"WAIT"}]`, twoAtATime+`,"timeoutSeconds":100,"timeoutPolicy":"TIME_OUT_WF"`)
	var ids []string
	for range 6 {
		ids = append(ids, h.start("wf", `{"c":1}`))
		clock.Advance(time.Second)
	}
	other := h.start("wf", `{"c":2}`)
	h.begins(other)
	if got := h.held(ids); got != "cdef" {
		t.Fatalf("held are %s, want cdef", got)
	}
	if key := h.get(ids[5]).RateLimitKey; key != "customer-1" {
		t.Errorf("key %q", key)
	}
	end := func(id string) {
		t.Helper()
		if _, err := h.Signal(t.Context(), id, workflow.TaskCompleted, nil); err != nil {
			t.Fatal(err)
		}
		h.until(id, workflow.Completed)
	}
	end(ids[1])
	h.begins(ids[2])
	if err := h.Terminate(t.Context(), ids[3], "no"); err != nil { // one of those who wait
		t.Fatal(err)
	}
	if err := h.Remove(t.Context(), ids[0], false); err != nil { // one of those who run
		t.Fatal(err)
	}
	h.begins(ids[4])
	clock.Advance(95 * time.Second) // the time in the line does not count: those who began late are not over it
	if got := h.held(ids[5:]); got != "a" {
		t.Fatalf("the last one does not wait: %q", got)
	}
	end(ids[2])
	h.begins(ids[5])
	end(ids[5])
	end(ids[4])
}

func TestRateLimit_PauseAndRestart(t *testing.T) {
	h, clock := setupClock(t)
	h.register("wf", `[{"name":"w","taskReferenceName":"w","type":"WAIT"}]`, `,"rateLimitConfig":{"rateLimitKey":"k","concurrentExecLimit":1}`)
	a, b, c := h.start("wf", `{}`), h.start("wf", `{}`), h.start("wf", `{}`)
	if err := h.Pause(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := h.Terminate(t.Context(), a, "x"); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Second)
	if err := h.Restart(t.Context(), a, false); err != nil { // it lines up again, behind the others
		t.Fatal(err)
	}
	if err := h.Resume(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	h.begins(b)
	if got := h.held([]string{a, b, c}); got != "ac" {
		t.Fatalf("held are %s", got)
	}
	for _, pair := range [][2]string{{b, c}, {c, a}} {
		if _, err := h.Signal(t.Context(), pair[0], workflow.TaskCompleted, nil); err != nil {
			t.Fatal(err)
		}
		h.begins(pair[1])
	}
}

func TestRateLimit_Reject(t *testing.T) {
	h := setup(t)
	h.register("wf", `[{"name":"w","taskReferenceName":"w","type":"WAIT"}]`, `,"rateLimitConfig":{"rateLimitKey":"k","concurrentExecLimit":1,"policy":"REJECT"}`)
	id := h.start("wf", `{}`)
	if _, err := h.Start(t.Context(), &workflow.StartRequest{Name: "wf"}); workflow.KindOf(err) != workflow.Busy {
		t.Errorf("got %v, want busy", err)
	}
	if _, err := h.Signal(t.Context(), id, workflow.TaskCompleted, nil); err != nil {
		t.Fatal(err)
	}
	h.until(id, workflow.Completed)
	h.start("wf", `{}`)
}

func TestRateLimit_HoldsOverARestartOfTheServer(t *testing.T) {
	dir := t.TempDir()
	open := func() *harness {
		e, err := engine.Open(t.Context(), engine.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return &harness{e, t}
	}
	h := open()
	h.register("wf", `[{"name":"w","taskReferenceName":"w","type":"WAIT"}]`, `,"rateLimitConfig":{"rateLimitKey":"k","concurrentExecLimit":2}`)
	var ids []string
	for range 4 {
		ids = append(ids, h.start("wf", `{}`))
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = open()
	defer h.Close()
	if got := h.held(ids); got != "cd" {
		t.Fatalf("held are %s, want cd", got)
	}
	for i := range 2 {
		if _, err := h.Signal(t.Context(), ids[i], workflow.TaskCompleted, nil); err != nil {
			t.Fatal(err)
		}
		h.begins(ids[i+2])
	}
}
