package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
)

func (h *Handler) get(path string, f echo.HandlerFunc)    { h.handle(http.MethodGet, path, f) }
func (h *Handler) post(path string, f echo.HandlerFunc)   { h.handle(http.MethodPost, path, f) }
func (h *Handler) put(path string, f echo.HandlerFunc)    { h.handle(http.MethodPut, path, f) }
func (h *Handler) delete(path string, f echo.HandlerFunc) { h.handle(http.MethodDelete, path, f) }

// routes maps every call that is served. Literal segments win over parameters, whatever the order here.
func (h *Handler) routes() {
	h.get("/health", h.health)
	h.get("/healthz", h.alive)
	h.get("/readyz", h.showReadiness)
	h.get("/actuator/health", h.actuatorHealth)
	h.get("/actuator/info", h.actuatorInfo)
	if h.metrics != nil {
		h.get("/metrics", echo.WrapHandler(h.metrics.Handler()))
		h.get("/actuator/prometheus", echo.WrapHandler(h.metrics.Handler()))
	}
	h.get("/api/health", h.health)
	h.get("/api/version", h.showVersion)
	h.post("/api/token", h.exchangeKey)

	h.get("/podium/v1/info", h.showInfo)
	h.get("/podium/v1/events", h.streamEvents)
	h.delete("/podium/v1/fence", h.liftFence)
	h.get("/podium/v1/overview", h.overview)

	h.get("/podium/v1/routes/:name", h.getRoute)
	h.put("/podium/v1/routes/:name", h.putRoute)
	h.delete("/podium/v1/routes/:name", h.deleteRoute)

	h.apiRoutes()
	h.definitionRoutes("/api/metadata")
	h.workflowRoutes("/api/workflow")
	h.bulkRoutes("/api/workflow/bulk")
	h.taskRoutes("/api/tasks")
	h.schemaRoutes("/api/schema")
	if h.files != nil {
		h.get("/api/payload/*", h.readPayload)
		h.put("/api/payload/*", h.writePayload)
	}
	h.secretRoutes("/api/secrets")
	h.variableRoutes("/api/environment")
	h.eventRoutes("/api/event")
	h.queueRoutes("/api/queue")
	h.schedulerRoutes("/api/scheduler")
	h.adminRoutes("/api/admin")

	h.get("/api/token/userInfo", h.showUserInfo)
	h.get("/podium/v1/me", h.showMe)
	h.get("/podium/v1/accounts/:id", h.showAccount)
	h.applicationRoutes("/api/applications")
	h.userRoutes("/api/users")
	h.groupRoutes("/api/groups")
	h.roleRoutes("/api/roles")
	h.grantRoutes("/api/auth/authorization")
}

func (h *Handler) eventRoutes(at string) {
	h.post(at, h.createEventHandler)
	h.put(at, h.updateEventHandler)
	h.get(at, h.listEventHandlers)
	h.get(at+"/:event", h.handlersOfEvent)
	h.delete(at+"/:key", h.deleteEventHandler)
	h.get(at+"/handler", h.listEventHandlers)
	h.get(at+"/handler/:key", h.getEventHandler)
	h.get(at+"/execution", h.listHandledEvents)
	h.get(at+"/execution/:key", h.eventExecutions)
	h.get(at+"/message", h.listHandledEvents)
	h.get(at+"/message/:event", h.eventMessages)
	h.post(at+"/handleIncomingEvent", h.handleEvent)
	h.tagRoutes(at+"/:key/tags", engine.TagHandler)
}

// queueRoutes are of the queues by whose messages others end tasks. A message is applied at once, so that they stay empty.
func (h *Handler) queueRoutes(at string) {
	h.get(at, h.statusQueues)
	h.get(at+"/size", h.statusQueueSizes)
	h.post(at+"/update/:workflowId/:ref/:status", h.endByRef)
	h.post(at+"/update/:workflowId/task/:taskId/:status", h.endByID)
}

