package rest

import (
	"net/http"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/dryrun"
	"github.com/podium-cloud/podium/dataplane/internal/openapi"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Groups of operations.
const (
	tagMetadata = "Metadata"
	tagWorkflow = "Workflow"
	tagBulk     = "Workflow bulk"
	tagTask     = "Task"
	tagSchema   = "Schema"
	tagServer   = "Server"
	tagConsole  = "Console"
)

// Parameters that many operations share.
const (
	searchQuery = "start:int=0 size:int=100 sort:string* freeText query topLevelOnly:bool"
	pollQuery   = "workerid domain"
)

type object = map[string]any

// apiOperations describes every route; a test holds both together.
func apiOperations() []openapi.Operation {
	var out []openapi.Operation
	for _, part := range [][]openapi.Operation{
		metadataOperations(), labelOperations(), workflowOperations(), bulkOperations(), taskOperations(), schemaOperations(),
		resourceOperations(), serverOperations(),
	} {
		out = append(out, part...)
	}
	return out
}

// group gives operations a tag and the beginning of their paths.
func group(tag, at string, ops []openapi.Operation) []openapi.Operation {
	for i := range ops {
		ops[i].Tag, ops[i].Path = tag, at+ops[i].Path
	}
	return ops
}

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	remove = http.MethodDelete
)

func metadataOperations() []openapi.Operation {
	def, defs, task, tasks := workflow.Def{}, []workflow.Def{}, workflow.TaskDef{}, []workflow.TaskDef{}
	return group(tagMetadata, "/api/metadata", []openapi.Operation{
		{Method: post, Path: "/workflow", Summary: "Register a workflow definition", Query: "overwrite:bool", Body: def},
		{Method: put, Path: "/workflow", Summary: "Register definitions, in place of those with the same name and version", Body: defs, Result: bulk{}},
		{Method: post, Path: "/workflow/validate", Summary: "Check a definition without registering it", Body: def},
		{Method: get, Path: "/workflow", Summary: "All versions of all definitions", Result: defs},
		{Method: get, Path: "/workflow/names", Summary: "The names of all definitions", Result: []string{}},
		{Method: get, Path: "/workflow/names-and-versions", Summary: "Names and versions, without the definitions themselves", Result: map[string][]workflow.DefSummary{}},
		{Method: get, Path: "/workflow/latest-versions", Summary: "The latest version of each definition", Result: defs},
		{Method: get, Path: "/workflow/:name", Summary: "A definition; without a version the latest", Query: "version:int", Result: def},
		{Method: get, Path: "/workflow/:name/versions", Summary: "The versions of a definition", Result: []workflow.DefSummary{}},
		{Method: remove, Path: "/workflow/:name/:version", Summary: "Remove a version of a definition; executions of it go on"},
		{Method: post, Path: "/taskdefs", Summary: "Register task definitions", Body: tasks},
		{Method: put, Path: "/taskdefs", Summary: "Change a task definition", Body: task},
		{Method: get, Path: "/taskdefs", Summary: "All task definitions", Result: tasks},
		{Method: get, Path: "/taskdefs/:name", Summary: "A task definition", Result: task},
		{Method: remove, Path: "/taskdefs/:name", Summary: "Remove a task definition"},
	})
}

// labelOperations are the tags of definitions, and the routes of workflows.
func labelOperations() []openapi.Operation {
	tag, tags, route := workflow.Tag{}, []workflow.Tag{}, engine.Route{}
	out := group(tagMetadata, "", []openapi.Operation{
		{Method: get, Path: "/api/metadata/tags", Summary: "Every tag that a definition has", Result: tags},
		{Method: get, Path: "/podium/v1/routes/:name", Summary: "Which share of the starts gets which version", Result: route},
		{Method: put, Path: "/podium/v1/routes/:name", Summary: "Set which share of the starts gets which version", Body: route},
		{Method: remove, Path: "/podium/v1/routes/:name", Summary: "Give all starts the latest version"},
	})
	for _, kind := range []string{"workflow", "task"} {
		out = append(out, group(tagMetadata, "/api/metadata/"+kind+"/:name/tags", []openapi.Operation{
			{Method: get, Path: "", Summary: "The tags of a " + kind + " definition", Result: tags},
			{Method: post, Path: "", Summary: "Add a tag to a " + kind + " definition", Body: tag},
			{Method: put, Path: "", Summary: "Replace the tags of a " + kind + " definition", Body: tags},
			{Method: remove, Path: "", Summary: "Take a tag off a " + kind + " definition", Body: tag},
		})...)
	}
	return out
}

