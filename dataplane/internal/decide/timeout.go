package decide

import (
	"fmt"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// deadline is one point in time at which a task is to be looked at.
type deadline struct {
	at   int64
	fire func(*State, *Task)
}

// deadlines lists the points in time that matter to an open task.
func (s *State) deadlines(t *Task) []deadline {
	if t.Status.Terminal() || t.node == nil {
		return nil
	}
	var out []deadline
	add := func(at int64, fire func(*State, *Task)) { out = append(out, deadline{at, fire}) }
	if t.Type == workflow.TypeWait && t.WaitUntil > 0 && t.Status == workflow.TaskInProgress {
		add(t.WaitUntil, func(s *State, t *Task) { s.end(t, workflow.TaskCompleted, "") })
	}
	if t.Status == workflow.TaskScheduled && t.Available > 0 && !worker(t.Type) && !runsOutside(t.Type) {
		add(t.Available, (*State).run)
	}
	p := t.node.policy()
	if p.TotalTimeoutSeconds > 0 {
		add(t.First+p.TotalTimeoutSeconds*1000, func(s *State, t *Task) {
			s.timeOut(t, p.TimeoutPolicy, fmt.Sprintf("Task %s took longer than its total time of %d seconds", t.ID, p.TotalTimeoutSeconds))
		})
	}
	if p.TimeoutSeconds > 0 && t.Start > 0 {
		add(t.Start+(t.StartDelay+p.TimeoutSeconds)*1000, func(s *State, t *Task) {
			s.timeOut(t, p.TimeoutPolicy, fmt.Sprintf("Task timed out after %d seconds. Timeout configured as %d seconds. Timeout policy configured to %s",
				(s.env.Now-t.Start)/1000, p.TimeoutSeconds, p.TimeoutPolicy))
		})
	}
	if p.PollTimeoutSeconds != nil && *p.PollTimeoutSeconds > 0 && t.Status == workflow.TaskScheduled {
		add(max(t.Scheduled, t.Available)+*p.PollTimeoutSeconds*1000, func(s *State, t *Task) {
			s.timeOut(t, p.TimeoutPolicy, fmt.Sprintf("Task poll timed out after %d seconds. Poll timeout configured as %d seconds. Timeout policy configured to %s",
				(s.env.Now-t.Scheduled)/1000, *p.PollTimeoutSeconds, p.TimeoutPolicy))
		})
	}
	if p.ResponseTimeoutSeconds > 0 && t.Status == workflow.TaskInProgress && (worker(t.Type) || t.Type == workflow.TypeHTTP) {
		add(t.Update+(p.ResponseTimeoutSeconds+t.CallbackAfter)*1000, func(s *State, t *Task) {
			s.end(t, workflow.TaskTimedOut, fmt.Sprintf("responseTimeout: %d exceeded for the taskId: %s with Task Definition: %s",
				p.ResponseTimeoutSeconds, t.ID, t.Name))
		})
	}
	return out
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
	var next int64
	for _, d := range s.deadlines(t) {
		if d.at > s.env.Now && (next == 0 || d.at < next) {
			next = d.at
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
	if t == nil || t.Status.Terminal() {
		return
	}
	for _, d := range s.deadlines(t) {
		if d.at <= s.env.Now && !t.Status.Terminal() && !s.Status.Terminal() {
			d.fire(s, t)
		}
	}
	s.advance()
}
