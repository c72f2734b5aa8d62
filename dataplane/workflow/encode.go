package workflow

import (
	"encoding/json"
	"strconv"
)

// AppendJSON appends the task's JSON to b. It holds what json.Marshal writes, without reflection, and payloads and the
// definition's task as they are instead of walking through them: a server does this for every task that it hands out.
func (t *Task) AppendJSON(b []byte) ([]byte, error) {
	b = appendText(append(b, `{"taskType":`...), t.TaskType)
	b = appendText(append(b, `,"status":`...), string(t.Status))
	b = appendText(append(b, `,"referenceTaskName":`...), t.ReferenceTaskName)
	b = strconv.AppendInt(append(b, `,"retryCount":`...), int64(t.RetryCount), 10)
	b = strconv.AppendInt(append(b, `,"seq":`...), int64(t.Seq), 10)
	if t.CorrelationID != "" {
		b = appendText(append(b, `,"correlationId":`...), t.CorrelationID)
	}
	b = strconv.AppendInt(append(b, `,"pollCount":`...), int64(t.PollCount), 10)
	b = appendText(append(b, `,"taskDefName":`...), t.TaskDefName)
	b = strconv.AppendInt(append(b, `,"scheduledTime":`...), t.ScheduledTime, 10)
	b = strconv.AppendInt(append(b, `,"startTime":`...), t.StartTime, 10)
	b = strconv.AppendInt(append(b, `,"endTime":`...), t.EndTime, 10)
	b = strconv.AppendInt(append(b, `,"updateTime":`...), t.UpdateTime, 10)
	b = strconv.AppendInt(append(b, `,"firstStartTime":`...), t.FirstStartTime, 10)
	b = strconv.AppendInt(append(b, `,"startDelayInSeconds":`...), t.StartDelayInSeconds, 10)
	if t.RetriedTaskID != "" {
		b = appendText(append(b, `,"retriedTaskId":`...), t.RetriedTaskID)
	}
	b = strconv.AppendBool(append(b, `,"retried":`...), t.Retried)
	b = strconv.AppendBool(append(b, `,"executed":`...), t.Executed)
	b = strconv.AppendBool(append(b, `,"callbackFromWorker":`...), t.CallbackFromWorker)
	b = strconv.AppendInt(append(b, `,"responseTimeoutSeconds":`...), t.ResponseTimeoutSeconds, 10)
	b = appendText(append(b, `,"workflowInstanceId":`...), t.WorkflowInstanceID)
	b = appendText(append(b, `,"workflowType":`...), t.WorkflowType)
	b = appendText(append(b, `,"taskId":`...), t.TaskID)
	if t.ReasonForIncompletion != "" {
		b = appendText(append(b, `,"reasonForIncompletion":`...), t.ReasonForIncompletion)
	}
	b = strconv.AppendInt(append(b, `,"callbackAfterSeconds":`...), t.CallbackAfterSeconds, 10)
	if t.WorkerID != "" {
		b = appendText(append(b, `,"workerId":`...), t.WorkerID)
	}
	if t.Domain != "" {
		b = appendText(append(b, `,"domain":`...), t.Domain)
	}
	b = strconv.AppendInt(append(b, `,"rateLimitPerFrequency":`...), int64(t.RateLimitPerFrequency), 10)
	b = strconv.AppendInt(append(b, `,"rateLimitFrequencyInSeconds":`...), int64(t.RateLimitFrequencyInSeconds), 10)
	b = strconv.AppendInt(append(b, `,"workflowPriority":`...), int64(t.WorkflowPriority), 10)
	b = strconv.AppendInt(append(b, `,"iteration":`...), int64(t.Iteration), 10)
	if t.SubWorkflowID != "" {
		b = appendText(append(b, `,"subWorkflowId":`...), t.SubWorkflowID)
	}
	b = strconv.AppendBool(append(b, `,"subworkflowChanged":`...), t.SubworkflowChanged)
	if t.ParentTaskID != "" {
		b = appendText(append(b, `,"parentTaskId":`...), t.ParentTaskID)
	}
	if t.ExecutionNameSpace != "" {
		b = appendText(append(b, `,"executionNameSpace":`...), t.ExecutionNameSpace)
	}
	if t.IsolationGroupID != "" {
		b = appendText(append(b, `,"isolationGroupId":`...), t.IsolationGroupID)
	}
	b = strconv.AppendInt(append(b, `,"queueWaitTime":`...), t.QueueWaitTime, 10)
	b = strconv.AppendBool(append(b, `,"loopOverTask":`...), t.LoopOverTask)
	if t.ExternalInputPayloadStoragePath != "" {
		b = appendText(append(b, `,"externalInputPayloadStoragePath":`...), t.ExternalInputPayloadStoragePath)
	}
	if t.ExternalOutputPayloadStoragePath != "" {
		b = appendText(append(b, `,"externalOutputPayloadStoragePath":`...), t.ExternalOutputPayloadStoragePath)
	}
	if t.ExecutionMetadata != nil {
		context, err := json.Marshal(t.ExecutionMetadata)
		if err != nil {
			return b, err
		}
		b = append(append(b, `,"executionMetadata":`...), context...)
	}
	b = append(append(b, `,"inputData":`...), t.InputData.text()...)
	b = append(append(b, `,"outputData":`...), t.OutputData.text()...)
	if t.WorkflowTask != nil {
		def := t.WorkflowTaskJSON
		if def == nil {
			var err error
			if def, err = json.Marshal(t.WorkflowTask); err != nil {
				return b, err
			}
		}
		b = append(append(b, `,"workflowTask":`...), def...)
	}
	return append(b, '}'), nil
}

// appendText appends a JSON string.
func appendText[S ~string](b []byte, s S) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string always encodes
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// TaskList is a list of tasks that encodes by AppendJSON.
type TaskList []*Task

// AppendJSON appends the list's JSON to b.
func (l TaskList) AppendJSON(b []byte) ([]byte, error) {
	b = append(b, '[')
	for i, t := range l {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = t.AppendJSON(b); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}
