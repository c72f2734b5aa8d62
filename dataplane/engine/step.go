package engine

import (
	"context"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// step changes an execution by f. One that is not there, but that its parent names already, is waited for.
func (e *Engine) step(ctx context.Context, id string, f func(*decide.State) error) error {
	return e.born(ctx, id, func() error { return e.runner.Step(ctx, id, f) })
}

// born does something with an execution, again when it was not found and has begun since.
func (e *Engine) born(ctx context.Context, id string, do func() error) error {
	err := do()
	if workflow.KindOf(err) != workflow.NotFound {
		return err
	}
	switch begun, waitErr := e.runner.Born(ctx, id); {
	case waitErr != nil:
		return waitErr
	case begun:
		return do()
	}
	return err
}