func schemaOperations() []openapi.Operation {
	schema, schemas := workflow.SchemaDef{}, []workflow.SchemaDef{}
	return group(tagSchema, "/api/schema", []openapi.Operation{
		{Method: post, Path: "", Summary: "Register schemas", Query: "newVersion:bool", Body: schemas},
		{Method: get, Path: "", Summary: "All schemas", Result: schemas},
		{Method: get, Path: "/:name", Summary: "The latest version of a schema", Result: schema},
		{Method: remove, Path: "/:name", Summary: "Remove all versions of a schema"},
		{Method: get, Path: "/:name/:version", Summary: "A version of a schema", Result: schema},
		{Method: remove, Path: "/:name/:version", Summary: "Remove a version of a schema"},
	})
}

func workflowOperations() []openapi.Operation {
	execution, executions := workflow.Execution{}, []workflow.Execution{}
	summaries, full := page[workflowSummary]{}, page[*workflow.Execution]{}
	id, closed := openapi.Text(""), "includeClosed:bool includeTasks:bool"
	strategy := "returnStrategy:string=TARGET_WORKFLOW"
	return group(tagWorkflow, "/api/workflow", []openapi.Operation{
		{Method: post, Path: "", Summary: "Start an execution; answers its id", Body: workflow.StartRequest{}, Result: id},
		{Method: post, Path: "/:name", Summary: "Start an execution with the body as its input", Query: "version:int correlationId priority:int=0", Body: object{}, Result: id},
		{Method: post, Path: "/start/:name/:version", Summary: "Start an execution of a version with the body as its input", Query: "correlationId priority:int=0", Body: object{}, Result: id},
		{Method: post, Path: "/execute/:name/:version", Summary: "Start an execution and wait for its end, or for one of the tasks named", Query: "requestId waitUntilTaskRef:string* waitForSeconds:int=10 " + strategy, Body: workflow.StartRequest{}, Result: workflowRun{}},
		{Method: post, Path: "/test", Summary: "Run a workflow with made-up results; nothing is kept", Body: dryrun.Request{}, Result: execution},

		{Method: get, Path: "/:id", Summary: "An execution", Query: "includeTasks:bool=true", Result: execution},
		{Method: get, Path: "/:id/status", Summary: "The state of an execution", Query: "includeOutput:bool includeVariables:bool", Result: executionState{}},
		{Method: get, Path: "/:id/tasks", Summary: "A page of an execution's tasks", Query: "start:int=0 count:int=15 status:string*", Result: taskPage{}},
		{Method: get, Path: "/running/:name", Summary: "Ids of open executions of a definition", Query: "version:int=1 startTime:int endTime:int", Result: []string{}},
		{Method: get, Path: "/:name/correlated", Summary: "Executions by correlation ids", Query: "correlationId:string* " + closed, Result: map[string][]workflow.Execution{}},
		{Method: post, Path: "/:name/correlated", Summary: "Executions by correlation ids", Query: closed, Body: []string{}, Result: map[string][]workflow.Execution{}},
		{Method: get, Path: "/:name/correlated/:correlationId", Summary: "Executions with a correlation id", Query: closed, Result: executions},
		{Method: post, Path: "/correlated/batch", Summary: "Executions of several definitions by correlation ids", Query: closed, Body: correlatedRequest{}, Result: map[string][]workflow.Execution{}},
		{Method: get, Path: "/search", Summary: "Search executions", Query: searchQuery, Result: summaries},
		{Method: get, Path: "/search-v2", Summary: "Search executions; answers the executions themselves", Query: searchQuery, Result: full},
		{Method: get, Path: "/search-by-tasks", Summary: "Search executions by their tasks", Query: searchQuery, Result: summaries},
		{Method: get, Path: "/search-by-tasks-v2", Summary: "Search executions by their tasks; answers the executions themselves", Query: searchQuery, Result: full},
		{Method: get, Path: "/externalstoragelocation", Summary: "Where to write or read a large payload oneself", Query: "path !operation !payloadType", Result: externalLocation{}},
		{Method: get, Path: "/external-storage-location", Summary: "Where to write or read a large payload oneself", Query: "path !operation !payloadType", Result: externalLocation{}},

		{Method: put, Path: "/decide/:id", Summary: "Nothing to do here: progress needs no push"},
		{Method: put, Path: "/:id/pause", Summary: "Pause an execution after what is in progress"},
		{Method: put, Path: "/:id/resume", Summary: "Resume a paused execution"},
		{Method: put, Path: "/:id/skiptask/:ref", Summary: "Skip a task that the flow has not reached", Body: workflow.SkipRequest{}},
		{Method: post, Path: "/:id/rerun", Summary: "Run an ended execution again, from a task or from the start; answers the id", Body: workflow.RerunRequest{}, Result: id},
		{Method: post, Path: "/:id/restart", Summary: "Run an ended execution again from its beginning", Query: "useLatestDefinitions:bool"},
		{Method: post, Path: "/:id/retry", Summary: "Make new attempts of the tasks that failed", Query: "resumeSubworkflowTasks:bool"},
		{Method: post, Path: "/:id/resetcallbacks", Summary: "Make delayed worker tasks available now"},
		{Method: post, Path: "/:id/jump/:ref", Summary: "Go on with another task of a running execution; the body is its input", Body: object{}},
		{Method: post, Path: "/:id/upgrade", Summary: "Go on with another version of the definition", Body: workflow.UpgradeRequest{}},
		{Method: post, Path: "/:id/variables", Summary: "Lay values over an execution's variables", Body: object{}, Result: execution},
		{Method: post, Path: "/:id/messages", Summary: "Leave a message for a running execution; answers its id", Body: object{}, Result: id},
		{Method: post, Path: "/:id/state", Summary: "Set variables, report a task, or both, and wait as execute does", Query: "requestId waitUntilTaskRef:string* waitForSeconds:int=10", Body: stateUpdate{}, Result: workflowRun{}},
		{Method: remove, Path: "/:id", Summary: "Terminate an execution", Query: "reason"},
		{Method: remove, Path: "/:id/remove", Summary: "Remove an execution", Query: "archiveWorkflow:bool=true"},
		{Method: remove, Path: "/:id/terminate-remove", Summary: "Terminate and remove an execution", Query: "reason"},
	})
}

