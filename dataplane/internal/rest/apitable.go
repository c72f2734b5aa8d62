package rest

import (
	"net/http"
	"strings"
	"sync"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
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
	searchQuery = "start:int=0 size:int=100 sort:string* freeText query classifier topLevelOnly:bool"
	pollQuery   = "workerid domain"
)

type object = map[string]any

// apiOperations describes every route; a test holds both together.
func apiOperations() []openapi.Operation {
	var out []openapi.Operation
	for _, part := range [][]openapi.Operation{
		metadataOperations(), labelOperations(), workflowOperations(), bulkOperations(), taskOperations(), schemaOperations(),
		resourceOperations(), serverOperations(), accessOperations(),
	} {
		out = append(out, part...)
	}
	return out
}

// permissions are what routes ask of their callers, by method and shape of the path.
var permissions = sync.OnceValue(func() map[string]access.Permission {
	out := map[string]access.Permission{}
	for _, o := range apiOperations() {
		out[o.Method+" "+openapi.Shape(o.Path)] = o.Permission
	}
	return out
})

// permissionOf returns what a route asks of its callers; "" when nothing says so.
func permissionOf(method, path string) access.Permission {
	if strings.HasPrefix(path, apiPageAt) {
		return access.Public
	}
	return permissions()[method+" "+openapi.Shape(path)]
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
		{Method: post, Path: "/workflow", Permission: access.WorkflowWrite, Summary: "Register a workflow definition", Query: "overwrite:bool", Body: def},
		{Method: put, Path: "/workflow", Permission: access.WorkflowWrite, Summary: "Register definitions, in place of those with the same name and version", Body: defs, Result: bulk{}},
		{Method: post, Path: "/workflow/validate", Permission: access.WorkflowRead, Summary: "Check a definition without registering it", Body: def},
		{Method: get, Path: "/workflow", Permission: access.WorkflowRead, Summary: "All versions of all definitions", Query: "classifier", Result: defs},
		{Method: get, Path: "/workflow/names", Permission: access.WorkflowRead, Summary: "The names of all definitions", Result: []string{}},
		{Method: get, Path: "/workflow/names-and-versions", Permission: access.WorkflowRead, Summary: "Names and versions, without the definitions themselves", Result: map[string][]workflow.DefSummary{}},
		{Method: get, Path: "/workflow/latest-versions", Permission: access.WorkflowRead, Summary: "The latest version of each definition", Result: defs},
		{Method: get, Path: "/workflow/:name", Permission: access.WorkflowRead, Summary: "A definition; without a version the latest", Query: "version:int", Result: def},
		{Method: get, Path: "/workflow/:name/versions", Permission: access.WorkflowRead, Summary: "The versions of a definition", Result: []workflow.DefSummary{}},
		{Method: remove, Path: "/workflow/:name/:version", Permission: access.WorkflowWrite, Summary: "Remove a version of a definition; executions of it go on"},
		{Method: post, Path: "/taskdefs", Permission: access.TaskDefWrite, Summary: "Register task definitions", Body: tasks},
		{Method: put, Path: "/taskdefs", Permission: access.TaskDefWrite, Summary: "Change a task definition", Body: task},
		{Method: get, Path: "/taskdefs", Permission: access.TaskDefRead, Summary: "All task definitions", Result: tasks},
		{Method: get, Path: "/taskdefs/:name", Permission: access.TaskDefRead, Summary: "A task definition", Result: task},
		{Method: remove, Path: "/taskdefs/:name", Permission: access.TaskDefWrite, Summary: "Remove a task definition"},
	})
}

