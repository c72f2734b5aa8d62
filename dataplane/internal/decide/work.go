package decide

import "github.com/podium-cloud/podium/dataplane/workflow"

// WorkKind is what a record needs from outside.
type WorkKind uint8

// The kinds of work. Each may also have a due time at which the record is to be looked at.
const (
	NoWork      WorkKind = iota
	Queued               // to be handed to a polling worker
	Timed                // nothing but its due time
	Outside              // a system task that does I/O
	Child                // a child execution to be started and watched
	CancelChild          // a child execution to be terminated
)

// Work is what is outstanding for one record after a commit, or after a restart. It is small: it stays in memory, and in a
// row of its own, for every open task.
type Work struct {
	Kind     WorkKind
	Seq      int
	Type     string // queue
	Domain   string
	Name     string // task definition
	Priority int
	At       int64 // not before
	Due      int64 // when to look at it, 0: never
}

// runsOutside tells the system tasks that the decider does not run itself.
func runsOutside(taskType string) bool {
	return taskType == workflow.TypeHTTP || taskType == workflow.TypeStartWorkflow || taskType == workflow.TypeEvent
}

// Work returns what a record needs after the present step.
func (s *State) Work(t *Task) Work {
	w := Work{Seq: t.Seq, Name: t.Name}
	if t.Status.Terminal() {
		if t.CancelChild {
			w.Kind = CancelChild
		}
		return w
	}
	w.Due = s.due(t)
	switch {
	case worker(t.Type) && t.Status == workflow.TaskScheduled:
		w.Kind, w.Type, w.Domain, w.Priority, w.At = Queued, t.Type, t.Domain, s.Priority, t.Available
	case runsOutside(t.Type) && !t.Parked:
		w.Kind, w.At = Outside, t.Available
	case t.Type == workflow.TypeSubWorkflow && t.Status == workflow.TaskInProgress:
		w.Kind = Child
	case w.Due > 0:
		w.Kind = Timed
	}
	return w
}

// Outstanding is what an execution itself still needs.
type Outstanding struct {
	Due          int64 // when it times out, 0: never
	TellParent   bool
	ReviveParent bool
	StartFailure bool
	Events       bool // there are events to publish

	// Of an open execution that shares places with others; see package limit.
	LimitKey string
	Limit    int
	Held     int64 // since when it waits for a place, 0: it has one
}

// Any reports whether anything is outstanding.
func (o Outstanding) Any() bool { return o != Outstanding{} }

// Outstanding returns what the execution itself needs now.
func (s *State) Outstanding() Outstanding {
	o := Outstanding{Due: s.expiry(), TellParent: s.TellParent, ReviveParent: s.ReviveParent, StartFailure: s.StartFailure, Events: len(s.Events) > 0}
	if s.LimitKey != "" && !s.Status.Terminal() {
		o.LimitKey, o.Limit = s.LimitKey, s.limit()
		if s.Held {
			o.Held = s.CreateTime
		}
	}
	return o
}
