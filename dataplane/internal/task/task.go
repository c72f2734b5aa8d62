// Package task runs the system tasks that reach outside of an execution, one file each: HTTP, START_WORKFLOW, EVENT. They run
// after the commit that scheduled them, at least once.
package task

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Run runs one task. The status is COMPLETED, a failure, or IN_PROGRESS when somebody else is to complete the task.
type Run func(ctx context.Context, t *workflow.Task) (status workflow.TaskStatus, output workflow.Payload, reason string)

func failed(format string, args ...any) (workflow.TaskStatus, workflow.Payload, string) {
	return workflow.TaskFailed, nil, fmt.Sprintf(format, args...)
}

// asyncComplete reports whether the task is to wait for an external update after it has run.
func asyncComplete(t *workflow.Task) bool {
	var in struct {
		AsyncComplete *bool `json:"asyncComplete"`
	}
	if err := json.Unmarshal([]byte(t.InputData.String()), &in); err == nil && in.AsyncComplete != nil {
		return *in.AsyncComplete
	}
	return t.WorkflowTask != nil && t.WorkflowTask.AsyncComplete
}
