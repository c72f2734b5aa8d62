package workflow

import "fmt"

// Values of StartRequest.IdempotencyStrategy: what to do when the key was used before.
const (
	IdempotencyFail           = "FAIL"            // refuse
	IdempotencyReturnExisting = "RETURN_EXISTING" // give the id of the existing execution
	IdempotencyFailOnRunning  = "FAIL_ON_RUNNING" // refuse while the existing execution is open
)

var idempotencyStrategies = []string{IdempotencyFail, IdempotencyReturnExisting, IdempotencyFailOnRunning}

// MaxPriority is the highest priority of an execution; the lowest is 0.
const MaxPriority = 99

// Validate reports everything that is wrong with a request, as an *Error of kind [Invalid] with one violation for each
// wrong field. It does not go into an inline definition, which has a Validate of its own.
func (r *StartRequest) Validate() error {
	var v validator
	if r.WorkflowDef == nil {
		v.named("name", r.Name, "Workflow name cannot be null or empty")
	}
	if r.Version != nil {
		v.atLeast("version", int64(*r.Version), 0)
	}
	if r.Priority < 0 || r.Priority > MaxPriority {
		v.add("priority", fmt.Sprint(r.Priority), "must be from 0 to %d", MaxPriority)
	}
	if r.IdempotencyStrategy != "" {
		v.oneOf("idempotencyStrategy", r.IdempotencyStrategy, idempotencyStrategies...)
	}
	return v.err()
}

// Validate reports what is missing in a worker's result, as StartRequest.Validate does.
func (r *TaskResult) Validate() error {
	var v validator
	v.named("taskId", r.TaskID, "Task ID cannot be null or empty")
	v.named("workflowInstanceId", r.WorkflowInstanceID, "Workflow Id cannot be null or empty")
	return v.err()
}
