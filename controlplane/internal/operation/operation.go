// Package operation shows and carries what happens to clusters.
//
// An operation is a row in the store, written together with the intent, and an execution of a workflow on the internal
// engine with the same id. [Carrier] starts the execution, as often as it takes, follows it and records its end, so that a
// crash at any moment loses nothing: at the next start it takes up every operation that has not ended. [Viewer] shows an
// operation as [Step]s, one per task that does work.
//
// When a creation fails, the engine starts the failure workflow, which undoes the steps; the operation runs until that one
// has ended as well. Its tasks have the reference names of those that they undo.
package operation

import (
	"context"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Kind says what an operation does.
type Kind string

// The kinds.
const (
	CreateCluster Kind = "create-cluster"
	DeleteCluster Kind = "delete-cluster"
)

// State is how far an operation has come.
type State string

// The states. Only RUNNING ones change.
const (
	Running   State = "RUNNING"
	Succeeded State = "SUCCEEDED"
	Failed    State = "FAILED"
)

// Record is an operation as it is stored.
type Record struct {
	ID             string // also of the execution
	OrganizationID string
	Organization   string // its name
	Kind           Kind
	State          State
	ClusterID      string
	Cluster        string // its name
	Cloud          string
	Reason         string // why it FAILED
	CreatedBy      string // e-mail
	CreatedAt      time.Time
	EndedAt        time.Time // zero while RUNNING
}

// Operation is a record with its steps.
type Operation struct {
	Record
	Steps []Step
}

// Engine is what operations need of the internal engine.
type Engine interface {
	Execution(ctx context.Context, id string, includeTasks bool) (*workflow.Execution, error)
	Watch(ctx context.Context, id string) <-chan engine.Change
}

// failureOutput is where the engine notes the failure workflow that it started.
const failureOutput = "conductor.failure_workflow"

// run is an execution and the one that undoes it, nil when there is none (yet).
type run struct {
	main, undo *workflow.Execution
}

// load returns the run of an operation; main is nil while it has not started.
func load(ctx context.Context, e Engine, id string) (run, error) {
	main, err := e.Execution(ctx, id, true)
	if workflow.KindOf(err) == workflow.NotFound {
		return run{}, nil
	}
	if err != nil {
		return run{}, err
	}
	undo, err := undoOf(ctx, e, main)
	return run{main, undo}, err
}

func undoOf(ctx context.Context, e Engine, main *workflow.Execution) (*workflow.Execution, error) {
	id, err := undoID(main)
	if err != nil || id == "" {
		return nil, err
	}
	undo, err := e.Execution(ctx, id, true)
	if workflow.KindOf(err) == workflow.NotFound {
		return nil, nil // the engine could not start it and noted why instead of an id
	}
	return undo, err
}

func undoID(main *workflow.Execution) (string, error) {
	if main.Status == workflow.Completed || !main.Status.Terminal() {
		return "", nil
	}
	output, err := main.Output.Object()
	if err != nil {
		return "", err
	}
	id, _ := output[failureOutput].(string)
	return id, nil
}

// state returns where the operation stands and, when it failed, why.
func (r run) state() (State, string) {
	switch {
	case r.main == nil || !r.main.Status.Terminal():
		return Running, ""
	case r.undo != nil && !r.undo.Status.Terminal():
		return Running, ""
	case r.main.Status == workflow.Completed:
		return Succeeded, ""
	}
	reason := r.main.ReasonForIncompletion
	if reason == "" {
		reason = "It ended as " + string(r.main.Status) + "."
	}
	return Failed, reason
}
