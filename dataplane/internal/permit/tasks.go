package permit

import (
	"context"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// work wants the right to work on a task: everywhere, on its definition, in its domain, or on the workflow that it belongs to.
func (e *Engine) work(ctx context.Context, w engine.Work) error {
	c := access.From(ctx)
	if w.Workflow != "" && c.Granted(access.WorkflowDef, w.Workflow, access.Execute, e.tagsFor(ctx, access.WorkflowDef, w.Workflow)) ||
		w.Domain != "" && c.Granted(access.Domain, w.Domain, access.Execute, nil) {
		return nil
	}
	if w.TaskType == "" {
		return e.allow(ctx, access.TaskWork, access.WorkflowDef, w.Workflow, access.Execute)
	}
	return e.allow(ctx, access.TaskWork, access.TaskDef, w.TaskType, access.Execute)
}

// Poll implements the engine's method.
func (e *Engine) Poll(ctx context.Context, req engine.PollRequest) ([]*workflow.Task, error) {
	if !access.From(ctx).May(access.TaskWork) {
		if err := e.work(ctx, engine.Work{TaskType: req.TaskType, Domain: req.Domain}); err != nil {
			return nil, err
		}
	}
	return e.engine.Poll(ctx, req)
}

// onTask wants the right to work on a task that is known by its id.
func (e *Engine) onTask(ctx context.Context, workflowID, taskID string) error {
	if access.From(ctx).May(access.TaskWork) || taskID == "" { // without an id the engine says what is missing
		return nil
	}
	w, err := e.engine.WorkOf(ctx, workflowID, taskID)
	if err != nil {
		return err
	}
	return e.work(ctx, w)
}

// Update implements the engine's method.
func (e *Engine) Update(ctx context.Context, res *workflow.TaskResult) (*workflow.Task, error) {
	if err := e.onTask(ctx, res.WorkflowInstanceID, res.TaskID); err != nil {
		return nil, err
	}
	return e.engine.Update(ctx, res)
}

// UpdateByRef implements the engine's method.
func (e *Engine) UpdateByRef(ctx context.Context, workflowID, ref string, status workflow.TaskStatus, output workflow.Payload, workerID string) (string, error) {
	if !access.From(ctx).May(access.TaskWork) {
		w, err := e.engine.PendingWork(ctx, workflowID, ref)
		if err != nil {
			return "", err
		}
		if err := e.work(ctx, w); err != nil {
			return "", err
		}
	}
	return e.engine.UpdateByRef(ctx, workflowID, ref, status, output, workerID)
}

// Signal implements the engine's method. It may end a task of a sub-workflow, which belongs to the execution.
func (e *Engine) Signal(ctx context.Context, workflowID string, status workflow.TaskStatus, output workflow.Payload) (string, error) {
	if err := e.execution(ctx, access.TaskWork, workflowID, access.Execute); err != nil {
		return "", err
	}
	return e.engine.Signal(ctx, workflowID, status, output)
}

// seeTask wants the right to see a task: that of its execution, or to work on it.
func (e *Engine) seeTask(ctx context.Context, taskID string) error {
	c := access.From(ctx)
	if c.May(access.ExecutionRead) {
		return nil
	}
	w, err := e.engine.WorkOf(ctx, "", taskID)
	if err != nil {
		return err
	}
	if c.Granted(access.WorkflowDef, w.Workflow, access.Read, e.tagsFor(ctx, access.WorkflowDef, w.Workflow)) {
		return nil
	}
	return e.work(ctx, w)
}

// Task implements the engine's method.
func (e *Engine) Task(ctx context.Context, taskID string) (*workflow.Task, error) {
	if err := e.seeTask(ctx, taskID); err != nil {
		return nil, err
	}
	return e.engine.Task(ctx, taskID)
}

// AddLogs implements the engine's method.
func (e *Engine) AddLogs(ctx context.Context, taskID string, logs []workflow.TaskLog) error {
	if err := e.onTask(ctx, "", taskID); err != nil {
		return err
	}
	return e.engine.AddLogs(ctx, taskID, logs)
}

// Logs implements the engine's method.
func (e *Engine) Logs(ctx context.Context, taskID string) ([]workflow.TaskLog, error) {
	if err := e.seeTask(ctx, taskID); err != nil {
		return nil, err
	}
	return e.engine.Logs(ctx, taskID)
}
