package task

import (
	"context"
	"encoding/json"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Starter starts an execution for a task and returns its id: the given one, which is left alone when it exists, or that of the
// request's idempotency key.
type Starter func(ctx context.Context, t *workflow.Task, id string, req *workflow.StartRequest) (string, error)

// StartWorkflow makes the runner of START_WORKFLOW tasks. The id of the new execution follows from the task's, so that a
// task that runs again after a crash starts nothing twice.
func StartWorkflow(start Starter, idOf func(taskID string) string) Run {
	return func(ctx context.Context, t *workflow.Task) (workflow.TaskStatus, workflow.Payload, string) {
		var in struct {
			Request json.RawMessage `json:"startWorkflow"`
		}
		if err := t.InputData.Decode(&in); err != nil || len(in.Request) == 0 || string(in.Request) == "null" {
			return failed("inputParameters.startWorkflow is missing")
		}
		req := &workflow.StartRequest{}
		if err := workflow.Unmarshal(in.Request, req); err != nil {
			return failed("inputParameters.startWorkflow: %s", err)
		}
		if req.Name == "" && req.WorkflowDef == nil {
			return failed("inputParameters.startWorkflow.name is empty")
		}
		if req.CorrelationID == "" {
			req.CorrelationID = t.CorrelationID
		}
		if req.Traceparent == "" {
			req.Traceparent = t.Traceparent()
		}
		id, err := start(ctx, t, idOf(t.TaskID), req)
		if err != nil {
			return failed("Failed to start workflow %s: %s", req.Name, err)
		}
		out, err := workflow.NewPayload(map[string]any{"workflowId": id})
		if err != nil {
			return failed("%s", err)
		}
		return workflow.TaskCompleted, out, ""
	}
}
