package rest

import (
	"github.com/podium-cloud/podium/dataplane/internal/openapi"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Groups of operations on what surrounds workflows.
const (
	tagEvent       = "Event"
	tagQueue       = "Queue"
	tagScheduler   = "Scheduler"
	tagAdmin       = "Admin"
	tagSecret      = "Secret"
	tagEnvironment = "Environment"
)

// tagOperations are those of [Handler.tagRoutes].
func tagOperations(at string) []openapi.Operation {
	tags := []workflow.Tag{}
	return []openapi.Operation{
		{Method: get, Path: at, Summary: "Its tags", Result: tags},
		{Method: put, Path: at, Summary: "Add tags", Body: tags},
		{Method: remove, Path: at, Summary: "Take tags away", Body: tags},
	}
}

func eventOperations() []openapi.Operation {
	handler, handlers := workflow.EventHandler{}, []workflow.EventHandler{}
	events := group(tagEvent, "/api/event", append([]openapi.Operation{
		{Method: post, Path: "", Summary: "Add an event handler", Body: handler},
		{Method: put, Path: "", Summary: "Change an event handler", Body: handler},
		{Method: get, Path: "", Summary: "All event handlers", Result: handlers},
		{Method: get, Path: "/:event", Summary: "The handlers of an event", Query: "activeOnly:bool=true", Result: handlers},
		{Method: remove, Path: "/:key", Summary: "Remove an event handler"},
		{Method: get, Path: "/handler", Summary: "All event handlers", Result: handlers},
		{Method: get, Path: "/handler/:key", Summary: "An event handler", Result: handler},
		{Method: get, Path: "/execution", Summary: "What handlers have handled", Result: object{}},
		{Method: get, Path: "/execution/:key", Summary: "What a handler has done", Result: []workflow.EventExecution{}},
	}, tagOperations("/:key/tags")...))
	return append(events, group(tagQueue, "/api/queue", []openapi.Operation{
		{Method: get, Path: "", Summary: "The queues whose messages end tasks, by status", Result: map[string]string{}},
		{Method: get, Path: "/size", Summary: "Their messages", Result: map[string]int{}},
		{Method: post, Path: "/update/:workflowId/:ref/:status", Summary: "End the pending task with a reference; the body is its output", Body: object{}},
		{Method: post, Path: "/update/:workflowId/task/:taskId/:status", Summary: "End a task; the body is its output", Body: object{}},
	})...)
}

func schedulerOperations() []openapi.Operation {
	schedule, schedules, names := workflow.Schedule{}, []workflow.Schedule{}, []string{}
	return group(tagScheduler, "/api/scheduler", append([]openapi.Operation{
		{Method: post, Path: "/schedules", Summary: "Save a schedule", Body: schedule, Result: schedule},
		{Method: get, Path: "/schedules", Summary: "All schedules", Query: "workflowName", Result: schedules},
		{Method: get, Path: "/schedules/search", Summary: "Search schedules", Query: "workflowName scheduleName paused:bool freeText start:int=0 size:int=100 sort:string*", Result: page[*workflow.Schedule]{}},
		{Method: get, Path: "/schedules/tags", Summary: "Schedules with a tag, given as key:value", Query: "!tag", Result: schedules},
		{Method: get, Path: "/schedules/:key", Summary: "A schedule", Result: schedule},
		{Method: remove, Path: "/schedules/:key", Summary: "Remove a schedule"},
		{Method: put, Path: "/schedules/:key/pause", Summary: "Pause a schedule", Query: "reason"},
		{Method: get, Path: "/schedules/:key/pause", Summary: "Pause a schedule; the verb of older SDKs", Query: "reason"},
		{Method: put, Path: "/schedules/:key/resume", Summary: "Resume a schedule"},
		{Method: get, Path: "/schedules/:key/resume", Summary: "Resume a schedule; the verb of older SDKs"},
		{Method: get, Path: "/nextFewSchedules", Summary: "The next times of a cron expression, in epoch milliseconds", Query: "!cronExpression scheduleStartTime:int scheduleEndTime:int limit:int", Result: []int64{}},
		{Method: get, Path: "/search/executions", Summary: "Search what schedules have started", Query: "start:int=0 size:int=100 sort:string* freeText query", Result: page[*workflow.ScheduleExecution]{}},
		{Method: put, Path: "/bulk/pause", Summary: "Pause schedules", Body: names, Result: bulk{}},
		{Method: put, Path: "/bulk/resume", Summary: "Resume schedules", Body: names, Result: bulk{}},
		{Method: get, Path: "/admin/requeue", Summary: "Nothing to do here: schedules need no queue", Result: object{}},
		{Method: get, Path: "/admin/pause", Summary: "Pause all schedules", Result: object{}},
		{Method: post, Path: "/admin/pause", Summary: "Pause all schedules; the Go SDK's verb", Result: object{}},
		{Method: get, Path: "/admin/resume", Summary: "Resume all schedules", Result: object{}},
	}, tagOperations("/schedules/:key/tags")...))
}

func adminOperations() []openapi.Operation {
	text := openapi.Text("")
	return group(tagAdmin, "/api/admin", []openapi.Operation{
		{Method: get, Path: "/config", Summary: "What the server is", Result: object{}},
		{Method: get, Path: "/task/:type", Summary: "Pending tasks of a type", Query: "start:int=0 count:int=100", Result: []workflow.Task{}},
		{Method: post, Path: "/sweep/requeue/:id", Summary: "Nothing to do here: progress needs no sweep", Result: text},
		{Method: post, Path: "/consistency/verifyAndRepair/:id", Summary: "Nothing to do here: there is nothing to repair", Result: text},
		{Method: get, Path: "/queues", Summary: "Queues of events", Query: "verbose:bool", Result: object{}},
	})
}

func secretOperations() []openapi.Operation {
	text, names, infos := openapi.Text(""), []string{}, []workflow.SecretInfo{}
	secrets := group(tagSecret, "/api/secrets", append([]openapi.Operation{
		{Method: get, Path: "", Summary: "The names of all secrets", Result: names},
		{Method: post, Path: "", Summary: "The names of the secrets that the caller may pass on", Result: names},
		{Method: get, Path: "/v2", Summary: "All secrets, without their values", Result: infos},
		{Method: get, Path: "-v2", Summary: "All secrets, without their values", Result: infos},
		{Method: get, Path: "/clearLocalCache", Summary: "Nothing to do here: there is no cache", Result: object{}},
		{Method: get, Path: "/clearRedisCache", Summary: "Nothing to do here: there is no cache", Result: object{}},
		{Method: get, Path: "/:key", Summary: "A secret", Result: text},
		{Method: put, Path: "/:key", Summary: "Set a secret", Body: text},
		{Method: remove, Path: "/:key", Summary: "Remove a secret"},
		{Method: get, Path: "/:key/exists", Summary: "Whether there is such a secret", Result: false},
	}, tagOperations("/:key/tags")...))
	return append(secrets, group(tagEnvironment, "/api/environment", append([]openapi.Operation{
		{Method: get, Path: "", Summary: "All variables", Result: []workflow.Variable{}},
		{Method: get, Path: "/:key", Summary: "A variable", Result: text},
		{Method: put, Path: "/:key", Summary: "Set a variable", Body: text},
		{Method: remove, Path: "/:key", Summary: "Remove a variable; answers the value it had", Result: text},
	}, tagOperations("/:key/tags")...))...)
}
