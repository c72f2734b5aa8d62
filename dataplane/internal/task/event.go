package task

import (
	"context"
	"fmt"

	"github.com/podium-cloud/podium/dataplane/internal/event"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Publish makes a message durable, and it is handled from then on; one that was published before is left alone.
type Publish func(ctx context.Context, m event.Message) error

// About returns what an event tells of the execution that it comes from, beside its name.
type About func(ctx context.Context, workflowID string) (version int, taskToDomain map[string]string, err error)

// Event makes the runner of EVENT tasks. The message has the task's id, so that a task that runs again after a crash
// publishes nothing twice.
func Event(publish Publish, about About) Run {
	return func(ctx context.Context, t *workflow.Task) (workflow.TaskStatus, workflow.Payload, string) {
		out, err := t.InputData.Object()
		if err != nil {
			return failed("input: %s", err)
		}
		sink := ""
		if v := out["sink"]; v != nil {
			sink = fmt.Sprint(v)
		}
		ref := t.ReferenceTaskName
		if t.WorkflowTask != nil {
			ref = t.WorkflowTask.TaskReferenceName // without the suffix of an iteration
		}
		queue, err := event.Queue(sink, t.WorkflowType, ref)
		if err != nil {
			return failed("The event could not be published: %s", err)
		}
		version, domains, err := about(ctx, t.WorkflowInstanceID)
		if err != nil {
			return failed("The event could not be published: %s", err)
		}
		if domains == nil {
			domains = map[string]string{}
		}
		out["workflowInstanceId"], out["workflowType"], out["workflowVersion"] = t.WorkflowInstanceID, t.WorkflowType, version
		out["correlationId"], out["taskToDomain"], out["event_produced"] = nil, domains, queue
		if t.CorrelationID != "" {
			out["correlationId"] = t.CorrelationID
		}
		payload, err := workflow.NewPayload(out)
		if err == nil {
			err = publish(ctx, event.Message{ID: t.TaskID, Event: queue, Payload: payload})
		}
		if err != nil {
			return failed("The event could not be published: %s", err)
		}
		if asyncComplete(t) {
			return workflow.TaskInProgress, payload, ""
		}
		return workflow.TaskCompleted, payload, ""
	}
}
