package grpcapi

import (
	"context"

	pb "github.com/podium-cloud/podium/dataplane/proto/metadata"
	"github.com/podium-cloud/podium/dataplane/proto/model"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// metadataService serves definitions.
type metadataService struct {
	pb.UnimplementedMetadataServiceServer
	*Server
}

// workflowDef reads a definition.
func workflowDef(m *model.WorkflowDef) (*workflow.Def, error) {
	if m == nil {
		return nil, missing("workflow")
	}
	def := &workflow.Def{}
	return def, toEngine(m, def)
}

func taskDef(m *model.TaskDef) (*workflow.TaskDef, error) {
	if m == nil {
		return nil, missing("task")
	}
	def := &workflow.TaskDef{}
	return def, toEngine(m, def)
}

// CreateWorkflow registers a definition; one that exists is left alone and an error.
func (s metadataService) CreateWorkflow(ctx context.Context, r *pb.CreateWorkflowRequest) (*pb.CreateWorkflowResponse, error) {
	def, err := workflowDef(r.GetWorkflow())
	if err == nil {
		err = s.engine.PutWorkflowDef(ctx, def, false)
	}
	return &pb.CreateWorkflowResponse{}, err
}

// ValidateWorkflow checks a definition as CreateWorkflow does.
func (s metadataService) ValidateWorkflow(ctx context.Context, r *pb.ValidateWorkflowRequest) (*pb.ValidateWorkflowResponse, error) {
	def, err := workflowDef(r.GetWorkflow())
	if err == nil {
		err = s.engine.ValidateWorkflowDef(ctx, def)
	}
	return &pb.ValidateWorkflowResponse{}, err
}

// UpdateWorkflows registers definitions in place of those with the same name and version. When one of them is wrong none is
// registered.
func (s metadataService) UpdateWorkflows(ctx context.Context, r *pb.UpdateWorkflowsRequest) (*pb.UpdateWorkflowsResponse, error) {
	if len(r.GetDefs()) == 0 {
		return nil, missing("defs")
	}
	defs := make([]*workflow.Def, len(r.GetDefs()))
	for i, m := range r.GetDefs() {
		var err error
		if defs[i], err = workflowDef(m); err != nil {
			return nil, err
		}
		if err := s.engine.ValidateWorkflowDef(ctx, defs[i]); err != nil {
			return nil, err
		}
	}
	for _, def := range defs {
		if err := s.engine.PutWorkflowDef(ctx, def, true); err != nil {
			return nil, err
		}
	}
	return &pb.UpdateWorkflowsResponse{}, nil
}

// GetWorkflow returns a definition; version 0 is the latest.
func (s metadataService) GetWorkflow(ctx context.Context, r *pb.GetWorkflowRequest) (*pb.GetWorkflowResponse, error) {
	def, err := s.engine.WorkflowDef(ctx, r.GetName(), int(r.GetVersion()))
	if err != nil {
		return nil, err
	}
	m, err := fromEngine(def, &model.WorkflowDef{})
	return &pb.GetWorkflowResponse{Workflow: m}, err
}

// CreateTasks registers task definitions.
func (s metadataService) CreateTasks(ctx context.Context, r *pb.CreateTasksRequest) (*pb.CreateTasksResponse, error) {
	if len(r.GetDefs()) == 0 {
		return nil, missing("defs")
	}
	defs := make([]*workflow.TaskDef, len(r.GetDefs()))
	for i, m := range r.GetDefs() {
		var err error
		if defs[i], err = taskDef(m); err != nil {
			return nil, err
		}
	}
	return &pb.CreateTasksResponse{}, s.engine.PutTaskDefs(ctx, defs)
}

// UpdateTask changes a task definition.
func (s metadataService) UpdateTask(ctx context.Context, r *pb.UpdateTaskRequest) (*pb.UpdateTaskResponse, error) {
	def, err := taskDef(r.GetTask())
	if err == nil {
		err = s.engine.UpdateTaskDef(ctx, def)
	}
	return &pb.UpdateTaskResponse{}, err
}

// GetTask returns a task definition.
func (s metadataService) GetTask(ctx context.Context, r *pb.GetTaskRequest) (*pb.GetTaskResponse, error) {
	def, err := s.engine.TaskDef(ctx, r.GetTaskType())
	if err != nil {
		return nil, err
	}
	m, err := fromEngine(def, &model.TaskDef{})
	return &pb.GetTaskResponse{Task: m}, err
}

// DeleteTask removes a task definition.
func (s metadataService) DeleteTask(ctx context.Context, r *pb.DeleteTaskRequest) (*pb.DeleteTaskResponse, error) {
	if r.GetTaskType() == "" {
		return nil, missing("task_type")
	}
	return &pb.DeleteTaskResponse{}, s.engine.DeleteTaskDef(ctx, r.GetTaskType())
}