// labelOperations are the tags of definitions, and the routes of workflows.
func labelOperations() []openapi.Operation {
	tag, tags, route := workflow.Tag{}, []workflow.Tag{}, engine.Route{}
	out := group(tagMetadata, "", []openapi.Operation{
		{Method: get, Path: "/api/metadata/tags", Permission: access.WorkflowRead, Summary: "Every tag that a definition has", Result: tags},
		{Method: get, Path: "/podium/v1/routes/:name", Permission: access.WorkflowRead, Summary: "Which share of the starts gets which version", Result: route},
		{Method: put, Path: "/podium/v1/routes/:name", Permission: access.WorkflowWrite, Summary: "Set which share of the starts gets which version", Body: route},
		{Method: remove, Path: "/podium/v1/routes/:name", Permission: access.WorkflowWrite, Summary: "Give all starts the latest version"},
	})
	for _, kind := range []string{"workflow", "task"} {
		read, write := access.WorkflowRead, access.WorkflowWrite
		if kind == "task" {
			read, write = access.TaskDefRead, access.TaskDefWrite
		}
		out = append(out, group(tagMetadata, "/api/metadata/"+kind+"/:name/tags", []openapi.Operation{
			{Method: get, Path: "", Permission: read, Summary: "The tags of a " + kind + " definition", Result: tags},
			{Method: post, Path: "", Permission: write, Summary: "Add a tag to a " + kind + " definition", Body: tag},
			{Method: put, Path: "", Permission: write, Summary: "Replace the tags of a " + kind + " definition", Body: tags},
			{Method: remove, Path: "", Permission: write, Summary: "Take a tag off a " + kind + " definition", Body: tag},
		})...)
	}
	return out
}

func schemaOperations() []openapi.Operation {
	schema, schemas := workflow.SchemaDef{}, []workflow.SchemaDef{}
	return group(tagSchema, "/api/schema", []openapi.Operation{
		{Method: post, Path: "", Permission: access.SchemaWrite, Summary: "Register schemas", Query: "newVersion:bool", Body: schemas},
		{Method: get, Path: "", Permission: access.SchemaRead, Summary: "All schemas", Result: schemas},
		{Method: get, Path: "/:name", Permission: access.SchemaRead, Summary: "The latest version of a schema", Result: schema},
		{Method: remove, Path: "/:name", Permission: access.SchemaWrite, Summary: "Remove all versions of a schema"},
		{Method: get, Path: "/:name/:version", Permission: access.SchemaRead, Summary: "A version of a schema", Result: schema},
		{Method: remove, Path: "/:name/:version", Permission: access.SchemaWrite, Summary: "Remove a version of a schema"},
	})
}

