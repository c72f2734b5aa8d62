package search

import "github.com/podium-cloud/podium/dataplane/workflow"

// Execution shows the search row of an execution to a query.
type Execution struct{ *workflow.Summary }

// Field implements Row.
func (e Execution) Field(name string) any {
	switch name {
	case "workflowId":
		return e.WorkflowID
	case "workflowType":
		return e.WorkflowType
	case "version":
		return int64(e.Version)
	case "status":
		return string(e.Status)
	case "correlationId":
		return e.CorrelationID
	case "startTime":
		return e.StartTime
	case "updateTime":
		return e.UpdateTime
	case "endTime":
		return e.EndTime
	case "input":
		return e.Input
	case "output":
		return e.Output
	case "executionTime":
		if e.EndTime == 0 {
			return int64(0)
		}
		return e.EndTime - e.StartTime
	case "failedReferenceTaskNames":
		return e.FailedReferenceTaskNames
	case "failedTaskNames":
		return e.FailedTaskNames
	case "priority":
		return int64(e.Priority)
	case "createdBy":
		return e.CreatedBy
	case "parentWorkflowId":
		return e.ParentWorkflowID
	case "classifier":
		return e.Kind()
	case "event":
		return e.Event
	case "reasonForIncompletion":
		return e.ReasonForIncompletion
	}
	return nil
}

// Text implements Row.
func (e Execution) Text() string {
	return e.WorkflowID + " " + e.WorkflowType + " " + e.CorrelationID + " " + string(e.Status) + " " + e.Input + " " +
		e.Output + " " + e.ReasonForIncompletion
}