func (h *Handler) schedulerRoutes(at string) {
	h.post(at+"/schedules", h.saveSchedule)
	h.get(at+"/schedules", h.listSchedules)
	h.get(at+"/schedules/search", h.searchSchedules)
	h.get(at+"/schedules/tags", h.schedulesByTag)
	h.get(at+"/schedules/:key", h.getSchedule)
	h.delete(at+"/schedules/:key", h.deleteSchedule)
	h.put(at+"/schedules/:key/pause", h.pauseSchedule)
	h.get(at+"/schedules/:key/pause", h.pauseSchedule) // the verb of older SDKs
	h.put(at+"/schedules/:key/resume", h.resumeSchedule)
	h.get(at+"/schedules/:key/resume", h.resumeSchedule) // the verb of older SDKs
	h.tagRoutes(at+"/schedules/:key/tags", engine.TagSchedule)
	h.get(at+"/nextFewSchedules", h.nextSchedules)
	h.get(at+"/search/executions", h.searchScheduleExecutions)
	h.put(at+"/bulk/pause", h.bulkPauseSchedules)
	h.put(at+"/bulk/resume", h.bulkResumeSchedules)
	h.get(at+"/admin/requeue", h.requeueSchedules)
	h.get(at+"/admin/pause", h.pauseScheduler)
	h.post(at+"/admin/pause", h.pauseScheduler) // the Go SDK's verb
	h.get(at+"/admin/resume", h.resumeScheduler)
}

func (h *Handler) adminRoutes(at string) {
	h.get(at+"/config", h.showConfig)
	h.get(at+"/task/:type", h.pendingTasks)
	h.post(at+"/sweep/requeue/:id", h.sweep)
	h.post(at+"/consistency/verifyAndRepair/:id", h.verify)
	h.get(at+"/queues", h.eventQueues)
}

func (h *Handler) secretRoutes(at string) {
	h.get(at, h.secretNames)
	h.post(at, h.secretNames) // with roles: those that the caller may pass on
	h.get(at+"/v2", h.listSecrets)
	h.get(at+"-v2", h.listSecrets)
	h.get(at+"/clearLocalCache", h.clearSecretCache)
	h.get(at+"/clearRedisCache", h.clearSecretCache)
	h.get(at+"/:key", h.getSecret)
	h.put(at+"/:key", h.putSecret)
	h.delete(at+"/:key", h.deleteSecret)
	h.get(at+"/:key/exists", h.secretExists)
	h.tagRoutes(at+"/:key/tags", engine.TagSecret)
}

func (h *Handler) variableRoutes(at string) {
	h.get(at, h.listVariables)
	h.get(at+"/:key", h.getVariable)
	h.put(at+"/:key", h.putVariable)
	h.delete(at+"/:key", h.deleteVariable)
	h.tagRoutes(at+"/:key/tags", engine.TagVariable)
}

func (h *Handler) definitionRoutes(at string) {
	h.post(at+"/workflow", h.createWorkflowDef)
	h.put(at+"/workflow", h.putWorkflowDefs)
	h.post(at+"/workflow/validate", h.validateWorkflowDef)
	h.get(at+"/workflow", h.listWorkflowDefs)
	h.get(at+"/workflow/names", h.workflowNames)
	h.get(at+"/workflow/names-and-versions", h.workflowNamesAndVersions)
	h.get(at+"/workflow/latest-versions", h.latestWorkflowDefs)
	h.get(at+"/workflow/:name", h.getWorkflowDef)
	h.get(at+"/workflow/:name/versions", h.workflowVersions)
	h.delete(at+"/workflow/:name/:version", h.deleteWorkflowDef)
	h.post(at+"/taskdefs", h.putTaskDefs)
	h.put(at+"/taskdefs", h.updateTaskDef)
	h.get(at+"/taskdefs", h.listTaskDefs)
	h.get(at+"/taskdefs/:name", h.getTaskDef)
	h.delete(at+"/taskdefs/:name", h.deleteTaskDef)
	h.get(at+"/tags", h.allTags)
	h.definitionTagRoutes(at+"/workflow/:name/tags", engine.TagWorkflow)
	h.definitionTagRoutes(at+"/task/:name/tags", engine.TagTask)
}

func (h *Handler) schemaRoutes(at string) {
	h.post(at, h.putSchemas)
	h.get(at, h.listSchemas)
	h.get(at+"/:name", h.getSchema)
	h.delete(at+"/:name", h.deleteSchema)
	h.get(at+"/:name/:version", h.getSchema)
	h.delete(at+"/:name/:version", h.deleteSchema)
}