func workflowOperations() []openapi.Operation {
	execution, executions := workflow.Execution{}, []workflow.Execution{}
	summaries, full := page[workflowSummary]{}, page[*workflow.Execution]{}
	id, closed := openapi.Text(""), "includeClosed:bool includeTasks:bool"
	strategy := "returnStrategy:string=TARGET_WORKFLOW"
	return group(tagWorkflow, "/api/workflow", []openapi.Operation{
		{Method: post, Path: "", Permission: access.ExecutionStart, Summary: "Start an execution; answers its id", Body: workflow.StartRequest{}, Result: id},
		{Method: post, Path: "/:name", Permission: access.ExecutionStart, Summary: "Start an execution with the body as its input", Query: "version:int correlationId priority:int=0", Body: object{}, Result: id},
		{Method: post, Path: "/start/:name/:version", Permission: access.ExecutionStart, Summary: "Start an execution of a version with the body as its input", Query: "correlationId priority:int=0", Body: object{}, Result: id},
		{Method: post, Path: "/execute/:name/:version", Permission: access.ExecutionStart, Summary: "Start an execution and wait for its end, or for one of the tasks named", Query: "requestId waitUntilTaskRef:string* waitForSeconds:int=10 " + strategy, Body: workflow.StartRequest{}, Result: workflowRun{}},
		{Method: post, Path: "/test", Permission: access.ExecutionStart, Summary: "Run a workflow with made-up results; nothing is kept", Body: dryrun.Request{}, Result: execution},

		{Method: get, Path: "/:id", Permission: access.ExecutionRead, Summary: "An execution", Query: "includeTasks:bool=true", Result: execution},
		{Method: get, Path: "/:id/status", Permission: access.ExecutionRead, Summary: "The state of an execution", Query: "includeOutput:bool includeVariables:bool", Result: executionState{}},
		{Method: get, Path: "/:id/tasks", Permission: access.ExecutionRead, Summary: "A page of an execution's tasks", Query: "start:int=0 count:int=15 status:string*", Result: taskPage{}},
		{Method: get, Path: "/running/:name", Permission: access.ExecutionRead, Summary: "Ids of open executions of a definition", Query: "version:int startTime:int endTime:int", Result: []string{}},
		{Method: get, Path: "/:name/correlated", Permission: access.ExecutionRead, Summary: "Executions by correlation ids", Query: "correlationId:string* " + closed, Result: map[string][]workflow.Execution{}},
		{Method: post, Path: "/:name/correlated", Permission: access.ExecutionRead, Summary: "Executions by correlation ids", Query: closed, Body: []string{}, Result: map[string][]workflow.Execution{}},
		{Method: get, Path: "/:name/correlated/:correlationId", Permission: access.ExecutionRead, Summary: "Executions with a correlation id", Query: closed, Result: executions},
		{Method: post, Path: "/correlated/batch", Permission: access.ExecutionRead, Summary: "Executions of several definitions by correlation ids", Query: closed, Body: correlatedRequest{}, Result: map[string][]workflow.Execution{}},
		{Method: get, Path: "/search", Permission: access.ExecutionRead, Summary: "Search executions", Query: searchQuery, Result: summaries},
		{Method: get, Path: "/search-v2", Permission: access.ExecutionRead, Summary: "Search executions; answers the executions themselves", Query: searchQuery, Result: full},
		{Method: get, Path: "/search-by-tasks", Permission: access.ExecutionRead, Summary: "Search executions by their tasks", Query: searchQuery, Result: summaries},
		{Method: get, Path: "/search-by-tasks-v2", Permission: access.ExecutionRead, Summary: "Search executions by their tasks; answers the executions themselves", Query: searchQuery, Result: full},
		{Method: get, Path: "/externalstoragelocation", Permission: access.ExecutionRead, Summary: "Where to write or read a large payload oneself", Query: "path !operation !payloadType", Result: externalLocation{}},
		{Method: get, Path: "/external-storage-location", Permission: access.ExecutionRead, Summary: "Where to write or read a large payload oneself", Query: "path !operation !payloadType", Result: externalLocation{}},

		{Method: put, Path: "/decide/:id", Permission: access.ExecutionOperate, Summary: "Nothing to do here: progress needs no push"},
		{Method: put, Path: "/:id/pause", Permission: access.ExecutionOperate, Summary: "Pause an execution after what is in progress"},
		{Method: put, Path: "/:id/resume", Permission: access.ExecutionOperate, Summary: "Resume a paused execution"},
		{Method: put, Path: "/:id/skiptask/:ref", Permission: access.ExecutionOperate, Summary: "Skip a task that the flow has not reached", Body: workflow.SkipRequest{}},
		{Method: post, Path: "/:id/rerun", Permission: access.ExecutionOperate, Summary: "Run an ended execution again, from a task or from the start; answers the id", Body: workflow.RerunRequest{}, Result: id},
		{Method: post, Path: "/:id/restart", Permission: access.ExecutionOperate, Summary: "Run an ended execution again from its beginning", Query: "useLatestDefinitions:bool"},
		{Method: post, Path: "/:id/retry", Permission: access.ExecutionOperate, Summary: "Make new attempts of the tasks that failed", Query: "resumeSubworkflowTasks:bool"},
		{Method: post, Path: "/:id/resetcallbacks", Permission: access.ExecutionOperate, Summary: "Make delayed worker tasks available now"},
		{Method: post, Path: "/:id/jump/:ref", Permission: access.ExecutionOperate, Summary: "Go on with another task of a running execution; the body is its input", Body: object{}},
		{Method: post, Path: "/:id/upgrade", Permission: access.ExecutionOperate, Summary: "Go on with another version of the definition", Body: workflow.UpgradeRequest{}},
		{Method: post, Path: "/:id/variables", Permission: access.ExecutionOperate, Summary: "Lay values over an execution's variables", Body: object{}, Result: execution},
		{Method: post, Path: "/:id/messages", Permission: access.TaskWork, Summary: "Leave a message for a running execution; answers its id", Body: object{}, Result: id},
		{Method: post, Path: "/:id/state", Permission: access.ExecutionOperate, Summary: "Set variables, report a task, or both, and wait as execute does", Query: "requestId waitUntilTaskRef:string* waitForSeconds:int=10", Body: stateUpdate{}, Result: workflowRun{}},
		{Method: remove, Path: "/:id", Permission: access.ExecutionOperate, Summary: "Terminate an execution", Query: "reason"},
		{Method: remove, Path: "/:id/remove", Permission: access.ExecutionRemove, Summary: "Remove an execution", Query: "archiveWorkflow:bool=true"},
		{Method: remove, Path: "/:id/terminate-remove", Permission: access.ExecutionRemove, Summary: "Terminate and remove an execution", Query: "reason archiveWorkflow:bool=true"},
	})
}

