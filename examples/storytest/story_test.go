// Package storytest tells the examples' stories on a real edge with the official Go SDK, and checks what they come to.
package storytest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/settings"
	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"
	"github.com/sirupsen/logrus"

	"github.com/podium-cloud/podium/dataplane/edgetest"
	"github.com/podium-cloud/podium/examples/internal/example"
)

// patience bounds every wait; none is long unless something is broken.
const patience = time.Minute

func TestMain(m *testing.M) {
	logrus.SetLevel(logrus.PanicLevel) // the SDK's own logger calls it an error that a worker is stopped
	m.Run()
}

// stage is an edge with an example on it.
type stage struct {
	*testing.T
	example   example.Example
	edge      *edgetest.Edge
	api       *client.APIClient
	workflows *executor.WorkflowExecutor
	stop      func() // ends the work on tasks
}

// play starts an edge, puts an example on it and begins to work on its tasks.
func play(t *testing.T, c edgetest.Config, e example.Example) *stage {
	t.Helper()
	s := stageOf(t, c, e)
	s.work()
	return s
}

// stageOf is a stage whose tasks nobody works on yet.
func stageOf(t *testing.T, c edgetest.Config, e example.Example) *stage {
	t.Helper()
	s := &stage{T: t, example: e}
	s.connect(edgetest.Start(t, c))
	if err := e.Register(t.Context(), s.api); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) connect(edge *edgetest.Edge) {
	s.edge = edge
	s.api = client.NewAPIClient(settings.NewAuthenticationSettings(edge.Key, edge.Secret), settings.NewHttpSettings(edge.API))
	s.workflows = executor.NewWorkflowExecutor(s.api)
}

// work works on the example's tasks until stop is called, or the test ends.
func (s *stage) work() {
	s.Helper()
	stop, err := s.example.Work(s.api, 4)
	if err != nil {
		s.Fatal(err)
	}
	s.stop = sync.OnceFunc(stop)
	s.Cleanup(s.stop)
}

func (s *stage) start(input map[string]any) string {
	s.Helper()
	return s.startAs(model.NewStartWorkflowRequest(s.example.Workflow, 1, "", input))
}

func (s *stage) startAs(r *model.StartWorkflowRequest) string {
	s.Helper()
	id, err := s.workflows.StartWorkflow(r)
	if err != nil {
		s.Fatal(err)
	}
	return id
}

// show reads an execution with its tasks.
func (s *stage) show(id string) *model.Workflow {
	s.Helper()
	w, err := s.workflows.GetWorkflow(id, true)
	if err != nil {
		s.Fatal(err)
	}
	return w
}

// until waits for the status of an execution; another end fails the test.
func (s *stage) until(id string, status model.WorkflowStatus) *model.Workflow {
	s.Helper()
	var w *model.Workflow
	s.wait("workflow "+id+" "+string(status), func() bool {
		w = s.show(id)
		if w.Status != status && w.Status != model.RunningWorkflow {
			s.Fatalf("workflow %s is %s, want %s: %s", id, w.Status, status, w.ReasonForIncompletion)
		}
		return w.Status == status
	})
	return w
}

// child is the execution of a sub-workflow, once it has begun.
func (s *stage) child(id, ref string) (child string) {
	s.Helper()
	s.wait("sub-workflow "+ref, func() bool {
		if t := last(s.show(id), ref); t != nil {
			child = t.SubWorkflowId
		}
		if child == "" {
			return false
		}
		_, err := s.workflows.GetWorkflow(child, false)
		return err == nil
	})
	return child
}

// wait waits until something is true.
func (s *stage) wait(what string, is func() bool) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			s.Fatalf("waited too long for %s", what)
		case <-tick.C:
		}
	}
}

// find waits for the execution of a workflow with a correlation id.
func (s *stage) find(workflow, correlationID string) (id string) {
	s.Helper()
	s.wait(workflow+" of "+correlationID, func() bool {
		found, err := s.workflows.GetByCorrelationIds(workflow, true, false, correlationID)
		if err != nil {
			s.Fatal(err)
		}
		for _, w := range found[correlationID] {
			id = w.WorkflowId
		}
		return id != ""
	})
	return id
}

// last is the latest attempt of a task, nil when there was none.
func last(w *model.Workflow, ref string) (found *model.Task) {
	for i, t := range w.Tasks {
		if t.ReferenceTaskName == ref {
			found = &w.Tasks[i]
		}
	}
	return found
}
