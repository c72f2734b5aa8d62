package grpcapi

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/proto/model"
	"github.com/podium-cloud/podium/dataplane/proto/search"
	pb "github.com/podium-cloud/podium/dataplane/proto/tasks"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// taskService serves workers.
type taskService struct {
	pb.UnimplementedTaskServiceServer
	*Server
}

const (
	defaultPoll = 100  // milliseconds that a poll waits for a task
	maxPoll     = 5000 // milliseconds
	maxCount    = 1000 // tasks of one poll
)

func (s taskService) poll(ctx context.Context, p engine.PollRequest) ([]*workflow.Task, error) {
	if p.TaskType == "" {
		return nil, missing("task_type")
	}
	wait, cancel := s.waiting(ctx)
	defer cancel()
	found, err := s.engine.Poll(wait, p)
	if s.draining.Err() != nil && ctx.Err() == nil {
		return found, nil // as if there were no task
	}
	return found, err
}

// Poll hands out one task. When there is none the answer is empty.
func (s taskService) Poll(ctx context.Context, r *pb.PollRequest) (*pb.PollResponse, error) {
	found, err := s.poll(ctx, engine.PollRequest{
		TaskType: r.GetTaskType(), WorkerID: r.GetWorkerId(), Domain: r.GetDomain(), Count: 1, Wait: defaultPoll * time.Millisecond,
	})
	if err != nil || len(found) == 0 {
		return &pb.PollResponse{}, err
	}
	m, err := fromEngine(found[0], &model.Task{})
	return &pb.PollResponse{Task: m}, err
}

// BatchPoll hands out tasks as soon as there is one, and ends.
func (s taskService) BatchPoll(r *pb.BatchPollRequest, stream grpc.ServerStreamingServer[model.Task]) error {
	wait := int(r.GetTimeout())
	if wait == 0 {
		wait = defaultPoll
	}
	if wait < 0 || wait > maxPoll {
		return workflow.Errorf(workflow.Invalid, "timeout: must be 0 to %d milliseconds, not %d", maxPoll, wait)
	}
	if r.GetCount() < 0 {
		return workflow.Errorf(workflow.Invalid, "count: must not be negative, and is %d", r.GetCount())
	}
	found, err := s.poll(stream.Context(), engine.PollRequest{
		TaskType: r.GetTaskType(), WorkerID: r.GetWorkerId(), Domain: r.GetDomain(), Count: min(max(int(r.GetCount()), 1), maxCount),
		Wait: time.Duration(wait) * time.Millisecond,
	})
	if err != nil {
		return err
	}
	for _, t := range found {
		m, err := fromEngine(t, &model.Task{})
		if err == nil {
			err = stream.Send(m)
		}
		if err != nil {
			return err // those that are left come back after their response timeout
		}
	}
	return nil
}

// UpdateTask takes a worker's result.
func (s taskService) UpdateTask(ctx context.Context, r *pb.UpdateTaskRequest) (*pb.UpdateTaskResponse, error) {
	if r.GetResult() == nil {
		return nil, missing("result")
	}
	res := &workflow.TaskResult{}
	if err := toEngine(r.GetResult(), res); err != nil {
		return nil, err
	}
	if err := res.Validate(); err != nil {
		return nil, err
	}
	_, err := s.engine.Update(ctx, res)
	return &pb.UpdateTaskResponse{TaskId: res.TaskID}, err
}

// AddLog appends a line to a task's log.
func (s taskService) AddLog(ctx context.Context, r *pb.AddLogRequest) (*pb.AddLogResponse, error) {
	if r.GetTaskId() == "" {
		return nil, missing("task_id")
	}
	return &pb.AddLogResponse{}, s.engine.AddLogs(ctx, r.GetTaskId(), []workflow.TaskLog{{Log: r.GetLog(), TaskID: r.GetTaskId()}})
}

