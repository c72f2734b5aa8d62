package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// gone waits for executions to be removed. The clock goes on, as looking takes place at intervals.
func (h *harness) gone(clock *fakeClock, ids ...string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	for _, id := range ids {
		for {
			_, err := h.Execution(ctx, id, true)
			if workflow.KindOf(err) == workflow.NotFound {
				break
			}
			if err != nil || ctx.Err() != nil {
				h.t.Fatalf("%s is still there: %v", id, errors.Join(err, ctx.Err()))
			}
			clock.Advance(10 * time.Second)
		}
	}
}

func TestRetention(t *testing.T) {
	clock := &fakeClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), waits: map[*wait]bool{}}
	e, err := engine.Open(t.Context(), engine.Config{Clock: clock, Retention: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	h := &harness{e, t}
	noop := `[{"name":"n","taskReferenceName":"n","type":"NOOP"}]`
	h.register("short", noop, `,"metadata":{"retention":"1 hour"}`)
	h.register("default", noop, "")
	h.register("kept", noop, `,"metadata":{"retention":"forever"}`)
	h.register("open", `[{"name":"w","taskReferenceName":"w","type":"WAIT"}]`, `,"metadata":{"retention":"1 hour"}`)
	h.register("parent", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"short"}},
		{"name":"w","taskReferenceName":"w","type":"WAIT"}]`, "")
	short, byDefault, kept, open := h.start("short", `{}`), h.start("default", `{}`), h.start("kept", `{}`), h.start("open", `{}`)
	parent := h.start("parent", `{}`)
	changes := h.Watch(t.Context(), parent)
	for len(h.get(parent).Tasks) < 2 {
		<-changes
	}
	child := h.get(parent).Tasks[0].SubWorkflowID

	there := func(ids ...string) {
		t.Helper()
		for _, id := range ids {
			if _, err := h.Execution(t.Context(), id, false); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
	}
	clock.Advance(59 * time.Minute)
	there(short)
	clock.Advance(time.Minute)
	h.gone(clock, short)
	there(byDefault, kept, open, child)
	if found, err := h.Search(t.Context(), engine.Search{Query: "workflowType = short"}); err != nil || found.Total != 1 {
		t.Errorf("a search finds %d executions of short, want the child (%v)", found.Total, err)
	}
	clock.Advance(23 * time.Hour)
	h.gone(clock, byDefault)
	there(kept, open, child)
	if _, err := h.Signal(t.Context(), parent, workflow.TaskCompleted, nil); err != nil {
		t.Fatal(err)
	}
	h.gone(clock, child)
	clock.Advance(24 * time.Hour)
	h.gone(clock, parent)
	there(kept, open)

	err = h.PutWorkflowDef(t.Context(), parse(t, `{"name":"x","tasks":`+noop+`,"metadata":{"retention":"soon"}}`), true)
	if v := violationsOf(err); len(v) != 1 || v[0].Path != "metadata.retention" {
		t.Errorf("got %v", err)
	}
	for value, message := range map[string]string{`"yes"`: "must be true or false", `true`: "this server has no payload store to archive to"} {
		err = h.PutWorkflowDef(t.Context(), parse(t, `{"name":"x","tasks":`+noop+`,"metadata":{"archive":`+value+`}}`), true)
		if v := violationsOf(err); len(v) != 1 || v[0].Path != "metadata.archive" || v[0].Message != message {
			t.Errorf("archive %s: %v", value, err)
		}
	}
	if _, err := engine.Open(t.Context(), engine.Config{Archive: true}); err == nil {
		t.Error("an engine that has nowhere to archive to was opened")
	}
}

func TestRetention_OfWhatIsNotInMemory(t *testing.T) {
	clock := &fakeClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), waits: map[*wait]bool{}}
	config := engine.Config{Dir: t.TempDir(), Clock: clock, Retention: time.Hour}
	first, err := engine.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{first, t}
	h.register("wf", oneSimple, "")
	var ids []string
	for range 3 {
		id := h.start("wf", `{}`)
		h.work("work", `{}`)
		h.until(id, workflow.Completed)
		ids = append(ids, id)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Hour)
	second, err := engine.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	h = &harness{second, t}
	h.gone(clock, ids...)
	if counts, err := h.Counts(t.Context()); err != nil || counts[workflow.Completed] != 0 {
		t.Errorf("counts %v (%v)", counts, err)
	}
}
