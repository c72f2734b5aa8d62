package rest

import (
	"context"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Engine is what the API needs of the engine. Errors meant for callers are *workflow.Error.
type Engine interface {
	definitions
	executions
	operations
	tasks
	queues
	resources
	events
	schedules
	Watch(ctx context.Context, workflowID string) <-chan engine.Change
	Ready(ctx context.Context) error
	LiftFence(ctx context.Context) error
	HasPayloads() bool
	PayloadLocation(ctx context.Context, path string, write bool) (*engine.Location, error)
}

type definitions interface {
	PutWorkflowDef(ctx context.Context, def *workflow.Def, overwrite bool) error
	ValidateWorkflowDef(ctx context.Context, def *workflow.Def) error
	WorkflowDef(ctx context.Context, name string, version int) (*workflow.Def, error)
	WorkflowDefs(ctx context.Context) ([]*workflow.Def, error)
	DeleteWorkflowDef(ctx context.Context, name string, version int) error
	PutTaskDefs(ctx context.Context, defs []*workflow.TaskDef) error
	UpdateTaskDef(ctx context.Context, def *workflow.TaskDef) error
	TaskDef(ctx context.Context, name string) (*workflow.TaskDef, error)
	TaskDefs(ctx context.Context) ([]*workflow.TaskDef, error)
	DeleteTaskDef(ctx context.Context, name string) error
	PutSchemas(ctx context.Context, schemas []*workflow.SchemaDef, newVersion bool) error
	Schemas(ctx context.Context) ([]*workflow.SchemaDef, error)
	Schema(ctx context.Context, name string, version int) (*workflow.SchemaDef, error)
	DeleteSchema(ctx context.Context, name string, version int) error
	Route(ctx context.Context, name string) (*engine.Route, error)
	PutRoute(ctx context.Context, name string, route *engine.Route) error
	DeleteRoute(ctx context.Context, name string) error
}

// resources are what definitions refer to by name.
type resources interface {
	PutSecret(ctx context.Context, name, value string) error
	Secret(ctx context.Context, name string) (string, error)
	Secrets(ctx context.Context) ([]workflow.SecretInfo, error)
	DeleteSecret(ctx context.Context, name string) error
	PutVariable(ctx context.Context, name, value string) error
	Variable(ctx context.Context, name string) (string, error)
	Variables(ctx context.Context) ([]workflow.Variable, error)
	DeleteVariable(ctx context.Context, name string) (old string, err error)
	Tags(ctx context.Context, of engine.Taggable, name string) ([]workflow.Tag, error)
	DefinitionTags(ctx context.Context) ([]workflow.Tag, error)
	AddTags(ctx context.Context, of engine.Taggable, name string, tags []workflow.Tag, mode engine.TagMode) error
	RemoveTags(ctx context.Context, of engine.Taggable, name string, tags []workflow.Tag) error
}

type events interface {
	PutEventHandler(ctx context.Context, h *workflow.EventHandler, replace bool) error
	EventHandler(ctx context.Context, name string) (*workflow.EventHandler, error)
	EventHandlers(ctx context.Context, event string, activeOnly bool) ([]*workflow.EventHandler, error)
	DeleteEventHandler(ctx context.Context, name string) error
	EventExecutions(ctx context.Context, handler string) ([]*workflow.EventExecution, error)
	HandleEvent(ctx context.Context, name string, payload workflow.Payload) error
	EventQueues(ctx context.Context) (map[string]int, error)
}

type schedules interface {
	PutSchedule(ctx context.Context, s *workflow.Schedule) (*workflow.Schedule, error)
	Schedule(ctx context.Context, name string) (*workflow.Schedule, error)
	Schedules(ctx context.Context, q engine.ScheduleSearch) ([]*workflow.Schedule, error)
	DeleteSchedule(ctx context.Context, name string) error
	PauseSchedule(ctx context.Context, name, reason string) error
	ResumeSchedule(ctx context.Context, name string) error
	PauseScheduler(ctx context.Context, paused bool) error
	NextRuns(ctx context.Context, expression, zone string, from, to int64, count int) ([]int64, error)
	ScheduleExecutions(ctx context.Context, s engine.Search) (*engine.Page[*workflow.ScheduleExecution], error)
}

type executions interface {
	Start(ctx context.Context, req *workflow.StartRequest) (id string, err error)
	Execution(ctx context.Context, id string, includeTasks bool) (*workflow.Execution, error)
	Await(ctx context.Context, id string, until []string, wait time.Duration) (*engine.Awaited, error)
	Search(ctx context.Context, s engine.Search) (*engine.Page[*workflow.Summary], error)
	SearchTasks(ctx context.Context, s engine.Search) (*engine.Page[*workflow.Task], error)
	Correlated(ctx context.Context, name, correlationID string, includeClosed, includeTasks bool) ([]*workflow.Execution, error)
	Running(ctx context.Context, name string, version int) ([]string, error)
	Counts(ctx context.Context) (map[workflow.Status]int64, error)
}

type operations interface {
	Pause(ctx context.Context, id string) error
	Resume(ctx context.Context, id string) error
	Terminate(ctx context.Context, id, reason string) error
	Restart(ctx context.Context, id string, useLatest bool) error
	Retry(ctx context.Context, id string, resumeSubworkflows bool) error
	Rerun(ctx context.Context, id string, req *workflow.RerunRequest) error
	SkipTask(ctx context.Context, id, ref string, req *workflow.SkipRequest) error
	ResetCallbacks(ctx context.Context, id string) error
	SetVariables(ctx context.Context, id string, vars workflow.Payload) error
	PushMessage(ctx context.Context, id string, message workflow.Payload) (messageID string, err error)
	Remove(ctx context.Context, id string, archive bool) error
	Jump(ctx context.Context, id, ref string, input workflow.Payload) error
	Upgrade(ctx context.Context, id string, req *workflow.UpgradeRequest) error
}

type tasks interface {
	Poll(ctx context.Context, req engine.PollRequest) ([]*workflow.Task, error)
	Update(ctx context.Context, res *workflow.TaskResult) (*workflow.Task, error)
	UpdateByRef(ctx context.Context, workflowID, ref string, status workflow.TaskStatus, output workflow.Payload, workerID string) (taskID string, err error)
	Signal(ctx context.Context, workflowID string, status workflow.TaskStatus, output workflow.Payload) (taskID string, err error)
	Task(ctx context.Context, taskID string) (*workflow.Task, error)
	AddLogs(ctx context.Context, taskID string, logs []workflow.TaskLog) error
	Logs(ctx context.Context, taskID string) ([]workflow.TaskLog, error)
}

type queues interface {
	Queues() []engine.QueueInfo
	PollData(taskType string) []workflow.PollData
	PendingTasks(ctx context.Context, taskType string, start, count int) ([]*workflow.Task, error)
	Requeue(ctx context.Context, taskType string) (int, error)
}
