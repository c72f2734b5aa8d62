package decide

import (
	"strings"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Execution is the state as the API shows it.
func (s *State) Execution(includeTasks bool) *workflow.Execution {
	e := &workflow.Execution{
		CreateTime: s.CreateTime, UpdateTime: s.UpdateTime, Status: s.Status, EndTime: s.EndTime, WorkflowID: s.ID,
		ParentWorkflowID: s.ParentID, ParentWorkflowTaskID: s.ParentTaskID, Tasks: []*workflow.Task{}, Input: s.Input,
		Output: s.Output, Variables: s.Variables, CorrelationID: s.CorrelationID, ReasonForIncompletion: s.Reason,
		Event: s.Event, TaskToDomain: s.TaskToDomain, FailedReferenceTaskNames: s.FailedRefs, FailedTaskNames: s.FailedNames,
		WorkflowDefinition: s.plan.Def, Priority: s.Priority, LastRetriedTime: s.LastRetried, StartTime: s.CreateTime,
		WorkflowName: s.Name, WorkflowVersion: s.Version, History: []*workflow.Execution{}, IdempotencyKey: s.IdempotencyKey,
		CreatedBy: s.CreatedBy, ReRunFromWorkflowID: s.RerunOf, RateLimitKey: s.LimitKey, RateLimited: s.Held,
		ExternalInputPayloadStoragePath: s.inputPart().Path(), ExternalOutputPayloadStoragePath: s.outputPart().Path(),
	}
	if e.TaskToDomain == nil {
		e.TaskToDomain = map[string]string{}
	}
	if e.FailedReferenceTaskNames == nil {
		e.FailedReferenceTaskNames, e.FailedTaskNames = []string{}, []string{}
	}
	if includeTasks {
		for _, t := range s.tasks {
			if t != nil {
				e.Tasks = append(e.Tasks, s.View(t))
			}
		}
	}
	return e
}

// View is a task as the API shows it.
func (s *State) View(t *Task) *workflow.Task {
	out := &workflow.Task{
		TaskType: t.Type, Status: t.Status, InputData: t.Input, ReferenceTaskName: t.Ref, RetryCount: t.RetryCount, Seq: t.Seq,
		CorrelationID: s.CorrelationID, PollCount: t.PollCount, TaskDefName: t.Name, ScheduledTime: t.Scheduled,
		StartTime: t.Start, EndTime: t.End, UpdateTime: t.Update, FirstStartTime: t.First, StartDelayInSeconds: t.StartDelay,
		RetriedTaskID: t.RetriedID, Retried: t.Retried, Executed: t.Executed, CallbackFromWorker: true,
		WorkflowInstanceID: s.ID, WorkflowType: s.Name, TaskID: t.ID, ReasonForIncompletion: clip(t.Reason),
		CallbackAfterSeconds: t.CallbackAfter, WorkerID: t.WorkerID, OutputData: t.Output, Domain: t.Domain,
		WorkflowPriority: s.Priority, Iteration: t.Iteration, SubWorkflowID: t.SubWorkflowID, LoopOverTask: t.Loop != 0 || t.Type == workflow.TypeDoWhile,
		QueueWaitTime:                   max(0, t.Start-max(t.Scheduled, t.Available)),
		ExternalInputPayloadStoragePath: t.inputPart().Path(), ExternalOutputPayloadStoragePath: t.outputPart().Path(),
	}
	if t.Start == 0 {
		out.QueueWaitTime = 0
	}
	if t.node != nil {
		p := t.node.policy()
		out.WorkflowTask, out.WorkflowTaskJSON = t.node.shown()
		out.ResponseTimeoutSeconds = p.ResponseTimeoutSeconds
		out.RateLimitPerFrequency, out.RateLimitFrequencyInSeconds = p.RateLimitPerFrequency, p.RateLimitFrequencyInSeconds
		out.ExecutionNameSpace, out.IsolationGroupID = p.ExecutionNameSpace, p.IsolationGroupID
	}
	if t.Type == workflow.TypeFork {
		out.InputData = s.forked(t)
	}
	if t.Type == workflow.TypeDoWhile && !t.Status.Terminal() {
		out.OutputData, _ = workflow.NewPayload(s.loopOutput(t))
	}
	return out
}

// maxForkedDefs is how many branches a dynamic fork may have for their definitions to be shown with it.
const maxForkedDefs = 200

// forked is the input of a fork as it is shown: a dynamic one's has the definitions of its branches, by which Conductor's console
// draws them. They are not kept in it, as a fork may have tens of thousands.
func (s *State) forked(t *Task) workflow.Payload {
	if t.node == nil || t.node.task.Type != workflow.TypeForkJoinDynamic || t.inputPart().Path() != "" {
		return t.Input
	}
	input, err := t.Input.Object()
	refs, ok := input["forkedTasks"].([]any)
	if err != nil || !ok || len(refs) > maxForkedDefs {
		return t.Input
	}
	defs := make([]*workflow.DefTask, 0, len(refs))
	suffix := strings.TrimPrefix(t.Ref, t.base())
	for _, ref := range refs {
		if branch := s.latest[text(ref)+suffix]; branch != nil && branch.node != nil {
			def, _ := branch.node.shown()
			given, _ := branch.given()
			def.InputParameters = merged(def.InputParameters, given) // of a copy
			defs = append(defs, def)
		}
	}
	input["forkedTaskDefs"] = defs
	shown, err := workflow.NewPayload(input)
	if err != nil {
		return t.Input
	}
	return shown
}

// Summary is the execution's search row.
func (s *State) Summary() *workflow.Summary {
	sum := &workflow.Summary{
		WorkflowType: s.Name, Version: s.Version, WorkflowID: s.ID, CorrelationID: s.CorrelationID, StartTime: s.CreateTime,
		UpdateTime: s.UpdateTime, EndTime: s.EndTime, Status: s.Status, ReasonForIncompletion: s.Reason, Event: s.Event,
		FailedReferenceTaskNames: s.FailedRefs, FailedTaskNames: s.FailedNames, Priority: s.Priority,
		ParentWorkflowID: s.ParentID, CreatedBy: s.CreatedBy, IdempotencyKey: s.IdempotencyKey,
		Input: excerpt(s.Input), Output: excerpt(s.Output),
	}
	if kind := s.plan.Def.Classifier(); kind != workflow.PlainClassifier { // which rows need not carry
		sum.Classifier = kind
	}
	return sum
}

// summaryText bounds how much of a payload a search row carries, in bytes.
const summaryText = 2048

func excerpt(p workflow.Payload) string {
	if len(p) == 0 {
		return "{}"
	}
	if len(p) > summaryText {
		return string(p[:summaryText])
	}
	return string(p)
}
