package rest

import (
	"slices"

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
func tagOperations(at, thing string) []openapi.Operation {
	tags := []workflow.Tag{}
	return []openapi.Operation{
		{Method: get, Path: at, Summary: "The tags of " + thing, Result: tags},
		{Method: put, Path: at, Summary: "Add tags to " + thing + "; one with the same key takes the old one's place", Body: tags},
		{Method: remove, Path: at, Summary: "Take tags off " + thing, Body: tags},
	}
}

func secretOperations() []openapi.Operation {
	names, infos := []string{}, []workflow.SecretInfo{}
	return group(tagSecrets, "/api/secrets", append([]openapi.Operation{
		{Method: get, Path: "", Summary: "The names of all secrets", Result: names},
		{Method: post, Path: "", Summary: "The names of the secrets that the caller may pass on", Result: names},
		{Method: get, Path: "/v2", Summary: "All secrets with their tags, without their values", Result: infos},
		{Method: get, Path: "-v2", Summary: "All secrets with their tags, without their values", Result: infos},
		{Method: get, Path: "/clearLocalCache", Summary: "Does nothing: no cache could be stale", Result: map[string]string{}},
		{Method: get, Path: "/clearRedisCache", Summary: "Does nothing: no cache could be stale", Result: map[string]string{}},
		{Method: get, Path: "/:key", Summary: "The value of a secret; 403 unless the server lets callers read secrets", Result: openapi.Text("")},
		{Method: put, Path: "/:key", Summary: "Make a secret or change its value", Body: openapi.Text("")},
		{Method: remove, Path: "/:key", Summary: "Remove a secret"},
		{Method: get, Path: "/:key/exists", Summary: "Whether there is a secret", Result: true},
	}, tagOperations("/:key/tags", "a secret")...))
}

func variableOperations() []openapi.Operation {
	return group(tagEnvironment, "/api/environment", append([]openapi.Operation{
		{Method: get, Path: "", Summary: "All variables of the environment", Result: []workflow.Variable{}},
		{Method: get, Path: "/:key", Summary: "The value of a variable", Result: openapi.Text("")},
		{Method: put, Path: "/:key", Summary: "Make a variable or change its value", Body: openapi.Text("")},
		{Method: remove, Path: "/:key", Summary: "Remove a variable; answers the value that it had", Result: openapi.Text("")},
	}, tagOperations("/:key/tags", "a variable")...))
}

func eventOperations() []openapi.Operation {
	handler, handlers := workflow.EventHandler{}, []workflow.EventHandler{}
	return group(tagEvents, "/api/event", append([]openapi.Operation{
		{Method: post, Path: "", Summary: "Register an event handler", Body: handler},
		{Method: put, Path: "", Summary: "Change an event handler", Body: handler},
		{Method: get, Path: "", Summary: "All event handlers", Result: handlers},
		{Method: get, Path: "/:event", Summary: "The handlers of an event", Query: "activeOnly:bool=true", Result: handlers},
		{Method: remove, Path: "/:key", Summary: "Remove an event handler"},
		{Method: get, Path: "/handler", Summary: "All event handlers", Result: handlers},
		{Method: get, Path: "/handler/:key", Summary: "An event handler", Result: handler},
		{Method: get, Path: "/execution", Summary: "How many events each handler has handled lately", Result: page[handledEvents]{}},
		{Method: get, Path: "/execution/:key", Summary: "What a handler did lately, newest first", Result: []workflow.EventExecution{}},
	}, tagOperations("/:key/tags", "an event handler")...))
}

func schedulerOperations() []openapi.Operation {
	schedule, schedules := workflow.Schedule{}, []workflow.Schedule{}
	status := map[string]string{}
	return group(tagScheduler, "/api/scheduler", append([]openapi.Operation{
		{Method: post, Path: "/schedules", Summary: "Make a schedule or change one", Body: schedule, Result: schedule},
		{Method: get, Path: "/schedules", Summary: "All schedules", Query: "workflowName", Result: schedules},
		{Method: get, Path: "/schedules/search", Summary: "Search schedules", Query: "workflowName scheduleName paused:bool freeText start:int=0 size:int=100", Result: page[workflow.Schedule]{}},
		{Method: get, Path: "/schedules/tags", Summary: "The schedules with a tag (key:value)", Query: "tag", Result: schedules},
		{Method: get, Path: "/schedules/:key", Summary: "A schedule with its next time", Result: schedule},
		{Method: remove, Path: "/schedules/:key", Summary: "Remove a schedule; what it started goes on"},
		{Method: put, Path: "/schedules/:key/pause", Summary: "Pause a schedule", Query: "reason"},
		{Method: get, Path: "/schedules/:key/pause", Summary: "Pause a schedule (older SDKs)", Query: "reason"},
		{Method: put, Path: "/schedules/:key/resume", Summary: "Let a schedule go on"},
		{Method: get, Path: "/schedules/:key/resume", Summary: "Let a schedule go on (older SDKs)"},
		{Method: get, Path: "/nextFewSchedules", Summary: "The next times of a cron expression", Query: "cronExpression scheduleStartTime:int scheduleEndTime:int limit:int=5", Result: []int64{}},
		{Method: get, Path: "/search/executions", Summary: "Search what schedules did", Query: "start:int=0 size:int=100 sort:string* freeText query", Result: page[workflow.ScheduleExecution]{}},
		{Method: put, Path: "/bulk/pause", Summary: "Pause schedules", Body: []string{}, Result: bulk{}},
		{Method: put, Path: "/bulk/resume", Summary: "Let schedules go on", Body: []string{}, Result: bulk{}},
		{Method: get, Path: "/admin/requeue", Summary: "Does nothing: due times are derived, not queued", Result: map[string]int{}},
		{Method: get, Path: "/admin/pause", Summary: "Pause all schedules", Result: status},
		{Method: post, Path: "/admin/pause", Summary: "Pause all schedules (the Go SDK's verb)", Result: status},
		{Method: get, Path: "/admin/resume", Summary: "Let all schedules go on", Result: status},
	}, tagOperations("/schedules/:key/tags", "a schedule")...))
}

func adminOperations() []openapi.Operation {
	return group(tagAdmin, "/api", []openapi.Operation{
		{Method: get, Path: "/queue", Summary: "The queues whose messages end tasks, by status", Result: map[string]string{}},
		{Method: get, Path: "/queue/size", Summary: "How many messages wait there: none, as they are applied at once", Result: map[string]int{}},
		{Method: post, Path: "/queue/update/:workflowId/:ref/:status", Summary: "End the open task with a reference", Body: object{}},
		{Method: post, Path: "/queue/update/:workflowId/task/:taskId/:status", Summary: "End a task", Body: object{}},
		{Method: get, Path: "/admin/config", Summary: "What is in force", Result: object{}},
		{Method: get, Path: "/admin/task/:type", Summary: "The tasks of a type that wait for a worker or are with one", Query: "start:int=0 count:int=100", Result: []workflow.Task{}},
		{Method: get, Path: "/admin/queues", Summary: "The events that handlers wait for", Query: "verbose:bool", Result: object{}},
		{Method: post, Path: "/admin/sweep/requeue/:id", Summary: "Does nothing: no execution waits to be looked at", Result: openapi.Text("")},
		{Method: post, Path: "/admin/consistency/verifyAndRepair/:id", Summary: "Whether something had to be repaired: never", Result: openapi.Text("")},
	})
}
