package decide

import (
	"fmt"
	"math"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// retry schedules another attempt of a failed task when its policy has one left; it reports whether it did, or ended the
// execution because the task's total time is used up.
func (s *State) retry(t *Task) bool {
	policy := t.node.policy()
	if !t.Status.Retriable() || builtin(t.Type) || t.RetryCount >= t.node.retries() {
		return false
	}
	if total := policy.TotalTimeoutSeconds; total > 0 && s.env.Now-t.First >= total*1000 {
		if t.node.task.Optional {
			return false
		}
		st := workflow.Failed
		if t.Status == workflow.TaskTimedOut {
			st = workflow.TimedOut
		}
		s.terminate(st, fmt.Sprintf("Task %s used up its total time of %d seconds: '%s'", t.ID, total, t.Reason), t, nil)
		return true
	}
	delay := RetryDelay(policy, t.RetryCount)
	if policy.BackoffJitterMs > 0 {
		delay += s.env.Rand(policy.BackoffJitterMs + 1)
	}
	next := s.attempt(t)
	next.Reason = t.Reason
	next.StartDelay = delay / 1000
	next.CallbackAfter = delay / 1000
	next.Available = s.env.Now + delay
	s.launch(next)
	return true
}

// attempt prepares the record of a further attempt and marks the former one as superseded.
func (s *State) attempt(t *Task) *Task {
	t.Retried = true
	s.touch(t)
	next := &Task{
		ID: s.env.NewID(), Type: t.Type, Name: t.Name, Ref: t.Ref, Base: t.Base, Status: workflow.TaskScheduled,
		RetryCount: t.RetryCount + 1, Iteration: t.Iteration, Loop: t.Loop, LoopIteration: t.LoopIteration,
		Scheduled: s.env.Now, First: t.First, Update: s.env.Now, RetriedID: t.ID, Domain: t.Domain, Def: t.Def, Fork: t.Fork, node: t.node,
	}
	obj, input := t.given()
	fresh, constant := s.inputs(t.node, next.ID)
	if constant != nil && len(t.node.task.InputParameters) == 0 {
		next.Input = input
		return next
	}
	obj = merged(obj, fresh)
	next.Input, _ = workflow.NewPayload(obj)
	return next
}

// given is the input that a task was scheduled with. That of a sub-workflow lies within the one that its record shows once
// it has run.
func (t *Task) given() (map[string]any, workflow.Payload) {
	obj := t.inputObject()
	if t.Type != workflow.TypeSubWorkflow || t.SubWorkflowID == "" {
		return obj, t.Input
	}
	obj, _ = obj["workflowInput"].(map[string]any)
	input, _ := workflow.NewPayload(obj)
	return obj, input
}

// RetryDelay is how long to wait, in milliseconds, before the attempt that follows attempt number retries (from 0).
func RetryDelay(policy *workflow.TaskDef, retries int) int64 {
	seconds := float64(policy.RetryDelaySeconds)
	switch policy.RetryLogic {
	case workflow.RetryLinear:
		seconds *= float64(max(policy.BackoffScaleFactor, 1)) * float64(retries+1)
	case workflow.RetryExponential:
		seconds *= math.Pow(2, float64(retries))
	}
	seconds = min(seconds, math.MaxInt32)
	if policy.MaxRetryDelaySeconds > 0 {
		seconds = min(seconds, float64(policy.MaxRetryDelaySeconds))
	}
	return int64(seconds * 1000)
}
