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
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
)

// Kind says what an operation does.
type Kind = provisioner.Kind

// State is how far an operation has come.
type State string

// The states. Only RUNNING ones change.
const (
	Running   State = "RUNNING"
	Succeeded State = "SUCCEEDED"
	Failed    State = "FAILED"
	Cancelled State = "CANCELLED" // and undone
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
	Request        provisioner.Request
	CancelledBy    string // e-mail; empty: nobody has
	Left           string // what could not be removed, as words
	Reason         string // why it FAILED
	CreatedBy      string // e-mail
	CreatedAt      time.Time
	EndedAt        time.Time // zero while RUNNING
}

// Operation is a record with its steps.
type Operation struct {
	Record
	Steps     []Step
	Waiting   *Waiting // nil: it does not wait for anybody
	Verbs     []Verb   // what can be done with it now
	NotUndone string   // why what it did could not be undone; "": it was, or nothing had to be
}

// Engine is what operations need of the internal engine.
type Engine interface {
	Execution(ctx context.Context, id string, includeTasks bool) (*workflow.Execution, error)
	Watch(ctx context.Context, id string) <-chan engine.Change
}

// failureOutput is where the engine notes the failure workflow: its id, at the moment of the failure, or why it could not be
// started.
const failureOutput = "conductor.failure_workflow"

// run is the execution of an operation and the one that undoes it.
type run struct {
	main   *workflow.Execution // nil: not started yet
	undoID string              // "": there is none
	undo   *workflow.Execution // nil: none, or about to start

	cancelled bool
	backup    string // that an upgrade has begun with; "": none
}

func load(ctx context.Context, e Engine, op Record) (run, error) {
	var r run
	var err error
	if op.Kind == provisioner.UpgradeCluster {
		r.backup = op.Request.Backup
	}
	if r.main, err = execution(ctx, e, op.ID); err != nil || r.main == nil {
		return r, err
	}
	if r.main.Status == workflow.Terminated && op.CancelledBy != "" {
		r.cancelled = true
		if provisioner.Undoes(op.Kind) {
			r.undoID = provisioner.UndoID(op.ID)
		}
	} else if r.undoID, err = undoID(r.main); err != nil {
		return r, err
	}
	if r.undoID == "" {
		return r, nil
	}
	r.undo, err = execution(ctx, e, r.undoID)
	return r, err
}

// execution returns nil for one that does not exist.
func execution(ctx context.Context, e Engine, id string) (*workflow.Execution, error) {
	x, err := e.Execution(ctx, id, true)
	if workflow.KindOf(err) == workflow.NotFound {
		return nil, nil
	}
	return x, err
}

func undoID(main *workflow.Execution) (string, error) {
	if main.Status == workflow.Completed || !main.Status.Terminal() {
		return "", nil
	}
	output, err := main.Output.Object()
	if err != nil {
		return "", fmt.Errorf("output of %s: %w", main.WorkflowID, err)
	}
	text, _ := output[failureOutput].(string)
	if _, err := uuid.Parse(text); err != nil {
		text = ""
	}
	return text, nil
}

// state returns where the operation stands and, when it failed, why.
func (r run) state() (State, string) {
	switch {
	case r.main == nil || !r.main.Status.Terminal():
		return Running, ""
	case r.main.Status == workflow.Completed:
		return Succeeded, ""
	case r.undoID != "" && (r.undo == nil || !r.undo.Status.Terminal()):
		return Running, ""
	}
	if r.cancelled && (r.undo == nil || r.undo.Status == workflow.Completed) {
		return Cancelled, ""
	}
	reason := why(r.main)
	if reason == "" {
		reason = "It ended as " + string(r.main.Status) + "."
	}
	if trouble := r.notUndone(); trouble != "" {
		reason += "; and it could not be undone: " + trouble
	}
	return Failed, reason
}

// notUndone says why what was done could not be undone, and what there is to go back to.
func (r run) notUndone() string {
	if r.undo == nil || !r.undo.Status.Terminal() || r.undo.Status == workflow.Completed {
		return ""
	}
	trouble := why(r.undo)
	if trouble == "" {
		trouble = "the way back ended as " + string(r.undo.Status)
	}
	if r.backup != "" {
		trouble += ". The backup " + r.backup + " has what the cluster kept before"
	}
	return trouble
}

// why says what an execution ended for, in the words of the step that failed where one did.
func why(x *workflow.Execution) string {
	for _, t := range slices.Backward(x.Tasks) {
		if stepState(t.Status) != StepFailed || t.ReasonForIncompletion == "" || !strings.Contains(x.ReasonForIncompletion, t.TaskID) {
			continue
		}
		if t.WorkflowTask == nil || t.WorkflowTask.Description == "" {
			return t.ReasonForIncompletion
		}
		return t.WorkflowTask.Description + ": " + t.ReasonForIncompletion
	}
	return x.ReasonForIncompletion
}

// left returns what the execution says could not be removed, as words.
func (r run) left() string {
	var out struct {
		Remaining []string `json:"remaining"`
	}
	for _, x := range []*workflow.Execution{r.main, r.undo} {
		if x != nil && x.Output.Decode(&out) == nil && len(out.Remaining) > 0 {
			return strings.Join(out.Remaining, ", ")
		}
	}
	return ""
}