func bulkOperations() []openapi.Operation {
	ids := []string{}
	return group(tagBulk, "/api/workflow/bulk", []openapi.Operation{
		{Method: put, Path: "/pause", Summary: "Pause executions", Body: ids, Result: bulk{}},
		{Method: put, Path: "/resume", Summary: "Resume executions", Body: ids, Result: bulk{}},
		{Method: post, Path: "/restart", Summary: "Restart executions", Query: "useLatestDefinitions:bool", Body: ids, Result: bulk{}},
		{Method: post, Path: "/retry", Summary: "Retry executions", Body: ids, Result: bulk{}},
		{Method: post, Path: "/terminate", Summary: "Terminate executions", Query: "reason", Body: ids, Result: bulk{}},
		{Method: remove, Path: "/remove", Summary: "Remove executions", Query: "archiveWorkflow:bool=true", Body: ids, Result: bulk{}},
		{Method: post, Path: "/delete", Summary: "Remove executions", Query: "archiveWorkflow:bool=true", Body: ids, Result: bulk{}},
		{Method: remove, Path: "/terminate-remove", Summary: "Terminate and remove executions", Query: "reason", Body: ids, Result: bulk{}},
		{Method: post, Path: "/search", Summary: "The executions with these ids", Query: "includeTasks:bool=true", Body: ids, Result: bulk{}},
	})
}