// GetTaskLogs returns a task's log.
func (s taskService) GetTaskLogs(ctx context.Context, r *pb.GetTaskLogsRequest) (*pb.GetTaskLogsResponse, error) {
	logs, err := s.engine.Logs(ctx, r.GetTaskId())
	if err != nil {
		return nil, err
	}
	out := &pb.GetTaskLogsResponse{}
	for _, l := range logs {
		out.Logs = append(out.Logs, &model.TaskExecLog{Log: l.Log, TaskId: l.TaskID, CreatedTime: l.CreatedTime})
	}
	return out, nil
}

// GetTask returns a task.
func (s taskService) GetTask(ctx context.Context, r *pb.GetTaskRequest) (*pb.GetTaskResponse, error) {
	t, err := s.engine.Task(ctx, r.GetTaskId())
	if err != nil {
		return nil, err
	}
	m, err := fromEngine(t, &model.Task{})
	return &pb.GetTaskResponse{Task: m}, err
}

// GetQueueSizesForTasks returns how many tasks are ready, by task type.
func (s taskService) GetQueueSizesForTasks(_ context.Context, r *pb.QueueSizesRequest) (*pb.QueueSizesResponse, error) {
	sizes := map[string]int32{}
	for _, t := range r.GetTaskTypes() {
		sizes[t] = 0
	}
	for _, q := range s.engine.Queues() {
		if _, ok := sizes[q.TaskType]; ok || len(r.GetTaskTypes()) == 0 {
			sizes[q.TaskType] += int32(q.Depth)
		}
	}
	return &pb.QueueSizesResponse{QueueForTask: sizes}, nil
}

// queueName is how Conductor names a queue.
func queueName(q engine.QueueInfo) string {
	if q.Domain == "" {
		return q.TaskType
	}
	return q.Domain + ":" + q.TaskType
}

// GetQueueInfo returns how many tasks are ready, by queue.
func (s taskService) GetQueueInfo(context.Context, *pb.QueueInfoRequest) (*pb.QueueInfoResponse, error) {
	out := &pb.QueueInfoResponse{Queues: map[string]int64{}}
	for _, q := range s.engine.Queues() {
		out.Queues[queueName(q)] = int64(q.Depth)
	}
	return out, nil
}

// GetQueueAllInfo returns how many tasks are ready and with workers, by queue; each has one shard.
func (s taskService) GetQueueAllInfo(context.Context, *pb.QueueAllInfoRequest) (*pb.QueueAllInfoResponse, error) {
	out := &pb.QueueAllInfoResponse{Queues: map[string]*pb.QueueAllInfoResponse_QueueInfo{}}
	for _, q := range s.engine.Queues() {
		out.Queues[queueName(q)] = &pb.QueueAllInfoResponse_QueueInfo{Shards: map[string]*pb.QueueAllInfoResponse_ShardInfo{
			"a": {Size: int64(q.Depth), Uacked: int64(q.InFlight)},
		}}
	}
	return out, nil
}

// Search returns search rows of tasks.
func (s taskService) Search(ctx context.Context, r *search.Request) (*pb.TaskSummarySearchResult, error) {
	page, err := s.engine.SearchTasks(ctx, searchOf(r))
	if err != nil {
		return nil, err
	}
	out := &pb.TaskSummarySearchResult{TotalHits: page.Total}
	for _, t := range page.Results {
		out.Results = append(out.Results, taskSummary(t))
	}
	return out, nil
}

// SearchV2 returns tasks.
func (s taskService) SearchV2(ctx context.Context, r *search.Request) (*pb.TaskSearchResult, error) {
	page, err := s.engine.SearchTasks(ctx, searchOf(r))
	if err != nil {
		return nil, err
	}
	out := &pb.TaskSearchResult{TotalHits: page.Total}
	for _, t := range page.Results {
		m, err := fromEngine(t, &model.Task{})
		if err != nil {
			return nil, err
		}
		out.Results = append(out.Results, m)
	}
	return out, nil
}