func bulkOperations() []openapi.Operation {
	ids := []string{}
	return group(tagBulk, "/api/workflow/bulk", []openapi.Operation{
		{Method: put, Path: "/pause", Permission: access.ExecutionOperate, Summary: "Pause executions", Body: ids, Result: bulk{}},
		{Method: put, Path: "/resume", Permission: access.ExecutionOperate, Summary: "Resume executions", Body: ids, Result: bulk{}},
		{Method: post, Path: "/restart", Permission: access.ExecutionOperate, Summary: "Restart executions", Query: "useLatestDefinitions:bool", Body: ids, Result: bulk{}},
		{Method: post, Path: "/retry", Permission: access.ExecutionOperate, Summary: "Retry executions", Body: ids, Result: bulk{}},
		{Method: post, Path: "/terminate", Permission: access.ExecutionOperate, Summary: "Terminate executions", Query: "reason", Body: ids, Result: bulk{}},
		{Method: remove, Path: "/remove", Permission: access.ExecutionRemove, Summary: "Remove executions", Query: "archiveWorkflow:bool=true", Body: ids, Result: bulk{}},
		{Method: post, Path: "/delete", Permission: access.ExecutionRemove, Summary: "Remove executions", Query: "archiveWorkflow:bool=true", Body: ids, Result: bulk{}},
		{Method: remove, Path: "/terminate-remove", Permission: access.ExecutionRemove, Summary: "Terminate and remove executions", Query: "reason archiveWorkflow:bool=true", Body: ids, Result: bulk{}},
		{Method: post, Path: "/search", Permission: access.ExecutionRead, Summary: "The executions with these ids", Query: "includeTasks:bool=true", Body: ids, Result: bulk{}},
	})
}

func taskOperations() []openapi.Operation {
	task, tasks, id := workflow.Task{}, []workflow.Task{}, openapi.Text("")
	result, sizes, polls := workflow.TaskResult{}, map[string]int{}, []workflow.PollData{}
	return group(tagTask, "/api/tasks", []openapi.Operation{
		{Method: get, Path: "/poll/:type", Permission: access.TaskWork, Summary: "Take a task", Query: pollQuery, Result: task, Empty: "There is none"},
		{Method: get, Path: "/poll/batch/:type", Permission: access.TaskWork, Summary: "Take up to count tasks, as soon as there is one or timeout milliseconds are over", Query: pollQuery + " count:int=1 timeout:int=100", Result: tasks},
		{Method: post, Path: "", Permission: access.TaskWork, Summary: "Report a task; answers its id", Body: result, Result: id},
		{Method: post, Path: "/update-v2", Permission: access.TaskWork, Summary: "Report a task and take the next one of its queue", Body: result, Result: task, Empty: "There is no next one"},
		{Method: post, Path: "/:workflowId/:ref/:status", Permission: access.TaskWork, Summary: "Report the pending task with a reference; the body is its output", Query: "workerid", Body: object{}, Result: id},
		{Method: post, Path: "/:workflowId/:ref/:status/sync", Permission: access.TaskWork, Summary: "Report the pending task with a reference; answers the execution", Query: "workerid", Body: object{}, Result: workflow.Execution{}},
		{Method: post, Path: "/:workflowId/:status/signal", Permission: access.TaskWork, Summary: "End the first task that waits for a signal; the body is its output", Body: object{}},
		{Method: post, Path: "/:workflowId/:status/signal/sync", Permission: access.TaskWork, Summary: "End the first task that waits for a signal, and wait for what follows", Query: "returnStrategy:string=TARGET_WORKFLOW timeoutMillis:int=5000", Body: object{}, Result: workflowRun{}},
		{Method: get, Path: "/:id", Permission: access.ExecutionRead, Summary: "A task", Result: task},
		{Method: post, Path: "/:id/log", Permission: access.TaskWork, Summary: "Add a line to a task's log", Body: id},
		{Method: get, Path: "/:id/log", Permission: access.ExecutionRead, Summary: "A task's log", Result: []workflow.TaskLog{}},
		{Method: get, Path: "/search", Permission: access.ExecutionRead, Summary: "Search tasks", Query: searchQuery, Result: page[taskSummary]{}},
		{Method: get, Path: "/search-v2", Permission: access.ExecutionRead, Summary: "Search tasks; answers the tasks themselves", Query: searchQuery, Result: page[*workflow.Task]{}},
		{Method: get, Path: "/externalstoragelocation", Permission: access.TaskWork, Summary: "Where to write or read a large payload oneself", Query: "path !operation !payloadType", Result: externalLocation{}},
		{Method: get, Path: "/external-storage-location", Permission: access.TaskWork, Summary: "Where to write or read a large payload oneself", Query: "path !operation !payloadType", Result: externalLocation{}},
		{Method: get, Path: "/queue/sizes", Permission: access.QueueRead, Summary: "Ready tasks by task type", Query: "taskType:string*", Result: sizes},
		{Method: get, Path: "/queue/size", Permission: access.QueueRead, Summary: "Ready tasks of one queue", Query: "!taskType domain", Result: 0},
		{Method: get, Path: "/queue/all", Permission: access.QueueRead, Summary: "Ready tasks by queue", Result: sizes},
		{Method: get, Path: "/queue/all/verbose", Permission: access.QueueRead, Summary: "Ready tasks, and those with workers, by queue", Result: map[string]map[string]queueFigures{}},
		{Method: get, Path: "/queue/polldata", Permission: access.QueueRead, Summary: "Who polled a task type last", Query: "!taskType", Result: polls},
		{Method: get, Path: "/queue/polldata/all", Permission: access.QueueRead, Summary: "Who polled last, by queue", Result: polls},
		{Method: post, Path: "/queue/requeue/:type", Permission: access.QueueOperate, Summary: "Offer tasks again that are in no queue; answers how many", Result: openapi.Text("")},
	})
}

