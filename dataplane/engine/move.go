package engine

import (
	"context"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Jump goes on with another task of a running execution: what is open is given up, what lies between is passed over. When the
// flow has been there, what came after is done again. An empty input means the task's own.
func (e *Engine) Jump(ctx context.Context, id, ref string, input workflow.Payload) error {
	if _, err, ok := pass[none](ctx, e, id, "Jump", id, ref, input); ok {
		return err
	}
	if len(input) == 0 {
		input = nil
	}
	return e.step(ctx, id, func(s *decide.State) error { return s.Jump(ref, input) })
}

// Upgrade goes on with another version of an open execution's definition.
func (e *Engine) Upgrade(ctx context.Context, id string, req *workflow.UpgradeRequest) error {
	if _, err, ok := pass[none](ctx, e, id, "Upgrade", id, req); ok {
		return err
	}
	version := 0
	if req.Version != nil {
		version = *req.Version
	}
	return e.step(ctx, id, func(s *decide.State) error {
		if req.Name != "" && req.Name != s.Name {
			return workflow.Errorf(workflow.Invalid, "name: the execution is one of %s, and %s is another workflow", s.Name, req.Name)
		}
		def := e.defs.Def(s.Name, version)
		if def == nil {
			return workflow.Errorf(workflow.NotFound, "No such workflow found by name: %s, version: %d", s.Name, version)
		}
		plan, err := e.defs.Plan(def)
		if err != nil {
			return err
		}
		return s.Upgrade(plan, req.TaskOutput, req.WorkflowInput)
	})
}
