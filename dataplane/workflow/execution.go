package workflow

import "cmp"

// Execution is one run of a definition (Conductor: Workflow). Times are epoch milliseconds.
type Execution struct {
	OwnerApp                 string            `json:"ownerApp,omitempty"`
	CreateTime               int64             `json:"createTime"`
	UpdateTime               int64             `json:"updateTime"`
	CreatedBy                string            `json:"createdBy,omitempty"`
	Status                   Status            `json:"status"`
	EndTime                  int64             `json:"endTime"` // 0 while open
	WorkflowID               string            `json:"workflowId"`
	ParentWorkflowID         string            `json:"parentWorkflowId,omitempty"`
	ParentWorkflowTaskID     string            `json:"parentWorkflowTaskId,omitempty"`
	Tasks                    []*Task           `json:"tasks"` // by Seq: every attempt and iteration
	Input                    Payload           `json:"input"`
	Output                   Payload           `json:"output"`
	CorrelationID            string            `json:"correlationId,omitempty"`
	ReRunFromWorkflowID      string            `json:"reRunFromWorkflowId,omitempty"`
	ReasonForIncompletion    string            `json:"reasonForIncompletion,omitempty"`
	Event                    string            `json:"event,omitempty"`
	TaskToDomain             map[string]string `json:"taskToDomain"`
	FailedReferenceTaskNames []string          `json:"failedReferenceTaskNames"`
	FailedTaskNames          []string          `json:"failedTaskNames"`
	WorkflowDefinition       *Def              `json:"workflowDefinition,omitempty"` // as it was at the start
	Priority                 int               `json:"priority"`
	Variables                Payload           `json:"variables"`
	LastRetriedTime          int64             `json:"lastRetriedTime"`
	IdempotencyKey           string            `json:"idempotencyKey,omitempty"`
	StartTime                int64             `json:"startTime"`
	WorkflowName             string            `json:"workflowName"`
	WorkflowVersion          int               `json:"workflowVersion"`
	History                  []*Execution      `json:"history"`
	RateLimitKey             string            `json:"rateLimitKey,omitempty"` // of rateLimitConfig, resolved
	RateLimited              bool              `json:"rateLimited"`            // it waits for a place under its key

	// Where a payload lies that is too large to be shown; its map is empty then.
	ExternalInputPayloadStoragePath  string `json:"externalInputPayloadStoragePath,omitempty"`
	ExternalOutputPayloadStoragePath string `json:"externalOutputPayloadStoragePath,omitempty"`
}

// Brief leaves out the payloads of an execution and its tasks that lie outside of it: their paths stand for them.
func (e *Execution) Brief() *Execution {
	if e.ExternalInputPayloadStoragePath != "" {
		e.Input = nil
	}
	if e.ExternalOutputPayloadStoragePath != "" {
		e.Output = nil
	}
	for _, t := range e.Tasks {
		t.Brief()
	}
	return e
}

// Brief leaves out the payloads of a task that lie outside of it.
func (t *Task) Brief() *Task {
	if t.ExternalInputPayloadStoragePath != "" {
		t.InputData = nil
	}
	if t.ExternalOutputPayloadStoragePath != "" {
		t.OutputData = nil
	}
	return t
}

