package grpcapi

import (
	"strings"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/proto/model"
	"github.com/podium-cloud/podium/dataplane/proto/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// maxPage is the largest page of a search, and over gRPC also the one that is answered to whoever names none.
const maxPage = 5000

func searchOf(r *search.Request) engine.Search {
	s := engine.Search{Query: r.GetQuery(), FreeText: r.GetFreeText(), Sort: r.GetSort(), Start: int(r.GetStart()), Size: int(r.GetSize())}
	if s.Size == 0 {
		s.Size = maxPage
	}
	return s
}

func workflowSummary(s *workflow.Summary) *model.WorkflowSummary {
	return &model.WorkflowSummary{
		WorkflowType: s.WorkflowType, Version: int32(s.Version), WorkflowId: s.WorkflowID, CorrelationId: s.CorrelationID,
		StartTime: workflow.ISOTime(s.StartTime), UpdateTime: workflow.ISOTime(s.UpdateTime), EndTime: workflow.ISOTime(s.EndTime),
		Status: model.Workflow_WorkflowStatus(model.Workflow_WorkflowStatus_value[string(s.Status)]), Input: s.Input, Output: s.Output,
		ReasonForIncompletion: s.ReasonForIncompletion, ExecutionTime: workflow.Elapsed(s.StartTime, s.EndTime), Event: s.Event,
		FailedReferenceTaskNames: strings.Join(s.FailedReferenceTaskNames, ","), FailedTaskNames: s.FailedTaskNames,
		Priority: int32(s.Priority), CreatedBy: s.CreatedBy, IdempotencyKey: s.IdempotencyKey, ParentWorkflowId: s.ParentWorkflowID,
		Classifier: s.Kind(),
	}
}

// summaryOf is the search row of an execution.
func summaryOf(x *workflow.Execution) *workflow.Summary {
	return &workflow.Summary{
		WorkflowType: x.WorkflowName, Version: x.WorkflowVersion, WorkflowID: x.WorkflowID, CorrelationID: x.CorrelationID,
		StartTime: x.StartTime, UpdateTime: x.UpdateTime, EndTime: x.EndTime, Status: x.Status,
		Input: x.Input.String(), Output: x.Output.String(), ReasonForIncompletion: x.ReasonForIncompletion, Event: x.Event,
		FailedReferenceTaskNames: x.FailedReferenceTaskNames, FailedTaskNames: x.FailedTaskNames, Priority: x.Priority,
		ParentWorkflowID: x.ParentWorkflowID, CreatedBy: x.CreatedBy, IdempotencyKey: x.IdempotencyKey,
		Classifier: x.WorkflowDefinition.Classifier(),
	}
}

func taskSummary(t *workflow.Task) *model.TaskSummary {
	return &model.TaskSummary{
		WorkflowId: t.WorkflowInstanceID, WorkflowType: t.WorkflowType, CorrelationId: t.CorrelationID,
		ScheduledTime: workflow.ISOTime(t.ScheduledTime), StartTime: workflow.ISOTime(t.StartTime), UpdateTime: workflow.ISOTime(t.UpdateTime), EndTime: workflow.ISOTime(t.EndTime),
		Status: model.Task_Status(model.Task_Status_value[string(t.Status)]), ReasonForIncompletion: t.ReasonForIncompletion,
		ExecutionTime: workflow.Elapsed(t.StartTime, t.EndTime), QueueWaitTime: t.QueueWaitTime, TaskDefName: t.TaskDefName, TaskType: t.TaskType,
		Input: t.InputData.String(), Output: t.OutputData.String(), TaskId: t.TaskID, WorkflowPriority: int32(t.WorkflowPriority), Domain: t.Domain,
	}
}
