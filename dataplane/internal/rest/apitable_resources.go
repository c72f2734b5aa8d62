package rest

import (
	"slices"

	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/openapi"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Groups of operations on what definitions refer to, and on what starts them.
const (
	tagSecrets     = "Secrets"
	tagEnvironment = "Environment"
	tagEvents      = "Events"
	tagScheduler   = "Scheduler"
	tagAdmin       = "Admin"
)

// resourceOperations describes the routes of secrets, variables, events, schedules and administration.
func resourceOperations() []openapi.Operation {
	return slices.Concat(secretOperations(), variableOperations(), eventOperations(), schedulerOperations(), adminOperations())
}

// tagOperations describes the routes of the tags of a kind of thing.
func tagOperations(at, thing string, read, write access.Permission) []openapi.Operation {
	tags := []workflow.Tag{}
	return []openapi.Operation{
		{Method: get, Path: at, Permission: read, Summary: "The tags of " + thing, Result: tags},
		{Method: put, Path: at, Permission: write, Summary: "Add tags to " + thing + "; one with the same key takes the old one's place", Body: tags},
		{Method: remove, Path: at, Permission: write, Summary: "Take tags off " + thing, Body: tags},
	}
}

func secretOperations() []openapi.Operation {
	names, infos := []string{}, []workflow.SecretInfo{}
	return group(tagSecrets, "/api/secrets", append([]openapi.Operation{
		{Method: get, Path: "", Permission: access.SecretList, Summary: "The names of all secrets", Result: names},
		{Method: post, Path: "", Permission: access.SecretList, Summary: "The names of the secrets that the caller may pass on", Result: names},
		{Method: get, Path: "/v2", Permission: access.SecretList, Summary: "All secrets with their tags, without their values", Result: infos},
		{Method: get, Path: "-v2", Permission: access.SecretList, Summary: "All secrets with their tags, without their values", Result: infos},
		{Method: get, Path: "/clearLocalCache", Permission: access.SecretList, Summary: "Does nothing: no cache could be stale", Result: map[string]string{}},
		{Method: get, Path: "/clearRedisCache", Permission: access.SecretList, Summary: "Does nothing: no cache could be stale", Result: map[string]string{}},
		{Method: get, Path: "/:key", Permission: access.SecretRead, Summary: "The value of a secret; 403 unless the server lets callers read secrets", Result: openapi.Text("")},
		{Method: put, Path: "/:key", Permission: access.SecretWrite, Summary: "Make a secret or change its value", Body: openapi.Text("")},
		{Method: remove, Path: "/:key", Permission: access.SecretWrite, Summary: "Remove a secret"},
		{Method: get, Path: "/:key/exists", Permission: access.SecretList, Summary: "Whether there is a secret", Result: true},
	}, tagOperations("/:key/tags", "a secret", access.SecretList, access.SecretWrite)...))
}

func variableOperations() []openapi.Operation {
	return group(tagEnvironment, "/api/environment", append([]openapi.Operation{
		{Method: get, Path: "", Permission: access.VariableRead, Summary: "All variables of the environment", Result: []workflow.Variable{}},
		{Method: get, Path: "/:key", Permission: access.VariableRead, Summary: "The value of a variable", Result: openapi.Text("")},
		{Method: put, Path: "/:key", Permission: access.VariableWrite, Summary: "Make a variable or change its value", Body: openapi.Text("")},
		{Method: remove, Path: "/:key", Permission: access.VariableWrite, Summary: "Remove a variable; answers the value that it had", Result: openapi.Text("")},
	}, tagOperations("/:key/tags", "a variable", access.VariableRead, access.VariableWrite)...))
}

func eventOperations() []openapi.Operation {
	handler, handlers := workflow.EventHandler{}, []workflow.EventHandler{}
	return group(tagEvents, "/api/event", append([]openapi.Operation{
		{Method: post, Path: "", Permission: access.EventWrite, Summary: "Register an event handler", Body: handler},
		{Method: put, Path: "", Permission: access.EventWrite, Summary: "Change an event handler", Body: handler},
		{Method: get, Path: "", Permission: access.EventRead, Summary: "All event handlers", Result: handlers},
		{Method: get, Path: "/:event", Permission: access.EventRead, Summary: "The handlers of an event", Query: "activeOnly:bool=true", Result: handlers},
		{Method: remove, Path: "/:key", Permission: access.EventWrite, Summary: "Remove an event handler"},
		{Method: get, Path: "/handler", Permission: access.EventRead, Summary: "All event handlers", Result: handlers},
		{Method: get, Path: "/handler/:key", Permission: access.EventRead, Summary: "An event handler", Result: handler},
		{Method: get, Path: "/execution", Permission: access.EventRead, Summary: "How many events each handler has handled lately", Result: page[handledEvents]{}},
		{Method: get, Path: "/execution/:key", Permission: access.EventRead, Summary: "What a handler did lately, newest first", Result: []workflow.EventExecution{}},
		{Method: get, Path: "/message", Permission: access.EventRead, Summary: "How many events each handler has handled lately", Result: page[handledEvents]{}},
		{Method: get, Path: "/message/:event", Permission: access.EventRead, Summary: "The messages of an event that its handlers got lately, newest first", Result: []eventMessage{}},
		{Method: post, Path: "/handleIncomingEvent", Permission: access.ExecutionStart, Summary: "Give an event to its handlers, and wait until they have acted", Body: object{}},
	}, tagOperations("/:key/tags", "an event handler", access.EventRead, access.EventWrite)...))
}

func schedulerOperations() []openapi.Operation {
	schedule, schedules := workflow.Schedule{}, []workflow.Schedule{}
	status := map[string]string{}
	return group(tagScheduler, "/api/scheduler", append([]openapi.Operation{
		{Method: post, Path: "/schedules", Permission: access.ScheduleWrite, Summary: "Make a schedule or change one", Body: schedule, Result: schedule},
		{Method: get, Path: "/schedules", Permission: access.ScheduleRead, Summary: "All schedules", Query: "workflowName", Result: schedules},
		{Method: get, Path: "/schedules/search", Permission: access.ScheduleRead, Summary: "Search schedules", Query: "workflowName scheduleName paused:bool freeText start:int=0 size:int=100", Result: page[workflow.Schedule]{}},
		{Method: get, Path: "/schedules/tags", Permission: access.ScheduleRead, Summary: "The schedules with a tag (key:value)", Query: "tag", Result: schedules},
		{Method: get, Path: "/schedules/:key", Permission: access.ScheduleRead, Summary: "A schedule with its next time", Result: schedule},
		{Method: remove, Path: "/schedules/:key", Permission: access.ScheduleWrite, Summary: "Remove a schedule; what it started goes on"},
		{Method: put, Path: "/schedules/:key/pause", Permission: access.ScheduleOperate, Summary: "Pause a schedule", Query: "reason"},
		{Method: get, Path: "/schedules/:key/pause", Permission: access.ScheduleOperate, Summary: "Pause a schedule (older SDKs)", Query: "reason"},
		{Method: put, Path: "/schedules/:key/resume", Permission: access.ScheduleOperate, Summary: "Let a schedule go on"},
		{Method: get, Path: "/schedules/:key/resume", Permission: access.ScheduleOperate, Summary: "Let a schedule go on (older SDKs)"},
		{Method: get, Path: "/nextFewSchedules", Permission: access.ScheduleRead, Summary: "The next times of a cron expression", Query: "cronExpression scheduleStartTime:int scheduleEndTime:int limit:int=5", Result: []int64{}},
		{Method: get, Path: "/search/executions", Permission: access.ScheduleRead, Summary: "Search what schedules did", Query: "start:int=0 size:int=100 sort:string* freeText query", Result: page[workflow.ScheduleExecution]{}},
		{Method: put, Path: "/bulk/pause", Permission: access.ScheduleOperate, Summary: "Pause schedules", Body: []string{}, Result: bulk{}},
		{Method: put, Path: "/bulk/resume", Permission: access.ScheduleOperate, Summary: "Let schedules go on", Body: []string{}, Result: bulk{}},
		{Method: get, Path: "/admin/requeue", Permission: access.ScheduleOperate, Summary: "Does nothing: due times are derived, not queued", Result: map[string]int{}},
		{Method: get, Path: "/admin/pause", Permission: access.ScheduleOperate, Summary: "Pause all schedules", Result: status},
		{Method: post, Path: "/admin/pause", Permission: access.ScheduleOperate, Summary: "Pause all schedules (the Go SDK's verb)", Result: status},
		{Method: get, Path: "/admin/resume", Permission: access.ScheduleOperate, Summary: "Let all schedules go on", Result: status},
	}, tagOperations("/schedules/:key/tags", "a schedule", access.ScheduleRead, access.ScheduleWrite)...))
}

func adminOperations() []openapi.Operation {
	return group(tagAdmin, "/api", []openapi.Operation{
		{Method: get, Path: "/queue", Permission: access.QueueRead, Summary: "The queues whose messages end tasks, by status", Result: map[string]string{}},
		{Method: get, Path: "/queue/size", Permission: access.QueueRead, Summary: "How many messages wait there: none, as they are applied at once", Result: map[string]int{}},
		{Method: post, Path: "/queue/update/:workflowId/:ref/:status", Permission: access.TaskWork, Summary: "End the open task with a reference", Body: object{}},
		{Method: post, Path: "/queue/update/:workflowId/task/:taskId/:status", Permission: access.TaskWork, Summary: "End a task", Body: object{}},
		{Method: get, Path: "/admin/config", Permission: access.ServerRead, Summary: "What is in force", Result: object{}},
		{Method: get, Path: "/admin/task/:type", Permission: access.ExecutionRead, Summary: "The tasks of a type that wait for a worker or are with one", Query: "start:int=0 count:int=100", Result: []workflow.Task{}},
		{Method: get, Path: "/admin/queues", Permission: access.EventRead, Summary: "The events that handlers wait for", Query: "verbose:bool", Result: object{}},
		{Method: post, Path: "/admin/sweep/requeue/:id", Permission: access.ExecutionOperate, Summary: "Does nothing: no execution waits to be looked at", Result: openapi.Text("")},
		{Method: post, Path: "/admin/consistency/verifyAndRepair/:id", Permission: access.ExecutionOperate, Summary: "Whether something had to be repaired: never", Result: openapi.Text("")},
	})
}
