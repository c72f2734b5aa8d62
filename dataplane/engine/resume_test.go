package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/memory"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// closed refuses what changes one execution.
type closed struct {
	store.Store
	to atomic.Pointer[string]
}

func (c *closed) Commit(ctx context.Context, lazy, changes []*store.Change) (func() error, error) {
	for _, change := range changes {
		if to := c.to.Load(); to != nil && change.ID == *to && change.Header != nil {
			return nil, errors.New("the store refuses this execution, as the test wants")
		}
	}
	return c.Store.Commit(ctx, lazy, changes)
}

func TestARetryWithResumeWaitsForTheNewsOfASubWorkflow(t *testing.T) {
	s, err := embedded.Open("", func(err error) { t.Errorf("the store is broken: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	refusing := &closed{Store: s}
	clock := &fakeClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), waits: map[*wait]bool{}}
	e, err := engine.OpenShared(t.Context(), engine.Config{Clock: clock}, engine.Shared{Store: refusing, Queue: func(limits func(string) queue.Limit, c engine.Clock) queue.Queue { return memory.New(limits, c) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	h := &harness{e, t}
	h.register("wf", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"c","workflowDefinition":{"name":"c","tasks":[{"name":"x","taskReferenceName":"x","type":"SIMPLE"}]}}}]`, "")
	id := h.start("wf", `{}`)
	h.finish(h.poll("x"), workflow.TaskFailedTerminal, `{}`)
	child := task(t, h.until(id, workflow.Failed), "s").SubWorkflowID

	refusing.to.Store(&id) // the parent does not hear that its child runs again, nor that it succeeds
	if err := h.Retry(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	h.work("x", `{}`)
	h.until(child, workflow.Completed)
	if err := h.Retry(t.Context(), id, true); err == nil {
		t.Fatal("a retry before the news is taken")
	}
	refusing.to.Store(nil)
	if err := h.Retry(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	x := h.until(id, workflow.Completed)
	if len(x.Tasks) != 1 || x.Tasks[0].SubWorkflowID != child {
		t.Errorf("there are %d attempts, the last is %s and not %s", len(x.Tasks), x.Tasks[0].SubWorkflowID, child)
	}
}