// Task is one attempt of one task of an execution. Times are epoch milliseconds.
type Task struct {
	TaskType                    string     `json:"taskType"` // for SIMPLE tasks the task's name
	Status                      TaskStatus `json:"status"`
	InputData                   Payload    `json:"inputData"`
	ReferenceTaskName           string     `json:"referenceTaskName"` // with __N inside loops
	RetryCount                  int        `json:"retryCount"`
	Seq                         int        `json:"seq"`
	CorrelationID               string     `json:"correlationId,omitempty"`
	PollCount                   int        `json:"pollCount"`
	TaskDefName                 string     `json:"taskDefName"`
	ScheduledTime               int64      `json:"scheduledTime"`
	StartTime                   int64      `json:"startTime"`
	EndTime                     int64      `json:"endTime"`
	UpdateTime                  int64      `json:"updateTime"`
	FirstStartTime              int64      `json:"firstStartTime"`
	StartDelayInSeconds         int64      `json:"startDelayInSeconds"`
	RetriedTaskID               string     `json:"retriedTaskId,omitempty"` // the attempt before this one
	Retried                     bool       `json:"retried"`                 // superseded by a later attempt
	Executed                    bool       `json:"executed"`                // the flow has moved past it
	CallbackFromWorker          bool       `json:"callbackFromWorker"`
	ResponseTimeoutSeconds      int64      `json:"responseTimeoutSeconds"`
	WorkflowInstanceID          string     `json:"workflowInstanceId"`
	WorkflowType                string     `json:"workflowType"`
	TaskID                      string     `json:"taskId"`
	ReasonForIncompletion       string     `json:"reasonForIncompletion,omitempty"`
	CallbackAfterSeconds        int64      `json:"callbackAfterSeconds"`
	WorkerID                    string     `json:"workerId,omitempty"`
	OutputData                  Payload    `json:"outputData"`
	WorkflowTask                *DefTask   `json:"workflowTask,omitempty"`
	WorkflowTaskJSON            []byte     `json:"-"` // of WorkflowTask, when it is known
	Domain                      string     `json:"domain,omitempty"`
	RateLimitPerFrequency       int        `json:"rateLimitPerFrequency"`
	RateLimitFrequencyInSeconds int        `json:"rateLimitFrequencyInSeconds"`
	WorkflowPriority            int        `json:"workflowPriority"`
	Iteration                   int        `json:"iteration"`
	SubWorkflowID               string     `json:"subWorkflowId,omitempty"`
	SubworkflowChanged          bool       `json:"subworkflowChanged"`
	ParentTaskID                string     `json:"parentTaskId,omitempty"`
	ExecutionNameSpace          string     `json:"executionNameSpace,omitempty"`
	IsolationGroupID            string     `json:"isolationGroupId,omitempty"`
	QueueWaitTime               int64      `json:"queueWaitTime"`
	LoopOverTask                bool       `json:"loopOverTask"`

	ExecutionMetadata *ExecutionMetadata `json:"executionMetadata,omitempty"` // only for whoever works on the task
	// Where a payload lies that is too large to be shown; its map is empty then.
	ExternalInputPayloadStoragePath  string `json:"externalInputPayloadStoragePath,omitempty"`
	ExternalOutputPayloadStoragePath string `json:"externalOutputPayloadStoragePath,omitempty"`
	// RuntimeMetadata holds what the task definition's runtimeMetadata names, for the worker that is handed the task.
	RuntimeMetadata map[string]string `json:"runtimeMetadata,omitempty"`
}

// TaskResult is what a worker reports of a task.
type TaskResult struct {
	WorkflowInstanceID    string     `json:"workflowInstanceId"`
	TaskID                string     `json:"taskId"`
	ReasonForIncompletion string     `json:"reasonForIncompletion,omitempty"`
	CallbackAfterSeconds  int64      `json:"callbackAfterSeconds"`
	WorkerID              string     `json:"workerId,omitempty"`
	Status                TaskStatus `json:"status"`
	OutputData            Payload    `json:"outputData"`
	Logs                  []TaskLog  `json:"logs,omitempty"`
	SubWorkflowID         string     `json:"subWorkflowId,omitempty"`
	ExtendLease           bool       `json:"extendLease"` // true: only moves the response deadline

	ExternalOutputPayloadStoragePath string `json:"externalOutputPayloadStoragePath,omitempty"` // an upload in place of OutputData
}

// TaskLog is one line of a task's log (Conductor: TaskExecLog).
type TaskLog struct {
	Log         string `json:"log"`
	TaskID      string `json:"taskId"`
	CreatedTime int64  `json:"createdTime"`
}

// StartRequest asks for a new execution (Conductor: StartWorkflowRequest).
type StartRequest struct {
	Name                string            `json:"name"`
	Version             *int              `json:"version,omitempty"` // nil or 0: latest
	CorrelationID       string            `json:"correlationId,omitempty"`
	Input               Payload           `json:"input,omitempty"`
	TaskToDomain        map[string]string `json:"taskToDomain,omitempty"`
	WorkflowDef         *Def              `json:"workflowDef,omitempty"` // inline; then nothing is looked up
	Priority            int               `json:"priority"`              // 0..99
	CreatedBy           string            `json:"createdBy,omitempty"`
	IdempotencyKey      string            `json:"idempotencyKey,omitempty"`
	IdempotencyStrategy string            `json:"idempotencyStrategy,omitempty"` // FAIL, RETURN_EXISTING or FAIL_ON_RUNNING
	Event               string            `json:"event,omitempty"`
	Traceparent         string            `json:"traceparent,omitempty"` // W3C trace context of the caller; ignored when malformed

	ExternalInputPayloadStoragePath string `json:"externalInputPayloadStoragePath,omitempty"` // an upload in place of Input
}

