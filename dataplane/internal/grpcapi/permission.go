package grpcapi

import (
	"errors"
	"fmt"

	"github.com/podium-cloud/podium/dataplane/internal/access"
)

// permissions are what calls ask of their callers, the same as over HTTP.
var permissions = map[string]access.Permission{
	"/conductor.grpc.workflows.WorkflowService/StartWorkflow":          access.ExecutionStart,
	"/conductor.grpc.workflows.WorkflowService/GetWorkflows":           access.ExecutionRead,
	"/conductor.grpc.workflows.WorkflowService/GetWorkflowStatus":      access.ExecutionRead,
	"/conductor.grpc.workflows.WorkflowService/RemoveWorkflow":         access.ExecutionRemove,
	"/conductor.grpc.workflows.WorkflowService/GetRunningWorkflows":    access.ExecutionRead,
	"/conductor.grpc.workflows.WorkflowService/DecideWorkflow":         access.ExecutionOperate,
	"/conductor.grpc.workflows.WorkflowService/PauseWorkflow":          access.ExecutionOperate,
	"/conductor.grpc.workflows.WorkflowService/ResumeWorkflow":         access.ExecutionOperate,
	"/conductor.grpc.workflows.WorkflowService/SkipTaskFromWorkflow":   access.ExecutionOperate,
	"/conductor.grpc.workflows.WorkflowService/RerunWorkflow":          access.ExecutionOperate,
	"/conductor.grpc.workflows.WorkflowService/RestartWorkflow":        access.ExecutionOperate,
	"/conductor.grpc.workflows.WorkflowService/RetryWorkflow":          access.ExecutionOperate,
	"/conductor.grpc.workflows.WorkflowService/ResetWorkflowCallbacks": access.ExecutionOperate,
	"/conductor.grpc.workflows.WorkflowService/TerminateWorkflow":      access.ExecutionOperate,
	"/conductor.grpc.workflows.WorkflowService/Search":                 access.ExecutionRead,
	"/conductor.grpc.workflows.WorkflowService/SearchByTasks":          access.ExecutionRead,
	"/conductor.grpc.workflows.WorkflowService/SearchV2":               access.ExecutionRead,
	"/conductor.grpc.workflows.WorkflowService/SearchByTasksV2":        access.ExecutionRead,

	"/conductor.grpc.tasks.TaskService/Poll":                  access.TaskWork,
	"/conductor.grpc.tasks.TaskService/BatchPoll":             access.TaskWork,
	"/conductor.grpc.tasks.TaskService/UpdateTask":            access.TaskWork,
	"/conductor.grpc.tasks.TaskService/AddLog":                access.TaskWork,
	"/conductor.grpc.tasks.TaskService/GetTaskLogs":           access.ExecutionRead,
	"/conductor.grpc.tasks.TaskService/GetTask":               access.ExecutionRead,
	"/conductor.grpc.tasks.TaskService/GetQueueSizesForTasks": access.QueueRead,
	"/conductor.grpc.tasks.TaskService/GetQueueInfo":          access.QueueRead,
	"/conductor.grpc.tasks.TaskService/GetQueueAllInfo":       access.QueueRead,
	"/conductor.grpc.tasks.TaskService/Search":                access.ExecutionRead,
	"/conductor.grpc.tasks.TaskService/SearchV2":              access.ExecutionRead,

	"/conductor.grpc.metadata.MetadataService/CreateWorkflow":   access.WorkflowWrite,
	"/conductor.grpc.metadata.MetadataService/ValidateWorkflow": access.WorkflowRead,
	"/conductor.grpc.metadata.MetadataService/UpdateWorkflows":  access.WorkflowWrite,
	"/conductor.grpc.metadata.MetadataService/GetWorkflow":      access.WorkflowRead,
	"/conductor.grpc.metadata.MetadataService/CreateTasks":      access.TaskDefWrite,
	"/conductor.grpc.metadata.MetadataService/UpdateTask":       access.TaskDefWrite,
	"/conductor.grpc.metadata.MetadataService/GetTask":          access.TaskDefRead,
	"/conductor.grpc.metadata.MetadataService/DeleteTask":       access.TaskDefWrite,

	"/conductor.grpc.events.EventService/AddEventHandler":          access.EventWrite,
	"/conductor.grpc.events.EventService/UpdateEventHandler":       access.EventWrite,
	"/conductor.grpc.events.EventService/RemoveEventHandler":       access.EventWrite,
	"/conductor.grpc.events.EventService/GetEventHandlers":         access.EventRead,
	"/conductor.grpc.events.EventService/GetEventHandlersForEvent": access.EventRead,
}

// named wants that every call names its permission.
func (s *Server) named() error {
	var errs []error
	for service, info := range s.Services() {
		for _, m := range info.Methods {
			method := "/" + service + "/" + m.Name
			if !open(method) && !access.Known(permissions[method]) {
				errs = append(errs, fmt.Errorf("grpcapi: %s names no permission, so that nobody can say who may call it", method))
			}
		}
	}
	return errors.Join(errs...)
}
