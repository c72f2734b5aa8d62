package operation

import (
	"encoding/json"
	"slices"

	"github.com/podium-cloud/podium/provisioner"
)

// Verb is something that can be done with an operation.
type Verb string

// The verbs.
const (
	Cancel Verb = "cancel" // end it and undo what it has done
	Retry  Verb = "retry"  // ask for the same again
	Resume Verb = "resume" // look again now, in place of sleeping on
	Force  Verb = "force"  // delete the cluster even though something is left of it
)

// Waiting says what an operation waits for while nothing is wrong.
type Waiting struct {
	Step     string // name
	Reason   string
	Customer *provisioner.Instruction // nil: nothing has to be done
}

// waiting returns what the first step that sleeps waits for.
func (r run) waiting() *Waiting {
	if r.main == nil || r.main.Status.Terminal() {
		return nil
	}
	for _, t := range r.main.Tasks {
		if t.Status.Terminal() || t.OutputData == nil {
			continue
		}
		var out map[string]json.RawMessage
		if t.OutputData.Decode(&out) != nil || out[provisioner.Waiting] == nil {
			continue
		}
		w := &Waiting{Step: t.ReferenceTaskName}
		if json.Unmarshal(out[provisioner.Waiting], &w.Reason) != nil || json.Unmarshal(out[provisioner.WaitingOnCustomer], &w.Customer) != nil {
			continue
		}
		return w
	}
	return nil
}

// graceStep is the step of a deletion before whose end it can be cancelled.
const graceStep = "grace"

// verbs returns what can be done with an operation now.
func (o Operation) verbs() []Verb {
	verbs := []Verb{}
	if o.Kind == provisioner.DeleteOrganization { // it has had its grace, and is begun again by itself
		return verbs
	}
	deletes := o.Kind == provisioner.DeleteCluster || o.Kind == provisioner.ForceDelete
	switch o.State {
	case Running:
		if o.CancelledBy == "" && (!deletes || o.inGrace()) && o.Kind != provisioner.RemoveBackup {
			verbs = append(verbs, Cancel)
		}
		if o.Waiting != nil || o.troubled() {
			verbs = append(verbs, Resume)
		}
		if o.Kind == provisioner.DeleteCluster && o.troubled() {
			verbs = append(verbs, Force)
		}
	case Failed, Cancelled:
		verbs = append(verbs, Retry)
		if o.Kind == provisioner.DeleteCluster && o.State == Failed {
			verbs = append(verbs, Force)
		}
	}
	return verbs
}

// Can reports whether a verb is possible now.
func (o Operation) Can(v Verb) bool {
	return slices.Contains(o.Verbs, v)
}

func (o Operation) inGrace() bool {
	for _, s := range o.Steps {
		if s.Name == graceStep {
			return s.State == StepRunning
		}
	}
	return false
}

// troubled reports whether a step is being tried again.
func (o Operation) troubled() bool {
	for _, s := range o.Steps {
		if s.State == StepRunning && s.Attempts > 1 {
			return true
		}
	}
	return false
}
