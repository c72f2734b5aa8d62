package decide

import (
	"fmt"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// limit is why a task is to be looked at at some time.
type limit uint8

const (
	waitOver limit = iota
	delayOver
	totalTimeout
	taskTimeout
	pollTimeout
	responseTimeout
	limits
)

// deadline returns when a limit of an open task is reached, 0 when it has none of this kind.
func (t *Task) deadline(l limit) int64 {
	p := t.node.policy()
	switch l {
	case waitOver:
		if (t.Type == workflow.TypeWait || t.Type == workflow.TypeDoWhile) && t.Status == workflow.TaskInProgress {
			return t.WaitUntil
		}
	case delayOver:
		if t.Status == workflow.TaskScheduled && !worker(t.Type) && !runsOutside(t.Type) {
			return t.Available
		}
	case totalTimeout:
		if p.TotalTimeoutSeconds > 0 {
			return t.First + p.TotalTimeoutSeconds*1000
		}
	case taskTimeout:
		if p.TimeoutSeconds > 0 && t.Start > 0 {
			return t.Start + (t.StartDelay+p.TimeoutSeconds)*1000
		}
	case pollTimeout:
		if p.PollTimeoutSeconds != nil && *p.PollTimeoutSeconds > 0 && t.Status == workflow.TaskScheduled {
			return max(t.Scheduled, t.Available) + *p.PollTimeoutSeconds*1000
		}
	case responseTimeout:
		if p.ResponseTimeoutSeconds > 0 && t.Status == workflow.TaskInProgress && (worker(t.Type) || t.Type == workflow.TypeHTTP) {
			return t.Update + (p.ResponseTimeoutSeconds+t.CallbackAfter)*1000
		}
	}
	return 0
}

// reached does what follows when a task reaches a limit.
func (s *State) reached(t *Task, l limit) {
	p := t.node.policy()
	switch l {
	case waitOver:
		if t.Type == workflow.TypeDoWhile {
			s.rested(t)
			return
		}
		s.end(t, workflow.TaskCompleted, "")
	case delayOver:
		s.run(t)
	case totalTimeout:
		s.timeOut(t, p.TimeoutPolicy, fmt.Sprintf("Task %s took longer than its total time of %d seconds", t.ID, p.TotalTimeoutSeconds))
	case taskTimeout:
		s.timeOut(t, p.TimeoutPolicy, fmt.Sprintf("Task timed out after %d seconds. Timeout configured as %d seconds. Timeout policy configured to %s",
			(s.env.Now-t.Start)/1000, p.TimeoutSeconds, p.TimeoutPolicy))
	case pollTimeout:
		s.timeOut(t, p.TimeoutPolicy, fmt.Sprintf("Task poll timed out after %d seconds. Poll timeout configured as %d seconds. Timeout policy configured to %s",
			(s.env.Now-t.Scheduled)/1000, *p.PollTimeoutSeconds, p.TimeoutPolicy))
	case responseTimeout:
		s.end(t, workflow.TaskTimedOut, fmt.Sprintf("responseTimeout: %d exceeded for the taskId: %s with Task Definition: %s",
			p.ResponseTimeoutSeconds, t.ID, t.Name))
	}
}

// timeOut applies a timeout policy to a task.
func (s *State) timeOut(t *Task, policy, reason string) {
	switch policy {
	case workflow.PolicyAlertOnly:
	case workflow.PolicyRetry:
		s.end(t, workflow.TaskTimedOut, reason)
	default:
		s.end(t, workflow.TaskTimedOut, reason)
		s.terminate(workflow.TimedOut, reason, t, nil)
	}
}

// due is the next time after this step's at which the task has to be looked at, 0 when never. An alert that has passed
// does not count again. By a later clock a deadline that passes during the step would be taken for one.
func (s *State) due(t *Task) int64 {
	if t.Status.Terminal() || t.node == nil {
		return 0
	}
	var next int64
	for l := range limits {
		if at := t.deadline(l); at > s.env.Now && (next == 0 || at < next) {
			next = at
		}
	}
	return next
}

// expiry is when the execution itself times out, 0 when never.
func (s *State) expiry() int64 {
	def := s.plan.Def
	if s.Status.Terminal() || s.Held || def.TimeoutSeconds <= 0 || def.TimeoutPolicy != workflow.PolicyTimeOutWF {
		return 0
	}
	return max(s.CreateTime, s.LastRetried) + def.TimeoutSeconds*1000
}

// Tick looks at what is due: the execution's own timeout for seq 0, else a task's deadlines.
func (s *State) Tick(seq int) {
	if s.Status.Terminal() {
		return
	}
	if seq == 0 {
		if at := s.expiry(); at > 0 && at <= s.env.Now {
			s.terminate(workflow.TimedOut, fmt.Sprintf("Workflow timed out after %d seconds. Timeout configured as %d seconds. Timeout policy configured to %s",
				(s.env.Now-s.CreateTime)/1000, s.plan.Def.TimeoutSeconds, s.plan.Def.TimeoutPolicy), nil, nil)
		}
		return
	}
	t := s.TaskBySeq(seq)
	if t == nil || t.Status.Terminal() || t.node == nil {
		return
	}
	var due []limit
	for l := range limits {
		if at := t.deadline(l); at > 0 && at <= s.env.Now {
			due = append(due, l)
		}
	}
	for _, l := range due {
		if !t.Status.Terminal() && !s.Status.Terminal() {
			s.reached(t, l)
		}
	}
	s.advance()
}
