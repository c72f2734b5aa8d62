package decide

import (
	"errors"
	"fmt"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Pick hands a scheduled task to a worker; it reports false when the task is no longer to be had. Being picked is the
// only change, and nobody waits for it to be durable: after a crash the task is handed out again.
func (s *State) Pick(t *Task, workerID string) bool {
	if t == nil || t.Status != workflow.TaskScheduled || s.Status.Terminal() || !worker(t.Type) || t.Available > s.env.Now {
		return false
	}
	t.Status = workflow.TaskInProgress
	if t.Start == 0 {
		t.Start = s.env.Now
		s.tellChange(t, onStart)
	}
	t.Update, t.CallbackAfter, t.WorkerID = s.env.Now, 0, workerID
	t.PollCount++
	s.touch(t)
	return true
}

// Update applies a worker's result. A result for a task that has ended, or that was superseded, changes nothing.
func (s *State) Update(r *workflow.TaskResult) error {
	t := s.byID[r.TaskID]
	if t == nil {
		return workflow.Errorf(workflow.NotFound, "Task not found for taskId: %s", r.TaskID)
	}
	if !r.ExtendLease && !r.Status.ResultStatus() {
		return &workflow.Error{
			Kind: workflow.Invalid, Message: "Validation failed, check below errors for detail.",
			Violations: []workflow.Violation{{
				Path: "status", InvalidValue: string(r.Status),
				Message: "must be one of IN_PROGRESS, COMPLETED, FAILED, FAILED_WITH_TERMINAL_ERROR, CANCELED",
			}},
		}
	}
	if t.Status.Terminal() || s.Status.Terminal() {
		return nil
	}
	t.Update = s.env.Now
	s.touch(t)
	if r.ExtendLease {
		return nil
	}
	t.Output, t.outputObj = r.OutputData, nil
	t.Reason = r.ReasonForIncompletion
	if r.WorkerID != "" {
		t.WorkerID = r.WorkerID
	}
	if r.SubWorkflowID != "" && t.Type != workflow.TypeSubWorkflow {
		t.SubWorkflowID = r.SubWorkflowID
	}
	t.CallbackAfter = r.CallbackAfterSeconds
	switch {
	case len(t.Output) > s.maxPayload():
		t.Output = nil
		s.end(t, workflow.TaskFailedTerminal, fmt.Sprintf("the task's output is larger than %d bytes", s.maxPayload()))
	case r.Status != workflow.TaskInProgress:
		s.end(t, r.Status, r.ReasonForIncompletion)
	case worker(t.Type):
		t.Status = workflow.TaskScheduled
		t.Available = s.env.Now + r.CallbackAfterSeconds*1000
	default:
		t.Status = workflow.TaskInProgress
	}
	s.advance()
	return nil
}

// Pending returns the first open task with this reference; failing that, the first open one whose reference without the
// suffix of an iteration is this.
func (s *State) Pending(ref string) *Task {
	var byBase *Task
	for _, t := range s.tasks {
		if t == nil || t.Status.Terminal() {
			continue
		}
		if t.Ref == ref {
			return t
		}
		if byBase == nil && t.base() == ref {
			byBase = t
		}
	}
	return byBase
}

// Waiting returns the first open WAIT or YIELD task, and the ids of open sub-workflows, in order.
func (s *State) Waiting() (wait *Task, children []string) {
	for _, t := range s.tasks {
		if t == nil || t.Status.Terminal() {
			continue
		}
		if t.Type == workflow.TypeWait || t.Type == workflow.TypeYield {
			return t, nil
		}
		if t.Type == workflow.TypeSubWorkflow && t.SubWorkflowID != "" {
			children = append(children, t.SubWorkflowID)
		}
	}
	return nil, children
}

// Blocks reports whether the task waits for somebody outside, without an end of its own.
func (t *Task) Blocks() bool {
	return !t.Status.Terminal() && (t.Type == workflow.TypeWait && t.WaitUntil == 0 || t.Type == workflow.TypeYield || t.Type == workflow.TypeHuman)
}

// Merged is a payload laid over the task's present output.
func (t *Task) Merged(p workflow.Payload) (workflow.Payload, error) {
	obj, err := p.Object()
	if err != nil {
		return nil, err
	}
	return workflow.NewPayload(merged(t.outputObject(), obj))
}

// SystemResult ends a system task that ran outside (HTTP, START_WORKFLOW, the start of a child).
func (s *State) SystemResult(taskID string, status workflow.TaskStatus, output workflow.Payload, reason string) {
	t := s.byID[taskID]
	if t == nil || t.Status.Terminal() || s.Status.Terminal() {
		return
	}
	if output != nil {
		t.Output, t.outputObj = output, nil
	}
	if len(t.Output) > s.maxPayload() {
		t.Output = nil
		status, reason = workflow.TaskFailedTerminal, fmt.Sprintf("the task's output is larger than %d bytes", s.maxPayload())
	}
	if status.Terminal() {
		s.end(t, status, reason)
	} else {
		t.Parked = true
		s.begin(t)
	}
	s.advance()
}

// BeginOutside puts a system task in progress that is about to run outside; it reports false when there is nothing to run.
// It is no change to be stored: after a crash the task runs again.
func (s *State) BeginOutside(t *Task) bool {
	if s.Status.Terminal() || t.Status.Terminal() || t.Parked || t.outside || !runsOutside(t.Type) {
		return false
	}
	t.outside = true
	t.Status = workflow.TaskInProgress
	if t.Start == 0 {
		t.Start = s.env.Now
		s.tellChange(t, onStart)
	}
	t.PollCount++
	return true
}

func isTimeLimit(err error) bool { return errors.Is(err, expr.ErrTimeLimit) }