func (h *Handler) workflowRoutes(at string) {
	h.post(at, h.start)
	h.post(at+"/:name", h.startByName)
	h.post(at+"/start/:name/:version", h.startByName)
	h.post(at+"/execute/:name/:version", h.execute)
	h.post(at+"/test", h.dryRun)

	h.get(at+"/:id", h.getExecution)
	h.get(at+"/:id/status", h.executionStatus)
	h.get(at+"/:id/tasks", h.executionTasks)
	h.get(at+"/running/:name", h.runningExecutions)
	h.get(at+"/:name/correlated", h.correlated) // the Go SDK's verb
	h.post(at+"/:name/correlated", h.correlated)
	h.get(at+"/:name/correlated/:correlationId", h.correlatedByID)
	h.post(at+"/correlated/batch", h.correlatedBatch)
	h.get(at+"/search", h.search)
	h.get(at+"/search-v2", h.searchExecutions)
	h.get(at+"/search-by-tasks", h.searchByTasks)
	h.get(at+"/search-by-tasks-v2", h.searchExecutionsByTasks)
	h.get(at+"/externalstoragelocation", h.payloadLocation)
	h.get(at+"/external-storage-location", h.payloadLocation)

	h.put(at+"/decide/:id", h.decide)
	h.put(at+"/:id/pause", h.pause)
	h.put(at+"/:id/resume", h.resume)
	h.put(at+"/:id/skiptask/:ref", h.skipTask)
	h.post(at+"/:id/rerun", h.rerun)
	h.post(at+"/:id/restart", h.restart)
	h.post(at+"/:id/retry", h.retry)
	h.post(at+"/:id/resetcallbacks", h.resetCallbacks)
	h.post(at+"/:id/jump/:ref", h.jump)
	h.post(at+"/:id/upgrade", h.upgrade)
	h.post(at+"/:id/variables", h.setVariables)
	h.post(at+"/:id/state", h.updateState)
	h.post(at+"/:id/messages", h.pushMessage)
	h.delete(at+"/:id", h.terminate)
	h.delete(at+"/:id/remove", h.remove)
	h.delete(at+"/:id/terminate-remove", h.terminateAndRemove)
}

func (h *Handler) bulkRoutes(at string) {
	h.put(at+"/pause", h.bulkPause)
	h.put(at+"/resume", h.bulkResume)
	h.post(at+"/restart", h.bulkRestart)
	h.post(at+"/retry", h.bulkRetry)
	h.post(at+"/terminate", h.bulkTerminate)
	h.delete(at+"/remove", h.bulkRemove)
	h.post(at+"/delete", h.bulkRemove)
	h.delete(at+"/terminate-remove", h.bulkTerminateAndRemove)
	h.post(at+"/search", h.bulkSearch)
}

func (h *Handler) taskRoutes(at string) {
	h.get(at+"/poll/:type", h.poll)
	h.get(at+"/poll/batch/:type", h.pollBatch)
	h.post(at, h.updateTask)
	h.post(at+"/update-v2", h.updateTaskAndPoll)
	h.post(at+"/:workflowId/:ref/:status", h.updateByRef)
	h.post(at+"/:workflowId/:ref/:status/sync", h.updateByRefSync)
	h.post(at+"/:workflowId/:status/signal", h.signal)
	h.post(at+"/:workflowId/:status/signal/sync", h.signalSync)
	h.get(at+"/:id", h.getTask)
	h.post(at+"/:id/log", h.addLog)
	h.get(at+"/:id/log", h.taskLogs)
	h.get(at+"/search", h.searchTasks)
	h.get(at+"/search-v2", h.searchTasksFull)
	h.get(at+"/externalstoragelocation", h.payloadLocation)
	h.get(at+"/external-storage-location", h.payloadLocation)

	h.get(at+"/queue/sizes", h.queueSizes)
	h.get(at+"/queue/size", h.queueSize)
	h.get(at+"/queue/all", h.queueDepths)
	h.get(at+"/queue/all/verbose", h.queueDetails)
	h.get(at+"/queue/polldata", h.pollData)
	h.get(at+"/queue/polldata/all", h.allPollData)
	h.post(at+"/queue/requeue/:type", h.requeue)
}
