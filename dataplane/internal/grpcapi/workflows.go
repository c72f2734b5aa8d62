package grpcapi

import (
	"context"
	"fmt"

	"google.golang.org/grpc/metadata"

	"github.com/podium-cloud/podium/dataplane/engine"
	querytext "github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/proto/model"
	"github.com/podium-cloud/podium/dataplane/proto/search"
	pb "github.com/podium-cloud/podium/dataplane/proto/workflows"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// workflowService serves executions.
type workflowService struct {
	pb.UnimplementedWorkflowServiceServer
	*Server
}

// StartWorkflow begins an execution, in the trace of the call when it has one.
func (s workflowService) StartWorkflow(ctx context.Context, r *model.StartWorkflowRequest) (*pb.StartWorkflowResponse, error) {
	req := &workflow.StartRequest{}
	if err := toEngine(r, req); err != nil {
		return nil, err
	}
	if md, ok := metadata.FromIncomingContext(ctx); ok && len(md.Get("traceparent")) > 0 {
		req.Traceparent = md.Get("traceparent")[0]
	}
	id, err := s.engine.Start(ctx, req)
	return &pb.StartWorkflowResponse{WorkflowId: id}, err
}

// GetWorkflows returns executions by their correlation ids.
func (s workflowService) GetWorkflows(ctx context.Context, r *pb.GetWorkflowsRequest) (*pb.GetWorkflowsResponse, error) {
	out := &pb.GetWorkflowsResponse{WorkflowsById: map[string]*pb.GetWorkflowsResponse_Workflows{}}
	for _, id := range r.GetCorrelationId() {
		found, err := s.engine.Correlated(ctx, r.GetName(), id, r.GetIncludeClosed(), r.GetIncludeTasks())
		if err != nil {
			return nil, err
		}
		list := &pb.GetWorkflowsResponse_Workflows{}
		for _, x := range found {
			m, err := execution(x)
			if err != nil {
				return nil, err
			}
			list.Workflows = append(list.Workflows, m)
		}
		out.WorkflowsById[id] = list
	}
	return out, nil
}

func execution(x *workflow.Execution) (*model.Workflow, error) {
	return fromEngine(x, &model.Workflow{})
}

// GetWorkflowStatus returns an execution.
func (s workflowService) GetWorkflowStatus(ctx context.Context, r *pb.GetWorkflowStatusRequest) (*model.Workflow, error) {
	if r.GetWorkflowId() == "" {
		return nil, missing("workflow_id")
	}
	x, err := s.engine.Execution(ctx, r.GetWorkflowId(), r.GetIncludeTasks())
	if err != nil {
		return nil, err
	}
	return execution(x)
}

// RemoveWorkflow deletes an execution; one that is open only when it need not be archived.
func (s workflowService) RemoveWorkflow(ctx context.Context, r *pb.RemoveWorkflowRequest) (*pb.RemoveWorkflowResponse, error) {
	return &pb.RemoveWorkflowResponse{}, s.engine.Remove(ctx, r.GetWorkflodId(), r.GetArchiveWorkflow())
}

// GetRunningWorkflows lists ids of what runs, or, with a window of time, of all that began in it.
func (s workflowService) GetRunningWorkflows(ctx context.Context, r *pb.GetRunningWorkflowsRequest) (*pb.GetRunningWorkflowsResponse, error) {
	if r.GetName() == "" {
		return nil, missing("name")
	}
	if r.GetStartTime() == 0 || r.GetEndTime() == 0 {
		ids, err := s.engine.Running(ctx, r.GetName(), int(r.GetVersion()))
		return &pb.GetRunningWorkflowsResponse{WorkflowIds: ids}, err
	}
	page, err := s.engine.Search(ctx, engine.Search{
		Query: fmt.Sprintf("workflowType = %s AND version = %d AND startTime > %d AND startTime < %d",
			querytext.Quote(r.GetName()), r.GetVersion(), r.GetStartTime()-1, r.GetEndTime()+1),
		Size: maxPage,
	})
	if err != nil {
		return nil, err
	}
	out := &pb.GetRunningWorkflowsResponse{}
	for _, sum := range page.Results {
		out.WorkflowIds = append(out.WorkflowIds, sum.WorkflowID)
	}
	return out, nil
}

// DecideWorkflow has nothing to do: progress needs no push. It says whether there is such an execution.
func (s workflowService) DecideWorkflow(ctx context.Context, r *pb.DecideWorkflowRequest) (*pb.DecideWorkflowResponse, error) {
	_, err := s.engine.Execution(ctx, r.GetWorkflowId(), false)
	return &pb.DecideWorkflowResponse{}, err
}

// PauseWorkflow stops an execution after what is in progress.
func (s workflowService) PauseWorkflow(ctx context.Context, r *pb.PauseWorkflowRequest) (*pb.PauseWorkflowResponse, error) {
	return &pb.PauseWorkflowResponse{}, s.engine.Pause(ctx, r.GetWorkflowId())
}

// ResumeWorkflow lets a paused execution go on.
func (s workflowService) ResumeWorkflow(ctx context.Context, r *pb.ResumeWorkflowRequest) (*pb.ResumeWorkflowResponse, error) {
	return &pb.ResumeWorkflowResponse{}, s.engine.Resume(ctx, r.GetWorkflowId())
}

// SkipTaskFromWorkflow skips a task that the flow has not reached.
func (s workflowService) SkipTaskFromWorkflow(ctx context.Context, r *pb.SkipTaskRequest) (*pb.SkipTaskResponse, error) {
	req := &workflow.SkipRequest{}
	if r.GetRequest() != nil {
		if err := toEngine(r.GetRequest(), req); err != nil {
			return nil, err
		}
	}
	return &pb.SkipTaskResponse{}, s.engine.SkipTask(ctx, r.GetWorkflowId(), r.GetTaskReferenceName(), req)
}

// RerunWorkflow runs an ended execution again, from a task or from its start.
func (s workflowService) RerunWorkflow(ctx context.Context, r *model.RerunWorkflowRequest) (*pb.RerunWorkflowResponse, error) {
	req := &workflow.RerunRequest{}
	if err := toEngine(r, req); err != nil {
		return nil, err
	}
	id := r.GetReRunFromWorkflowId()
	return &pb.RerunWorkflowResponse{WorkflowId: id}, s.engine.Rerun(ctx, id, req)
}

// RestartWorkflow runs an ended execution again from its beginning.
func (s workflowService) RestartWorkflow(ctx context.Context, r *pb.RestartWorkflowRequest) (*pb.RestartWorkflowResponse, error) {
	return &pb.RestartWorkflowResponse{}, s.engine.Restart(ctx, r.GetWorkflowId(), r.GetUseLatestDefinitions())
}

// RetryWorkflow makes new attempts of the tasks that failed.
func (s workflowService) RetryWorkflow(ctx context.Context, r *pb.RetryWorkflowRequest) (*pb.RetryWorkflowResponse, error) {
	return &pb.RetryWorkflowResponse{}, s.engine.Retry(ctx, r.GetWorkflowId(), r.GetResumeSubworkflowTasks())
}

// ResetWorkflowCallbacks makes delayed worker tasks available now.
func (s workflowService) ResetWorkflowCallbacks(ctx context.Context, r *pb.ResetWorkflowCallbacksRequest) (*pb.ResetWorkflowCallbacksResponse, error) {
	return &pb.ResetWorkflowCallbacksResponse{}, s.engine.ResetCallbacks(ctx, r.GetWorkflowId())
}

// TerminateWorkflow ends an execution.
func (s workflowService) TerminateWorkflow(ctx context.Context, r *pb.TerminateWorkflowRequest) (*pb.TerminateWorkflowResponse, error) {
	return &pb.TerminateWorkflowResponse{}, s.engine.Terminate(ctx, r.GetWorkflowId(), r.GetReason())
}

// Search returns search rows.
func (s workflowService) Search(ctx context.Context, r *search.Request) (*pb.WorkflowSummarySearchResult, error) {
	page, err := s.engine.Search(ctx, searchOf(r))
	if err != nil {
		return nil, err
	}
	out := &pb.WorkflowSummarySearchResult{TotalHits: page.Total}
	for _, sum := range page.Results {
		out.Results = append(out.Results, workflowSummary(sum))
	}
	return out, nil
}

// SearchV2 returns executions, without their tasks.
func (s workflowService) SearchV2(ctx context.Context, r *search.Request) (*pb.WorkflowSearchResult, error) {
	page, err := s.engine.Search(ctx, searchOf(r))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(page.Results))
	for i, sum := range page.Results {
		ids[i] = sum.WorkflowID
	}
	out := &pb.WorkflowSearchResult{TotalHits: page.Total}
	return out, s.each(ctx, ids, func(x *workflow.Execution) error {
		m, err := execution(x)
		out.Results = append(out.Results, m)
		return err
	})
}