func taskOperations() []openapi.Operation {
	task, tasks, id := workflow.Task{}, []workflow.Task{}, openapi.Text("")
	result, sizes, polls := workflow.TaskResult{}, map[string]int{}, []workflow.PollData{}
	return group(tagTask, "/api/tasks", []openapi.Operation{
		{Method: get, Path: "/poll/:type", Summary: "Take a task", Query: pollQuery, Result: task, Empty: "There is none"},
		{Method: get, Path: "/poll/batch/:type", Summary: "Take up to count tasks, as soon as there is one or timeout milliseconds are over", Query: pollQuery + " count:int=1 timeout:int=100", Result: tasks},
		{Method: post, Path: "", Summary: "Report a task; answers its id", Body: result, Result: id},
		{Method: post, Path: "/update-v2", Summary: "Report a task and take the next one of its queue", Body: result, Result: task, Empty: "There is no next one"},
		{Method: post, Path: "/:workflowId/:ref/:status", Summary: "Report the pending task with a reference; the body is its output", Query: "workerid", Body: object{}, Result: id},
		{Method: post, Path: "/:workflowId/:ref/:status/sync", Summary: "Report the pending task with a reference; answers the execution", Query: "workerid", Body: object{}, Result: workflow.Execution{}},
		{Method: post, Path: "/:workflowId/:status/signal", Summary: "End the first task that waits for a signal; the body is its output", Body: object{}},
		{Method: post, Path: "/:workflowId/:status/signal/sync", Summary: "End the first task that waits for a signal, and wait for what follows", Query: "returnStrategy:string=TARGET_WORKFLOW timeoutMillis:int=5000", Body: object{}, Result: workflowRun{}},
		{Method: get, Path: "/:id", Summary: "A task", Result: task},
		{Method: post, Path: "/:id/log", Summary: "Add a line to a task's log", Body: id},
		{Method: get, Path: "/:id/log", Summary: "A task's log", Result: []workflow.TaskLog{}},
		{Method: get, Path: "/search", Summary: "Search tasks", Query: searchQuery, Result: page[taskSummary]{}},
		{Method: get, Path: "/search-v2", Summary: "Search tasks; answers the tasks themselves", Query: searchQuery, Result: page[*workflow.Task]{}},
		{Method: get, Path: "/externalstoragelocation", Summary: "Where to write or read a large payload oneself", Query: "path !operation !payloadType", Result: externalLocation{}},
		{Method: get, Path: "/external-storage-location", Summary: "Where to write or read a large payload oneself", Query: "path !operation !payloadType", Result: externalLocation{}},
		{Method: get, Path: "/queue/sizes", Summary: "Ready tasks by task type", Query: "taskType:string*", Result: sizes},
		{Method: get, Path: "/queue/size", Summary: "Ready tasks of one queue", Query: "!taskType domain", Result: 0},
		{Method: get, Path: "/queue/all", Summary: "Ready tasks by queue", Result: sizes},
		{Method: get, Path: "/queue/all/verbose", Summary: "Ready tasks, and those with workers, by queue", Result: map[string]map[string]queueFigures{}},
		{Method: get, Path: "/queue/polldata", Summary: "Who polled a task type last", Query: "!taskType", Result: polls},
		{Method: get, Path: "/queue/polldata/all", Summary: "Who polled last, by queue", Result: polls},
		{Method: post, Path: "/queue/requeue/:type", Summary: "Offer tasks again that are in no queue; answers how many", Result: openapi.Text("")},
	})
}

func serverOperations() []openapi.Operation {
	text := openapi.Text("")
	server := group(tagServer, "", []openapi.Operation{
		{Method: post, Path: "/api/token", Summary: "Exchange an access key for a token", Body: accessKey{}, Result: tokenAnswer{}, Open: true},
		{Method: get, Path: "/api/version", Summary: "The version of the server", Result: text, Open: true},
		{Method: get, Path: "/api/health", Summary: "Constant, as in Conductor", Result: object{}, Open: true},
		{Method: get, Path: "/health", Summary: "Constant, as in Conductor", Result: object{}, Open: true},
		{Method: get, Path: "/healthz", Summary: "Whether the process lives", Result: text, Open: true},
		{Method: get, Path: "/readyz", Summary: "Whether it can work: the store takes writes", Result: text, Open: true},
		{Method: get, Path: "/actuator/health", Summary: "Constant", Result: object{}, Open: true},
		{Method: get, Path: "/actuator/info", Summary: "The version of the server", Result: object{}, Open: true},
		{Method: get, Path: "/actuator/prometheus", Summary: "Metrics in Prometheus' format", Result: text},
		{Method: get, Path: "/metrics", Summary: "Metrics in Prometheus' format", Result: text},
		{Method: get, Path: "/api/payload/*", Summary: "A large payload; the URL is signed", Query: "!until:int !signature", Result: object{}, Open: true},
		{Method: put, Path: "/api/payload/*", Summary: "Write a large payload; the URL is signed", Query: "!until:int !signature", Body: object{}, Open: true},
		{Method: get, Path: "/api-docs", Summary: "This document", Result: object{}, Open: true},
	})
	return append(server, group(tagConsole, "/podium/v1", []openapi.Operation{
		{Method: get, Path: "/info", Summary: "Who this cluster is", Result: Info{}, Open: true},
		{Method: get, Path: "/events", Summary: "Changes of an execution, or of all, as server-sent events", Query: "workflowId", Result: engine.Change{}},
		{Method: get, Path: "/overview", Summary: "Executions by state, queues and polls", Result: clusterOverview{}},
	})...)
}
