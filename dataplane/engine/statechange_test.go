package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// events receives what is published; it refuses the first so many.
type events struct {
	mu     sync.Mutex
	refuse int
	got    chan engine.Event
}

func (e *events) publish(_ context.Context, ev engine.Event) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refuse > 0 {
		e.refuse--
		return errors.New("not now")
	}
	e.got <- ev
	return nil
}

// next tells the next event: its type, change and status, and a field of its own payload.
func (e *events) next(t *testing.T) string {
	t.Helper()
	select {
	case ev := <-e.got:
		obj, err := ev.Payload.Object()
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(ev.Type, " ", obj["stateChange"], " ", obj["status"], " ", obj["x"])
	case <-t.Context().Done():
		t.Fatal("no event came")
		return ""
	}
}

const watched = `[{"name":"work","taskReferenceName":"work","taskDefinition":{"name":"work","retryCount":1,"retryDelaySeconds":0},"onStateChange":{
	"onScheduled":[{"type":"topic","payload":{"x":"${workflow.input.x}"}}],
	"onStart, onSuccess":[{"type":"topic"}],
	"onFailed":[{"type":"alarm"}], "onCancelled":[{"type":"gone"}]}}]`

func TestOnStateChange(t *testing.T) {
	e := &events{got: make(chan engine.Event, 100), refuse: 1}
	dir := t.TempDir()
	open := func() *harness {
		en, err := engine.Open(t.Context(), engine.Config{Dir: dir, Publish: e.publish})
		if err != nil {
			t.Fatal(err)
		}
		return &harness{en, t}
	}
	h := open()
	h.register("wf", watched, "")
	want := func(texts ...string) {
		t.Helper()
		for _, w := range texts {
			if got := e.next(t); got != w {
				t.Errorf("got event %q, want %q", got, w)
			}
		}
	}
	id := h.start("wf", `{"x":7}`)
	want("topic onScheduled SCHEDULED 7") // though it was refused once
	one := h.poll("work")
	want("topic onStart IN_PROGRESS <nil>")
	h.finish(one, workflow.TaskFailed, `{}`)
	want("alarm onFailed FAILED <nil>", "topic onScheduled SCHEDULED 7")
	h.work("work", `{}`)
	want("topic onStart IN_PROGRESS <nil>", "topic onSuccess COMPLETED <nil>")
	h.until(id, workflow.Completed)

	id = h.start("wf", `{"x":8}`)
	want("topic onScheduled SCHEDULED 8")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = open()
	defer h.Close()
	if err := h.Terminate(t.Context(), id, "enough"); err != nil {
		t.Fatal(err)
	}
	want("gone onCancelled CANCELED <nil>")
	if len(e.got) > 0 {
		t.Errorf("%d more events", len(e.got))
	}
}

func TestOnStateChange_WhatWasNotPublishedIsAfterARestart(t *testing.T) {
	e := &events{got: make(chan engine.Event, 100), refuse: 1 << 30}
	dir := t.TempDir()
	first, err := engine.Open(t.Context(), engine.Config{Dir: dir, Publish: e.publish})
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{first, t}
	h.register("wf", watched, "")
	h.start("wf", `{"x":1}`)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	e.refuse = 0
	second, err := engine.Open(t.Context(), engine.Config{Dir: dir, Publish: e.publish})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if got := e.next(t); got != "topic onScheduled SCHEDULED 1" {
		t.Errorf("got %q", got)
	}
}