// SearchByTasks returns search rows of the executions whose tasks match. The total counts tasks.
func (s workflowService) SearchByTasks(ctx context.Context, r *search.Request) (*pb.WorkflowSummarySearchResult, error) {
	ids, total, err := s.owners(ctx, r)
	if err != nil {
		return nil, err
	}
	out := &pb.WorkflowSummarySearchResult{TotalHits: total}
	return out, s.each(ctx, ids, func(x *workflow.Execution) error {
		out.Results = append(out.Results, workflowSummary(summaryOf(x)))
		return nil
	})
}

// SearchByTasksV2 returns the executions whose tasks match, without their tasks. The total counts tasks.
func (s workflowService) SearchByTasksV2(ctx context.Context, r *search.Request) (*pb.WorkflowSearchResult, error) {
	ids, total, err := s.owners(ctx, r)
	if err != nil {
		return nil, err
	}
	out := &pb.WorkflowSearchResult{TotalHits: total}
	return out, s.each(ctx, ids, func(x *workflow.Execution) error {
		m, err := execution(x)
		out.Results = append(out.Results, m)
		return err
	})
}

// owners searches tasks and returns the ids of their executions, each once.
func (s workflowService) owners(ctx context.Context, r *search.Request) (ids []string, total int64, err error) {
	page, err := s.engine.SearchTasks(ctx, searchOf(r))
	if err != nil {
		return nil, 0, err
	}
	seen := map[string]bool{}
	for _, t := range page.Results {
		if !seen[t.WorkflowInstanceID] {
			seen[t.WorkflowInstanceID] = true
			ids = append(ids, t.WorkflowInstanceID)
		}
	}
	return ids, page.Total, nil
}

// each calls f for executions, without their tasks. One that is removed meanwhile is left out.
func (s workflowService) each(ctx context.Context, ids []string, f func(*workflow.Execution) error) error {
	for _, id := range ids {
		x, err := s.engine.Execution(ctx, id, false)
		if workflow.KindOf(err) == workflow.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}
