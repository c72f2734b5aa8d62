package engine

import (
	"context"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
)

// Work is whose a task is and who may work on it: what rights are decided by.
type Work struct {
	Workflow string // name of the execution's workflow
	TaskType string // "": the execution as a whole
	Domain   string
}

// WorkflowOf returns the name of an execution's workflow.
func (e *Engine) WorkflowOf(ctx context.Context, id string) (string, error) {
	var name string
	err := e.runner.Glance(ctx, id, func(s *decide.State) { name = s.Name })
	return name, err
}

// WorkOf returns what a task is about. workflowID may be "".
func (e *Engine) WorkOf(ctx context.Context, workflowID, taskID string) (Work, error) {
	if workflowID == "" {
		var err error
		if workflowID, err = e.owner(ctx, taskID); err != nil {
			return Work{}, err
		}
	}
	return e.work(ctx, workflowID, taskID, func(s *decide.State) *decide.Task { return s.Task(taskID) })
}

// PendingWork returns what the pending task with a reference is about; without one only the workflow is known.
func (e *Engine) PendingWork(ctx context.Context, workflowID, ref string) (Work, error) {
	return e.work(ctx, workflowID, "", func(s *decide.State) *decide.Task { return s.Pending(ref) })
}

func (e *Engine) work(ctx context.Context, workflowID, taskID string, find func(*decide.State) *decide.Task) (Work, error) {
	var out Work
	missing := false
	err := e.runner.View(ctx, workflowID, func(s *decide.State) {
		out.Workflow = s.Name
		t := find(s)
		if t == nil {
			missing = true
			return
		}
		out.TaskType, out.Domain = t.Type, t.Domain
	})
	if err == nil && missing && taskID != "" {
		err = errNoTask(taskID)
	}
	return out, err
}
