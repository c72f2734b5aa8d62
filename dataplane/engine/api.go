package engine

import (
	"context"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/event"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// PollRequest asks for tasks to work on.
type PollRequest struct {
	TaskType string        // required
	Domain   string        // "" is the default domain
	WorkerID string        // recorded on the tasks handed out
	Count    int           // at most this many; 0 means 1
	Wait     time.Duration // how long to wait for the first task; it returns as soon as one is there
}

// Search asks for executions (or tasks). Query and Sort are in Conductor's grammar.
type Search struct {
	Query    string // e.g. workflowType = 'a' AND status IN (FAILED,TIMED_OUT)
	FreeText string // "" and "*" match everything
	Sort     string // field:ASC or field:DESC; default startTime:DESC
	Start    int
	Size     int // 0 means 100, at most 5000

	TotalOnly bool // no results, only how many there are

	Workflows []string // of these workflows only; nil: of all
}

// Page is one page of a search. Total counts all matches.
type Page[T any] struct {
	Total   int64
	Results []T
}

// Awaited is what Await saw when it returned.
type Awaited struct {
	Execution *workflow.Execution // with its tasks
	Blocking  *workflow.Task      // the task that blocks it; nil when it ended or the wait ran out
	BlockedIn *workflow.Execution // the execution that holds Blocking: the awaited one or a sub-workflow
	TimedOut  bool                // the wait ended first
}

// Change is one step of an execution, pushed to watchers after it is durable.
type Change struct {
	WorkflowID   string          `json:"workflowId"`
	WorkflowName string          `json:"workflowName"`
	Status       workflow.Status `json:"status"`
	UpdateTime   int64           `json:"updateTime"`
}

// Event is a change of a task's state that its definition wants to be published.
type Event struct {
	ID      string           // the same when it is published again
	Type    string           // as the definition says
	Payload workflow.Payload // as the definition says, and what tells the task and the change
}

// publisher lets the runner publish: to f, or to the engine's own event handlers.
func (e *Engine) publisher(f func(ctx context.Context, e Event) error) func(context.Context, decide.Event) error {
	if f == nil {
		return func(ctx context.Context, ev decide.Event) error {
			return e.publish(ctx, event.Message{ID: ev.ID, Event: event.Own(ev.Type), Payload: ev.Payload})
		}
	}
	return func(ctx context.Context, e decide.Event) error { return f(ctx, Event(e)) }
}

// QueueInfo is the state of one task queue.
type QueueInfo struct {
	TaskType string `json:"taskType"`
	Domain   string `json:"domain,omitempty"`
	Depth    int    `json:"depth"`    // ready to be polled
	InFlight int    `json:"inFlight"` // polled and not finished
	Pollers  int    `json:"pollers"`  // polls parked right now
}
