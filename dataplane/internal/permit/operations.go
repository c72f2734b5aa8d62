package permit

import (
	"context"

	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// operate wants the right to operate an execution.
func (e *Engine) operate(ctx context.Context, id string) error {
	return e.execution(ctx, access.ExecutionOperate, id, access.Execute)
}

// Pause implements the engine's method.
func (e *Engine) Pause(ctx context.Context, id string) error {
	if err := e.operate(ctx, id); err != nil {
		return err
	}
	return e.engine.Pause(ctx, id)
}

// Resume implements the engine's method.
func (e *Engine) Resume(ctx context.Context, id string) error {
	if err := e.operate(ctx, id); err != nil {
		return err
	}
	return e.engine.Resume(ctx, id)
}

// Terminate implements the engine's method.
func (e *Engine) Terminate(ctx context.Context, id, reason string) error {
	if err := e.operate(ctx, id); err != nil {
		return err
	}
	return e.engine.Terminate(ctx, id, reason)
}

// Restart implements the engine's method.
func (e *Engine) Restart(ctx context.Context, id string, useLatest bool) error {
	if err := e.operate(ctx, id); err != nil {
		return err
	}
	return e.engine.Restart(ctx, id, useLatest)
}

// Retry implements the engine's method.
func (e *Engine) Retry(ctx context.Context, id string, resumeSubworkflows bool) error {
	if err := e.operate(ctx, id); err != nil {
		return err
	}
	return e.engine.Retry(ctx, id, resumeSubworkflows)
}

// Rerun implements the engine's method.
func (e *Engine) Rerun(ctx context.Context, id string, req *workflow.RerunRequest) error {
	if err := e.operate(ctx, id); err != nil {
		return err
	}
	if err := e.given(ctx, id, req.TaskInput, func(t *workflow.Task) bool { return t.TaskID == req.ReRunFromTaskID }, ""); err != nil {
		return err
	}
	return e.engine.Rerun(ctx, id, req)
}

// SkipTask implements the engine's method.
func (e *Engine) SkipTask(ctx context.Context, id, ref string, req *workflow.SkipRequest) error {
	if err := e.operate(ctx, id); err != nil {
		return err
	}
	return e.engine.SkipTask(ctx, id, ref, req)
}

// ResetCallbacks implements the engine's method.
func (e *Engine) ResetCallbacks(ctx context.Context, id string) error {
	if err := e.operate(ctx, id); err != nil {
		return err
	}
	return e.engine.ResetCallbacks(ctx, id)
}

// SetVariables implements the engine's method.
func (e *Engine) SetVariables(ctx context.Context, id string, vars workflow.Payload) error {
	if err := e.operate(ctx, id); err != nil {
		return err
	}
	return e.engine.SetVariables(ctx, id, vars)
}

// Jump implements the engine's method.
func (e *Engine) Jump(ctx context.Context, id, ref string, input workflow.Payload) error {
	if err := e.operate(ctx, id); err != nil {
		return err
	}
	if err := e.given(ctx, id, input, func(t *workflow.Task) bool { return t.ReferenceTaskName == ref }, ref); err != nil {
		return err
	}
	return e.engine.Jump(ctx, id, ref, input)
}

// given wants of callers who live by grants that the input which they give to a task does not choose what it runs: what
// definitions name was looked at when they were made, and inputs were not. is finds the task among those that there are, ref
// the one in the definition.
func (e *Engine) given(ctx context.Context, id string, input workflow.Payload, is func(*workflow.Task) bool, ref string) error {
	if text := input.String(); text == "" || text == "{}" || access.From(ctx).May(access.ExecutionStart) {
		return nil
	}
	x, err := e.engine.Execution(ctx, id, true)
	if err != nil {
		return err
	}
	chooses := false
	look := func(t *workflow.DefTask) {
		switch t.Type {
		case workflow.TypeStartWorkflow, workflow.TypeSubWorkflow, workflow.TypeDynamic, workflow.TypeForkJoinDynamic:
			chooses = true
		}
	}
	for _, t := range x.Tasks {
		if t.WorkflowTask != nil && is(t) {
			look(t.WorkflowTask)
		}
	}
	if x.WorkflowDefinition != nil && ref != "" {
		x.WorkflowDefinition.Walk(func(t *workflow.DefTask) {
			if t.TaskReferenceName == ref {
				look(t)
			}
		})
	}
	if chooses {
		return workflow.Errorf(workflow.Denied, "The input of this task says what it runs. To give another one, the right to start everything is needed.")
	}
	return nil
}

// Upgrade implements the engine's method.
func (e *Engine) Upgrade(ctx context.Context, id string, req *workflow.UpgradeRequest) error {
	if err := e.operate(ctx, id); err != nil {
		return err
	}
	return e.engine.Upgrade(ctx, id, req)
}

// Remove implements the engine's method.
func (e *Engine) Remove(ctx context.Context, id string, archive bool) error {
	if err := e.execution(ctx, access.ExecutionRemove, id, access.Delete); err != nil {
		return err
	}
	return e.engine.Remove(ctx, id, archive)
}

// PushMessage implements the engine's method.
func (e *Engine) PushMessage(ctx context.Context, id string, message workflow.Payload) (string, error) {
	if err := e.execution(ctx, access.TaskWork, id, access.Execute); err != nil {
		return "", err
	}
	return e.engine.PushMessage(ctx, id, message)
}