// SystemMetadata is the key in an execution's input for what the server notes there; schemas are not asked about it.
const SystemMetadata = "_systemMetadata"

// MarkDynamic notes in the input that the definition came with the request, as Conductor does for sub-workflows and
// synchronous calls.
func (r *StartRequest) MarkDynamic() error {
	obj, err := r.Input.Object()
	if err != nil {
		return Errorf(Invalid, "input: %v", err)
	}
	marks, _ := obj[SystemMetadata].(map[string]any)
	if marks == nil {
		marks = map[string]any{}
	}
	marks["dynamic"] = true
	obj[SystemMetadata] = marks
	if r.Input, err = NewPayload(obj); err != nil {
		return Errorf(Invalid, "input: %v", err)
	}
	return nil
}

// RerunRequest says where to run an ended execution again (Conductor: RerunWorkflowRequest).
type RerunRequest struct {
	ReRunFromWorkflowID string  `json:"reRunFromWorkflowId,omitempty"`
	WorkflowInput       Payload `json:"workflowInput,omitempty"`
	ReRunFromTaskID     string  `json:"reRunFromTaskId,omitempty"` // empty: from the start
	TaskInput           Payload `json:"taskInput,omitempty"`
	CorrelationID       string  `json:"correlationId,omitempty"`
}

// SkipRequest carries the data of a skipped task (Conductor: SkipTaskRequest).
type SkipRequest struct {
	TaskInput  Payload `json:"taskInput,omitempty"`
	TaskOutput Payload `json:"taskOutput,omitempty"`
}

// Summary is a search row of an execution (Conductor: WorkflowSummary). Times are epoch milliseconds here; the
// API writes them as ISO strings.
type Summary struct {
	WorkflowType             string   `json:"workflowType"`
	Version                  int      `json:"version"`
	WorkflowID               string   `json:"workflowId"`
	CorrelationID            string   `json:"correlationId,omitempty"`
	StartTime                int64    `json:"startTime"`
	UpdateTime               int64    `json:"updateTime"`
	EndTime                  int64    `json:"endTime,omitempty"`
	Status                   Status   `json:"status"`
	Input                    string   `json:"input,omitempty"`  // JSON text
	Output                   string   `json:"output,omitempty"` // JSON text
	ReasonForIncompletion    string   `json:"reasonForIncompletion,omitempty"`
	Event                    string   `json:"event,omitempty"`
	FailedReferenceTaskNames []string `json:"failedReferenceTaskNames,omitempty"`
	FailedTaskNames          []string `json:"failedTaskNames,omitempty"`
	Priority                 int      `json:"priority"`
	ParentWorkflowID         string   `json:"parentWorkflowId,omitempty"`
	CreatedBy                string   `json:"createdBy,omitempty"`
	IdempotencyKey           string   `json:"idempotencyKey,omitempty"`
	Classifier               string   `json:"classifier,omitempty"` // of the definition, empty: [PlainClassifier]; see Kind
}

// Kind is the classifier of the definition that the execution began with.
func (s *Summary) Kind() string { return cmp.Or(s.Classifier, PlainClassifier) }

// DefSummary names one version of a definition (Conductor: WorkflowDefSummary).
type DefSummary struct {
	Name       string `json:"name"`
	Version    int    `json:"version"`
	CreateTime int64  `json:"createTime,omitempty"`
	UpdateTime int64  `json:"updateTime,omitempty"`
}

// PollData says who polled a queue last.
type PollData struct {
	QueueName    string `json:"queueName"`
	Domain       string `json:"domain,omitempty"`
	WorkerID     string `json:"workerId,omitempty"`
	LastPollTime int64  `json:"lastPollTime"`
}

// UpgradeRequest says with which version an open execution goes on (Conductor: UpgradeWorkflowRequest).
type UpgradeRequest struct {
	Name          string             `json:"name"`
	Version       *int               `json:"version,omitempty"`       // nil or 0: latest
	TaskOutput    map[string]Payload `json:"taskOutput,omitempty"`    // of tasks that are passed over, by reference
	WorkflowInput Payload            `json:"workflowInput,omitempty"` // in place of the execution's; empty: as it is
}
