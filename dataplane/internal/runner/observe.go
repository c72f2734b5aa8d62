package runner

import (
	"cmp"
	"errors"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Observer is told what happens, for metrics and traces. Its methods are called in the hot path, from many goroutines: they
// neither wait nor call back.
type Observer interface {
	// Trace returns the W3C trace context that a new execution keeps, given its caller's ("" without one).
	Trace(traceparent, executionID string) string
	// TaskTrace returns the trace context for whoever works on a task, given its execution's.
	TaskTrace(traceparent, taskID string) string
	// Stepped is told of a step that is durable.
	Stepped(Step)
	// Committed is told of a group that was written.
	Committed(Group)
	// Polled is told of a poll that handed out this many tasks.
	Polled(taskType, domain string, tasks int)
	// Picked is told of a task that a worker took, after its time in the queue.
	Picked(taskType string, waited time.Duration)
	// Removed is told of an execution that was deleted, after it was archived or not.
	Removed(name string, status workflow.Status, archived bool)
}

// Step is a durable step as an observer sees it.
type Step struct {
	Header  *decide.Header // as it is after the step; not to be changed
	Started bool           // it is the execution's first one
	Ended   bool           // the execution ended in it
	Tasks   int            // task records that the execution has
	Ends    []TaskEnd      // tasks that it ended
}

// Group is a group of steps that was written as one.
type Group struct {
	Steps  int           // that are durable
	Stale  int           // that were decided on an old state, and are decided again
	Failed int           // that the store did not take
	Lazy   int           // changes beside them that nobody waits for
	Took   time.Duration // from the writing to the durability
}

func (g *Group) count(err error) {
	switch {
	case err == nil:
		g.Steps++
	case errors.Is(err, errStale):
		g.Stale++
	default:
		g.Failed++
	}
}

// TaskEnd is a task that has ended. Times are epoch milliseconds.
type TaskEnd struct {
	ID, Type, Name, Ref   string
	Status                workflow.TaskStatus
	Scheduled, Start, End int64 // Start is End for one that never began
	Retry                 int
}

// stepOf describes the step whose changes are about to be stored.
func stepOf(s *decide.State, header *decide.Header, ch *decide.Changes, before *workflow.Summary) Step {
	step := Step{
		Header: header, Started: before == nil, Tasks: s.TaskCount(),
		Ended: ch.Status && header.Status.Terminal() && (before == nil || !before.Status.Terminal()),
	}
	if len(ch.Ended) > 0 {
		step.Ends = make([]TaskEnd, len(ch.Ended))
		for i, t := range ch.Ended {
			step.Ends[i] = TaskEnd{
				ID: t.ID, Type: t.Type, Name: t.Name, Ref: t.Ref, Status: t.Status, Scheduled: t.Scheduled, Start: cmp.Or(t.Start, t.End),
				End: t.End, Retry: t.RetryCount,
			}
		}
	}
	return step
}

// unobserved hands trace contexts on and sees nothing.
type unobserved struct{}

func (unobserved) Trace(traceparent, _ string) string     { return traceparent }
func (unobserved) TaskTrace(traceparent, _ string) string { return traceparent }
func (unobserved) Stepped(Step)                           {}
func (unobserved) Committed(Group)                        {}
func (unobserved) Polled(string, string, int)             {}
func (unobserved) Picked(string, time.Duration)           {}

func (unobserved) Removed(string, workflow.Status, bool) {}

// Load is how much a runner has to do at a moment.
type Load struct {
	Open    int // executions in memory
	Waiting int // steps that wait to be written
	Effects int // effects and system tasks that run or wait to
}

// Load returns how much there is to do now.
func (r *Runner) Load() Load {
	return Load{Open: r.cache.size(), Waiting: len(r.commits.queue), Effects: r.pool.size() + r.outside.size()}
}
