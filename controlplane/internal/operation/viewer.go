package operation

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// listLimit is the most that a list of operations holds.
const listLimit = 200

// Records reads operations. What is absent is a problem of kind NotFound.
type Records interface {
	// Operation returns one by id, of whatever organization: the caller must check whose it is.
	Operation(ctx context.Context, id string) (Record, error)
	// Operations lists those of an organization, newest first.
	Operations(ctx context.Context, organization string, limit int) ([]Record, error)
}

// Viewer shows operations.
type Viewer struct {
	records Records
	engine  Engine
}

// NewViewer returns a viewer of the operations in r that e executes.
func NewViewer(r Records, e Engine) *Viewer { return &Viewer{r, e} }

// Record returns the row of an operation of whatever organization; who serves it must check the organization.
func (v *Viewer) Record(ctx context.Context, id string) (Record, error) {
	return v.records.Operation(ctx, id)
}

// Get returns an operation with its steps.
func (v *Viewer) Get(ctx context.Context, id string) (Operation, error) {
	r, err := v.records.Operation(ctx, id)
	if err != nil {
		return Operation{}, err
	}
	return v.withSteps(ctx, r)
}

// Recent returns the rows of the operations of an organization, newest first, at most 200.
func (v *Viewer) Recent(ctx context.Context, organization string) ([]Record, error) {
	return v.records.Operations(ctx, organization, listLimit)
}

// List returns the operations of an organization with their steps, newest first, at most 200.
func (v *Viewer) List(ctx context.Context, organization string) ([]Operation, error) {
	records, err := v.Recent(ctx, organization)
	if err != nil {
		return nil, err
	}
	all := make([]Operation, len(records))
	for i, r := range records {
		if all[i], err = v.withSteps(ctx, r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Execution returns the execution behind an operation, with tasks and definition.
func (v *Viewer) Execution(ctx context.Context, id string) (*workflow.Execution, error) {
	x, err := v.engine.Execution(ctx, id, true)
	if workflow.KindOf(err) == workflow.NotFound {
		return nil, problem.New(problem.NotFound, "The operation has no execution yet.")
	}
	return x, err
}

func (v *Viewer) withSteps(ctx context.Context, r Record) (Operation, error) {
	run, err := load(ctx, v.engine, r)
	if err != nil {
		return Operation{}, err
	}
	o := Operation{Record: r, Steps: run.steps(), Waiting: run.waiting(), NotUndone: run.notUndone()}
	o.Verbs = o.verbs()
	return o, nil
}
