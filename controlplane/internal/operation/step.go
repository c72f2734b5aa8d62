package operation

import (
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
)

// Step is one piece of work of an operation.
type Step struct {
	Name      string // reference name of its task
	Title     string
	State     StepState
	Attempts  int       // in this round
	Rounds    int       // of the loop that it is in; 0: it is in none
	Reason    string    // why it FAILED, or what its last attempt lacked
	StartedAt time.Time // zero: not started
	EndedAt   time.Time // zero: not ended
}

// StepState is how far a step has come.
type StepState string

// The states of a step.
const (
	StepPending   StepState = "PENDING"
	StepRunning   StepState = "RUNNING"
	StepSucceeded StepState = "SUCCEEDED"
	StepFailed    StepState = "FAILED"
	StepSkipped   StepState = "SKIPPED"
	StepUndone    StepState = "UNDONE"
)

// steps returns the steps in the order of the definition.
func (r run) steps() []Step {
	if r.main == nil || r.main.WorkflowDefinition == nil {
		return []Step{}
	}
	attempts := byReference(r.main.Tasks)
	undone := map[string]bool{}
	if r.undo != nil {
		for _, t := range r.undo.Tasks {
			undone[t.ReferenceTaskName] = undone[t.ReferenceTaskName] || t.Status == workflow.TaskCompleted
		}
	}
	var in provisioner.Request
	_ = r.main.Input.Decode(&in) // its own workflows have such an input
	steps := []Step{}
	r.main.WorkflowDefinition.Walk(func(t *workflow.DefTask) {
		if !work(t.Type) || t.Name == provisioner.RestoreTask && in.From == nil || t.Name == provisioner.BackupTask && in.Backup == "" {
			return // without a backup there is none to bring in or to make
		}
		s := step(t, attempts[t.TaskReferenceName], r.main.Status)
		if undone[s.Name] && s.Attempts > 0 {
			s.State = StepUndone
		}
		steps = append(steps, s)
	})
	return steps
}

// work reports whether tasks of the type do something, rather than to say which task comes next.
func work(taskType string) bool {
	switch taskType {
	case workflow.TypeHTTP, workflow.TypeWait, workflow.TypeHuman, workflow.TypeSubWorkflow, workflow.TypeStartWorkflow:
		return true
	}
	return !workflow.SystemTask(taskType)
}

// byReference groups the attempts of each task, oldest first. A task in a loop counts under its plain name.
func byReference(tasks []*workflow.Task) map[string][]*workflow.Task {
	m := map[string][]*workflow.Task{}
	for _, t := range tasks {
		name := t.ReferenceTaskName
		if t.Iteration > 0 {
			if i := strings.LastIndex(name, "__"); i > 0 {
				name = name[:i]
			}
		}
		m[name] = append(m[name], t)
	}
	return m
}

func step(def *workflow.DefTask, attempts []*workflow.Task, status workflow.Status) Step {
	s := Step{Name: def.TaskReferenceName, Title: def.Description, State: StepPending, Attempts: len(attempts)}
	if s.Title == "" {
		s.Title = s.Name
	}
	if len(attempts) == 0 {
		if status == workflow.Completed {
			s.State = StepSkipped // on a path that was not taken
		}
		return s
	}
	last := attempts[len(attempts)-1]
	s.State = stepState(last.Status)
	s.Reason = last.ReasonForIncompletion
	if s.Reason == "" && s.State == StepRunning && len(attempts) > 1 && attempts[len(attempts)-2].Iteration == last.Iteration {
		s.Reason = attempts[len(attempts)-2].ReasonForIncompletion
	}
	s.Rounds = last.Iteration
	s.Attempts = 0
	for _, t := range attempts {
		if t.Iteration == last.Iteration {
			s.Attempts++
		}
	}
	s.StartedAt = timeOf(attempts[0].StartTime)
	if last.Status.Terminal() {
		s.EndedAt = timeOf(last.EndTime)
	}
	return s
}

func stepState(s workflow.TaskStatus) StepState {
	switch s {
	case workflow.TaskScheduled, workflow.TaskInProgress:
		return StepRunning
	case workflow.TaskCompleted:
		return StepSucceeded
	case workflow.TaskSkipped, workflow.TaskCanceled:
		return StepSkipped
	}
	return StepFailed
}

func timeOf(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}