func serverOperations() []openapi.Operation {
	text := openapi.Text("")
	server := group(tagServer, "", []openapi.Operation{
		{Method: post, Path: "/api/token", Permission: access.Public, Summary: "Exchange an access key for a token", Body: accessKey{}, Result: tokenAnswer{}, Open: true},
		{Method: get, Path: "/api/version", Permission: access.Public, Summary: "The version of the server", Result: text, Open: true},
		{Method: get, Path: "/api/health", Permission: access.Public, Summary: "Constant, as in Conductor", Result: object{}, Open: true},
		{Method: get, Path: "/health", Permission: access.Public, Summary: "Constant, as in Conductor", Result: object{}, Open: true},
		{Method: get, Path: "/healthz", Permission: access.Public, Summary: "Whether the process lives", Result: text, Open: true},
		{Method: get, Path: "/readyz", Permission: access.Public, Summary: "Whether it can work: the store takes writes", Result: text, Open: true},
		{Method: get, Path: "/actuator/health", Permission: access.Public, Summary: "Constant", Result: object{}, Open: true},
		{Method: get, Path: "/actuator/info", Permission: access.Public, Summary: "The version of the server", Result: object{}, Open: true},
		{Method: get, Path: "/actuator/prometheus", Permission: access.ServerRead, Summary: "Metrics in Prometheus' format", Result: text},
		{Method: get, Path: "/metrics", Permission: access.ServerRead, Summary: "Metrics in Prometheus' format", Result: text},
		{Method: get, Path: "/api/payload/*", Permission: access.Public, Summary: "A large payload; the URL is signed", Query: "!until:int !signature", Result: object{}, Open: true},
		{Method: put, Path: "/api/payload/*", Permission: access.Public, Summary: "Write a large payload; the URL is signed", Query: "!until:int !signature", Body: object{}, Open: true},
		{Method: get, Path: "/api-docs", Permission: access.Public, Summary: "This document", Result: object{}, Open: true},
	})
	return append(server, group(tagConsole, "/podium/v1", []openapi.Operation{
		{Method: get, Path: "/info", Permission: access.Public, Summary: "Who this cluster is", Result: Info{}, Open: true},
		{Method: remove, Path: "/fence", Permission: access.AccessWrite, Summary: "Lift the fence of a restored copy: timers, schedules, events and HTTP tasks go on"},
		{Method: get, Path: "/events", Permission: access.ExecutionRead, Summary: "Changes of an execution, or of all, as server-sent events", Query: "workflowId", Result: engine.Change{}},
		{Method: get, Path: "/overview", Permission: access.QueueRead, Summary: "Executions by state, queues and polls", Result: clusterOverview{}},
	})...)
}
