package grpcapi_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	grpcmeta "google.golang.org/grpc/metadata"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/grpcapi"
	"github.com/podium-cloud/podium/dataplane/proto/events"
	"github.com/podium-cloud/podium/dataplane/proto/metadata"
	"github.com/podium-cloud/podium/dataplane/proto/model"
	"github.com/podium-cloud/podium/dataplane/proto/search"
	"github.com/podium-cloud/podium/dataplane/proto/tasks"
	"github.com/podium-cloud/podium/dataplane/proto/workflows"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// server is the services over a real engine in memory, with clients of all of them.
type server struct {
	t         *testing.T
	server    *grpcapi.Server
	conn      *grpc.ClientConn
	metadata  metadata.MetadataServiceClient
	workflows workflows.WorkflowServiceClient
	tasks     tasks.TaskServiceClient
	counted   chan string
}

func newServer(t *testing.T, wrap func(*engine.Engine) grpcapi.Engine, gate *access.Gate) *server {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var used grpcapi.Engine = e
	if wrap != nil {
		used = wrap(e)
	}
	if gate == nil {
		if gate, err = access.New(access.Config{Mode: access.None}); err != nil {
			t.Fatal(err)
		}
	}
	s := &server{t: t, counted: make(chan string, 1000)}
	s.server, err = grpcapi.New(grpcapi.Config{
		Engine: used, Gate: gate, Count: func(method string, code codes.Code, _ time.Duration) { s.counted <- method + " " + code.String() },
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.server.Serve(l) }()
	s.conn, err = grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	s.metadata, s.workflows, s.tasks = metadata.NewMetadataServiceClient(s.conn), workflows.NewWorkflowServiceClient(s.conn), tasks.NewTaskServiceClient(s.conn)
	t.Cleanup(func() {
		_ = s.conn.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.server.Stop(ctx)
		if err := errors.Join(<-ended, e.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// must returns the answer of a call that has to succeed.
func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantCode(t *testing.T, err error, want codes.Code) *status.Status {
	t.Helper()
	s := status.Convert(err)
	if s.Code() != want {
		t.Errorf("got %s: %s, want %s", s.Code(), s.Message(), want)
	}
	return s
}

func values(t *testing.T, m map[string]any) map[string]*structpb.Value {
	t.Helper()
	s, err := structpb.NewStruct(m)
	if err != nil {
		t.Fatal(err)
	}
	return s.Fields
}

// simple is a definition with one worker task.
func simple(name string) *model.WorkflowDef {
	return &model.WorkflowDef{
		Name: name, Version: 1, SchemaVersion: 2, Restartable: true, TimeoutPolicy: model.WorkflowDef_ALERT_ONLY,
		Tasks: []*model.WorkflowTask{{Name: "work", TaskReferenceName: "work", RetryCount: -1, InputParameters: map[string]*structpb.Value{
			"n": structpb.NewStringValue("${workflow.input.n}"),
		}}},
	}
}

func (s *server) register(def *model.WorkflowDef) {
	s.t.Helper()
	must[*metadata.CreateWorkflowResponse](s.t)(s.metadata.CreateWorkflow(s.t.Context(), &metadata.CreateWorkflowRequest{Workflow: def}))
}

func (s *server) start(r *model.StartWorkflowRequest) string {
	s.t.Helper()
	return must[*workflows.StartWorkflowResponse](s.t)(s.workflows.StartWorkflow(s.t.Context(), r)).GetWorkflowId()
}

func (s *server) execution(id string) *model.Workflow {
	s.t.Helper()
	return must[*model.Workflow](s.t)(s.workflows.GetWorkflowStatus(s.t.Context(), &workflows.GetWorkflowStatusRequest{WorkflowId: id, IncludeTasks: true}))
}

func (s *server) batch(r *tasks.BatchPollRequest) []*model.Task {
	s.t.Helper()
	stream := must[grpc.ServerStreamingClient[model.Task]](s.t)(s.tasks.BatchPoll(s.t.Context(), r))
	var out []*model.Task
	for {
		t, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, t)
	}
}

func (s *server) report(r *model.TaskResult) {
	s.t.Helper()
	res := must[*tasks.UpdateTaskResponse](s.t)(s.tasks.UpdateTask(s.t.Context(), &tasks.UpdateTaskRequest{Result: r}))
	if res.GetTaskId() != r.GetTaskId() {
		s.t.Errorf("answered %q", res.GetTaskId())
	}
}

func TestAWorkflowRunsToItsEnd(t *testing.T) {
	s := newServer(t, nil, nil)
	s.register(simple("w"))
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	ctx := grpcmeta.AppendToOutgoingContext(t.Context(), "traceparent", trace)
	id := must[*workflows.StartWorkflowResponse](t)(s.workflows.StartWorkflow(ctx, &model.StartWorkflowRequest{
		Name: "w", CorrelationId: "c1", Priority: 7, Input: values(t, map[string]any{"n": 42, "list": []any{1.5, "a", nil, true}}),
	})).GetWorkflowId()

	sizes := must[*tasks.QueueSizesResponse](t)(s.tasks.GetQueueSizesForTasks(t.Context(), &tasks.QueueSizesRequest{TaskTypes: []string{"work", "none"}}))
	if q := sizes.GetQueueForTask(); q["work"] != 1 || q["none"] != 0 || len(q) != 2 {
		t.Errorf("sizes %v", q)
	}
	task := must[*tasks.PollResponse](t)(s.tasks.Poll(t.Context(), &tasks.PollRequest{TaskType: "work", WorkerId: "me"})).GetTask()
	if task.GetWorkflowInstanceId() != id || task.GetStatus() != model.Task_IN_PROGRESS || task.GetInputData()["n"].GetNumberValue() != 42 ||
		task.GetWorkerId() != "me" || task.GetWorkflowPriority() != 7 || task.GetWorkflowTask().GetRetryCount() != -1 ||
		task.GetExecutionMetadata().GetAdditionalContext()["traceparent"].GetStringValue() != trace {
		t.Errorf("task %v", task)
	}
	all := must[*tasks.QueueAllInfoResponse](t)(s.tasks.GetQueueAllInfo(t.Context(), &tasks.QueueAllInfoRequest{}))
	if shard := all.GetQueues()["work"].GetShards()["a"]; shard.GetUacked() != 1 || shard.GetSize() != 0 {
		t.Errorf("queues %v", all)
	}
	must[*tasks.AddLogResponse](t)(s.tasks.AddLog(t.Context(), &tasks.AddLogRequest{TaskId: task.GetTaskId(), Log: "half way"}))
	s.report(&model.TaskResult{
		WorkflowInstanceId: id, TaskId: task.GetTaskId(), Status: model.TaskResult_COMPLETED, OutputData: values(t, map[string]any{"deep": map[string]any{"x": 1}}),
		Logs: []*model.TaskExecLog{{Log: "done"}},
	})
	logs := must[*tasks.GetTaskLogsResponse](t)(s.tasks.GetTaskLogs(t.Context(), &tasks.GetTaskLogsRequest{TaskId: task.GetTaskId()})).GetLogs()
	if len(logs) != 2 || logs[0].GetLog() != "half way" || logs[1].GetLog() != "done" || logs[1].GetCreatedTime() == 0 {
		t.Errorf("logs %v", logs)
	}
	x := s.execution(id)
	if x.GetStatus() != model.Workflow_COMPLETED || x.GetCorrelationId() != "c1" || x.GetPriority() != 7 || len(x.GetTasks()) != 1 || x.GetEndTime() == 0 {
		t.Errorf("execution %v", x)
	}
	if got := x.GetTasks()[0].GetOutputData()["deep"].GetStructValue().GetFields()["x"].GetNumberValue(); got != 1 {
		t.Errorf("output %v", x.GetTasks()[0].GetOutputData())
	}
	if list := x.GetInput()["list"].GetListValue().GetValues(); len(list) != 4 || list[0].GetNumberValue() != 1.5 || list[3].GetBoolValue() != true {
		t.Errorf("input %v", x.GetInput())
	}
	if got := must[*tasks.GetTaskResponse](t)(s.tasks.GetTask(t.Context(), &tasks.GetTaskRequest{TaskId: task.GetTaskId()})).GetTask(); got.GetStatus() != model.Task_COMPLETED {
		t.Errorf("task %v", got)
	}
	byID := must[*workflows.GetWorkflowsResponse](t)(s.workflows.GetWorkflows(t.Context(), &workflows.GetWorkflowsRequest{
		Name: "w", CorrelationId: []string{"c1", "c2"}, IncludeClosed: true,
	})).GetWorkflowsById()
	if len(byID["c1"].GetWorkflows()) != 1 || len(byID["c2"].GetWorkflows()) != 0 {
		t.Errorf("by correlation id: %v", byID)
	}
}

func TestPoll_WithoutATaskIsEmptyAndBatchesStream(t *testing.T) {
	s := newServer(t, nil, nil)
	if got := must[*tasks.PollResponse](t)(s.tasks.Poll(t.Context(), &tasks.PollRequest{TaskType: "work"})); got.GetTask() != nil {
		t.Errorf("got %v", got)
	}
	if got := s.batch(&tasks.BatchPollRequest{TaskType: "work", Count: 5, Timeout: 1}); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	s.register(simple("w"))
	for range 3 {
		s.start(&model.StartWorkflowRequest{Name: "w"})
	}
	if got := s.batch(&tasks.BatchPollRequest{TaskType: "work"}); len(got) != 1 {
		t.Errorf("%d tasks without a count", len(got))
	}
	if got := s.batch(&tasks.BatchPollRequest{TaskType: "work", Count: 10, Timeout: 5000}); len(got) != 2 {
		t.Errorf("%d tasks", len(got))
	}
	stream := must[grpc.ServerStreamingClient[model.Task]](t)(s.tasks.BatchPoll(t.Context(), &tasks.BatchPollRequest{TaskType: "work", Timeout: 5001}))
	_, err := stream.Recv()
	wantCode(t, err, codes.InvalidArgument)
}

func TestStop_EndsWaitingPolls(t *testing.T) {
	s := newServer(t, nil, nil)
	stream := must[grpc.ServerStreamingClient[model.Task]](t)(s.tasks.BatchPoll(t.Context(), &tasks.BatchPollRequest{TaskType: "work", Timeout: 5000}))
	for waits := false; !waits; {
		q := must[*tasks.QueueInfoResponse](t)(s.tasks.GetQueueInfo(t.Context(), &tasks.QueueInfoRequest{}))
		_, waits = q.GetQueues()["work"]
	}
	began := time.Now()
	s.server.Stop(t.Context())
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) || time.Since(began) > 4500*time.Millisecond {
		t.Errorf("the poll ended with %v after %v", err, time.Since(began))
	}
}

func TestDefinitions_KeepWhatTheContractCanSay(t *testing.T) {
	s := newServer(t, nil, nil)
	def := simple("inner")
	s.register(def)
	outer := &model.WorkflowDef{
		Name: "outer", Version: 3, SchemaVersion: 2, OwnerEmail: "a@example.test", TimeoutSeconds: 60, TimeoutPolicy: model.WorkflowDef_TIME_OUT_WF,
		InputParameters: []string{"n"}, OutputParameters: values(t, map[string]any{"o": "${sub.output}"}), FailureWorkflow: "inner", FailureWorkflowVersion: 1,
		Variables: values(t, map[string]any{"v": []any{1}}), Metadata: values(t, map[string]any{"m": true}),
		Tasks: []*model.WorkflowTask{
			{
				Name: "fork", TaskReferenceName: "fork", Type: "FORK_JOIN", ForkTasks: []*model.WorkflowTask_WorkflowTaskList{
					{Tasks: []*model.WorkflowTask{{Name: "a", TaskReferenceName: "a", RetryCount: 2}}},
					{Tasks: []*model.WorkflowTask{{Name: "b", TaskReferenceName: "b", RetryCount: -1, Optional: true}}},
				},
			},
			{Name: "join", TaskReferenceName: "join", Type: "JOIN", JoinOn: []string{"a", "b"}, JoinMode: model.WorkflowTask_ASYNC},
			{
				Name: "sw", TaskReferenceName: "sw", Type: "SWITCH", EvaluatorType: "value-param", Expression: "x",
				InputParameters: values(t, map[string]any{"x": "${workflow.input.n}"}),
				DecisionCases: map[string]*model.WorkflowTask_WorkflowTaskList{
					"1": {Tasks: []*model.WorkflowTask{{Name: "sub", TaskReferenceName: "sub", Type: "SUB_WORKFLOW", SubWorkflowParam: &model.SubWorkflowParams{Name: "inner"}}}},
				},
				DefaultCase: []*model.WorkflowTask{{Name: "t", TaskReferenceName: "t", Type: "TERMINATE", InputParameters: values(t, map[string]any{"terminationStatus": "COMPLETED"})}},
			},
		},
	}
	must[*metadata.ValidateWorkflowResponse](t)(s.metadata.ValidateWorkflow(t.Context(), &metadata.ValidateWorkflowRequest{Workflow: outer}))
	must[*metadata.UpdateWorkflowsResponse](t)(s.metadata.UpdateWorkflows(t.Context(), &metadata.UpdateWorkflowsRequest{Defs: []*model.WorkflowDef{outer}}))
	got := must[*metadata.GetWorkflowResponse](t)(s.metadata.GetWorkflow(t.Context(), &metadata.GetWorkflowRequest{Name: "outer"})).GetWorkflow()
	fork, join, sw := got.GetTasks()[0], got.GetTasks()[1], got.GetTasks()[2]
	switch {
	case got.GetVersion() != 3, got.GetRestartable(), got.GetTimeoutPolicy() != model.WorkflowDef_TIME_OUT_WF, got.GetTimeoutSeconds() != 60,
		!slices.Equal(got.GetInputParameters(), []string{"n"}), got.GetOutputParameters()["o"].GetStringValue() != "${sub.output}",
		got.GetFailureWorkflowVersion() != 1, got.GetVariables()["v"].GetListValue().GetValues()[0].GetNumberValue() != 1, !got.GetMetadata()["m"].GetBoolValue():
		t.Errorf("definition %v", got)
	case fork.GetRetryCount() != 0, len(fork.GetForkTasks()) != 2, fork.GetForkTasks()[0].GetTasks()[0].GetRetryCount() != 2,
		fork.GetForkTasks()[1].GetTasks()[0].GetRetryCount() != -1, !fork.GetForkTasks()[1].GetTasks()[0].GetOptional():
		t.Errorf("fork %v", fork)
	case !slices.Equal(join.GetJoinOn(), []string{"a", "b"}), join.GetJoinMode() != model.WorkflowTask_ASYNC:
		t.Errorf("join %v", join)
	case sw.GetDecisionCases()["1"].GetTasks()[0].GetSubWorkflowParam().GetName() != "inner", sw.GetDefaultCase()[0].GetType() != "TERMINATE":
		t.Errorf("switch %v", sw)
	}

	task := &model.TaskDef{Name: "a", RetryCount: 1, RetryLogic: model.TaskDef_LINEAR_BACKOFF, TimeoutPolicy: model.TaskDef_ALERT_ONLY, TimeoutSeconds: 4000, InputKeys: []string{"k"}}
	must[*metadata.CreateTasksResponse](t)(s.metadata.CreateTasks(t.Context(), &metadata.CreateTasksRequest{Defs: []*model.TaskDef{task}}))
	task.RetryCount = 5
	must[*metadata.UpdateTaskResponse](t)(s.metadata.UpdateTask(t.Context(), &metadata.UpdateTaskRequest{Task: task}))
	back := must[*metadata.GetTaskResponse](t)(s.metadata.GetTask(t.Context(), &metadata.GetTaskRequest{TaskType: "a"})).GetTask()
	if back.GetRetryCount() != 5 || back.GetRetryLogic() != model.TaskDef_LINEAR_BACKOFF || back.GetTimeoutPolicy() != model.TaskDef_ALERT_ONLY ||
		back.GetResponseTimeoutSeconds() != 3600 || back.GetBackoffScaleFactor() != 1 || !slices.Equal(back.GetInputKeys(), []string{"k"}) {
		t.Errorf("task definition %v", back)
	}
	must[*metadata.DeleteTaskResponse](t)(s.metadata.DeleteTask(t.Context(), &metadata.DeleteTaskRequest{TaskType: "a"}))
	_, err := s.metadata.GetTask(t.Context(), &metadata.GetTaskRequest{TaskType: "a"})
	wantCode(t, err, codes.NotFound)

	// A wrong one among several keeps the others out.
	_, err = s.metadata.UpdateWorkflows(t.Context(), &metadata.UpdateWorkflowsRequest{Defs: []*model.WorkflowDef{simple("fine"), {Name: "empty"}}})
	wantCode(t, err, codes.InvalidArgument)
	_, err = s.metadata.GetWorkflow(t.Context(), &metadata.GetWorkflowRequest{Name: "fine"})
	wantCode(t, err, codes.NotFound)
}

func TestControls(t *testing.T) {
	s := newServer(t, nil, nil)
	s.register(simple("w"))
	ctx, id := t.Context(), s.start(&model.StartWorkflowRequest{Name: "w"})
	is := func(want model.Workflow_WorkflowStatus) {
		t.Helper()
		if got := s.execution(id).GetStatus(); got != want {
			t.Errorf("it is %v, not %v", got, want)
		}
	}
	must[*workflows.DecideWorkflowResponse](t)(s.workflows.DecideWorkflow(ctx, &workflows.DecideWorkflowRequest{WorkflowId: id}))
	must[*workflows.PauseWorkflowResponse](t)(s.workflows.PauseWorkflow(ctx, &workflows.PauseWorkflowRequest{WorkflowId: id}))
	is(model.Workflow_PAUSED)
	must[*workflows.ResumeWorkflowResponse](t)(s.workflows.ResumeWorkflow(ctx, &workflows.ResumeWorkflowRequest{WorkflowId: id}))
	is(model.Workflow_RUNNING)
	must[*workflows.ResetWorkflowCallbacksResponse](t)(s.workflows.ResetWorkflowCallbacks(ctx, &workflows.ResetWorkflowCallbacksRequest{WorkflowId: id}))
	if ids := must[*workflows.GetRunningWorkflowsResponse](t)(s.workflows.GetRunningWorkflows(ctx, &workflows.GetRunningWorkflowsRequest{Name: "w", Version: 1})).GetWorkflowIds(); !slices.Equal(ids, []string{id}) {
		t.Errorf("running: %v", ids)
	}
	if ids := must[*workflows.GetRunningWorkflowsResponse](t)(s.workflows.GetRunningWorkflows(ctx, &workflows.GetRunningWorkflowsRequest{Name: "w", Version: 1, StartTime: 1, EndTime: 2})).GetWorkflowIds(); len(ids) != 0 {
		t.Errorf("begun in 1970: %v", ids)
	}
	_, err := s.workflows.RemoveWorkflow(ctx, &workflows.RemoveWorkflowRequest{WorkflodId: id, ArchiveWorkflow: true})
	wantCode(t, err, codes.InvalidArgument)
	must[*workflows.TerminateWorkflowResponse](t)(s.workflows.TerminateWorkflow(ctx, &workflows.TerminateWorkflowRequest{WorkflowId: id, Reason: "enough"}))
	if x := s.execution(id); x.GetStatus() != model.Workflow_TERMINATED || x.GetReasonForIncompletion() != "enough" {
		t.Errorf("execution %v", x)
	}
	must[*workflows.RetryWorkflowResponse](t)(s.workflows.RetryWorkflow(ctx, &workflows.RetryWorkflowRequest{WorkflowId: id}))
	is(model.Workflow_RUNNING)
	must[*workflows.TerminateWorkflowResponse](t)(s.workflows.TerminateWorkflow(ctx, &workflows.TerminateWorkflowRequest{WorkflowId: id}))
	must[*workflows.RestartWorkflowResponse](t)(s.workflows.RestartWorkflow(ctx, &workflows.RestartWorkflowRequest{WorkflowId: id, UseLatestDefinitions: true}))
	is(model.Workflow_RUNNING)
	must[*workflows.TerminateWorkflowResponse](t)(s.workflows.TerminateWorkflow(ctx, &workflows.TerminateWorkflowRequest{WorkflowId: id}))
	rerun := must[*workflows.RerunWorkflowResponse](t)(s.workflows.RerunWorkflow(ctx, &model.RerunWorkflowRequest{
		ReRunFromWorkflowId: id, WorkflowInput: values(t, map[string]any{"n": 2}),
	}))
	if rerun.GetWorkflowId() != id || s.execution(id).GetInput()["n"].GetNumberValue() != 2 {
		t.Errorf("rerun: %v", s.execution(id))
	}
	must[*workflows.RemoveWorkflowResponse](t)(s.workflows.RemoveWorkflow(ctx, &workflows.RemoveWorkflowRequest{WorkflodId: id}))
	_, err = s.workflows.GetWorkflowStatus(ctx, &workflows.GetWorkflowStatusRequest{WorkflowId: id})
	wantCode(t, err, codes.NotFound)

	two := simple("two")
	two.Tasks = append(two.Tasks, &model.WorkflowTask{Name: "later", TaskReferenceName: "later", RetryCount: -1})
	s.register(two)
	id = s.start(&model.StartWorkflowRequest{Name: "two"})
	must[*workflows.SkipTaskResponse](t)(s.workflows.SkipTaskFromWorkflow(ctx, &workflows.SkipTaskRequest{
		WorkflowId: id, TaskReferenceName: "later", Request: &model.SkipTaskRequest{TaskOutput: values(t, map[string]any{"made": "up"})},
	}))
	task := s.batch(&tasks.BatchPollRequest{TaskType: "work", Timeout: 5000})[0]
	s.report(&model.TaskResult{TaskId: task.GetTaskId(), WorkflowInstanceId: id, Status: model.TaskResult_COMPLETED})
	is(model.Workflow_COMPLETED)
}

func TestSearch(t *testing.T) {
	s := newServer(t, nil, nil)
	s.register(simple("w"))
	var ids []string
	for range 3 {
		ids = append(ids, s.start(&model.StartWorkflowRequest{Name: "w", CorrelationId: "c"}))
	}
	ctx, query := t.Context(), &search.Request{Query: "workflowType = 'w' AND status = RUNNING", Size: 2}
	rows := must[*workflows.WorkflowSummarySearchResult](t)(s.workflows.Search(ctx, query))
	if rows.GetTotalHits() != 3 || len(rows.GetResults()) != 2 || rows.GetResults()[0].GetWorkflowType() != "w" || rows.GetResults()[0].GetCorrelationId() != "c" || len(rows.GetResults()[0].GetStartTime()) != 24 || rows.GetResults()[0].GetClassifier() != "workflow" {
		t.Errorf("rows %v", rows)
	}
	full := must[*workflows.WorkflowSearchResult](t)(s.workflows.SearchV2(ctx, &search.Request{Query: query.Query}))
	if full.GetTotalHits() != 3 || len(full.GetResults()) != 3 || !slices.Contains(ids, full.GetResults()[0].GetWorkflowId()) {
		t.Errorf("executions %v", full)
	}
	byTask := &search.Request{Query: "taskType = work"}
	if got := must[*workflows.WorkflowSummarySearchResult](t)(s.workflows.SearchByTasks(ctx, byTask)); got.GetTotalHits() != 3 || len(got.GetResults()) != 3 {
		t.Errorf("rows by task %v", got)
	}
	if got := must[*workflows.WorkflowSearchResult](t)(s.workflows.SearchByTasksV2(ctx, byTask)); got.GetTotalHits() != 3 || len(got.GetResults()) != 3 {
		t.Errorf("executions by task %v", got)
	}
	if got := must[*tasks.TaskSummarySearchResult](t)(s.tasks.Search(ctx, byTask)); got.GetTotalHits() != 3 || got.GetResults()[0].GetTaskType() != "work" || got.GetResults()[0].GetStatus() != model.Task_SCHEDULED {
		t.Errorf("task rows %v", got)
	}
	if got := must[*tasks.TaskSearchResult](t)(s.tasks.SearchV2(ctx, byTask)); got.GetTotalHits() != 3 || got.GetResults()[0].GetReferenceTaskName() != "work" {
		t.Errorf("tasks %v", got)
	}
	_, err := s.workflows.Search(ctx, &search.Request{Size: 5001})
	wantCode(t, err, codes.InvalidArgument)
	_, err = s.workflows.Search(ctx, &search.Request{Query: "nonsense ~"})
	wantCode(t, err, codes.InvalidArgument)
}

// failing is an engine whose store is away.
type failing struct{ *engine.Engine }

func (failing) Start(context.Context, *workflow.StartRequest) (string, error) {
	return "", errors.New("password=hunter2: connection refused")
}

func (failing) Running(context.Context, string, int) ([]string, error) { panic("no such luck") }

// What callers hear of an execution that still runs, and of a result that does not name one, is what they hear over HTTP.
func TestErrors_AsOverHTTP(t *testing.T) {
	s := newServer(t, nil, nil)
	s.register(simple("w"))
	id := s.start(&model.StartWorkflowRequest{Name: "w"})
	_, err := s.workflows.RetryWorkflow(t.Context(), &workflows.RetryWorkflowRequest{WorkflowId: id})
	wantCode(t, err, codes.NotFound)
	task := s.batch(&tasks.BatchPollRequest{TaskType: "work", Timeout: 5000})[0]
	result := &model.TaskResult{TaskId: task.GetTaskId(), Status: model.TaskResult_COMPLETED}
	_, err = s.tasks.UpdateTask(t.Context(), &tasks.UpdateTaskRequest{Result: result})
	if st := wantCode(t, err, codes.InvalidArgument); !strings.Contains(fmt.Sprint(st.Details()), "workflowInstanceId") {
		t.Errorf("the field is not named: %v", st.Details())
	}
	result.WorkflowInstanceId = id
	s.report(result)
}

func TestErrors(t *testing.T) {
	s := newServer(t, func(e *engine.Engine) grpcapi.Engine { return failing{e} }, nil)
	ctx := t.Context()
	s.register(simple("w"))
	for name, tc := range map[string]struct {
		call func() error
		want codes.Code
	}{
		"unknown execution": {func() error {
			_, err := s.workflows.GetWorkflowStatus(ctx, &workflows.GetWorkflowStatusRequest{WorkflowId: "x"})
			return err
		}, codes.NotFound},
		"unknown task": {func() error { _, err := s.tasks.GetTask(ctx, &tasks.GetTaskRequest{TaskId: "x"}); return err }, codes.NotFound},
		"unknown definition": {func() error {
			_, err := s.metadata.GetWorkflow(ctx, &metadata.GetWorkflowRequest{Name: "x"})
			return err
		}, codes.NotFound},
		"no id": {func() error {
			_, err := s.workflows.GetWorkflowStatus(ctx, &workflows.GetWorkflowStatusRequest{})
			return err
		}, codes.InvalidArgument},
		"no task type":  {func() error { _, err := s.tasks.Poll(ctx, &tasks.PollRequest{}); return err }, codes.InvalidArgument},
		"no result":     {func() error { _, err := s.tasks.UpdateTask(ctx, &tasks.UpdateTaskRequest{}); return err }, codes.InvalidArgument},
		"no definition": {func() error { _, err := s.metadata.CreateWorkflow(ctx, &metadata.CreateWorkflowRequest{}); return err }, codes.InvalidArgument},
		"it exists": {func() error {
			_, err := s.metadata.CreateWorkflow(ctx, &metadata.CreateWorkflowRequest{Workflow: simple("w")})
			return err
		}, codes.FailedPrecondition},
		"a panic": {func() error {
			_, err := s.workflows.GetRunningWorkflows(ctx, &workflows.GetRunningWorkflowsRequest{Name: "w"})
			return err
		}, codes.Internal},
		"no handler": {func() error {
			_, err := events.NewEventServiceClient(s.conn).AddEventHandler(ctx, &events.AddEventHandlerRequest{})
			return err
		}, codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, tc.call(), tc.want) })
	}

	_, err := s.workflows.StartWorkflow(ctx, &model.StartWorkflowRequest{Name: "w"})
	st := wantCode(t, err, codes.Internal)
	if st.Message() != "Internal error; the server's log has the cause." || len(st.Details()) != 1 {
		t.Errorf("got %v", st)
	}
	if _, ok := st.Details()[0].(*errdetails.DebugInfo); !ok {
		t.Errorf("details %v", st.Details())
	}
	_, err = s.tasks.Poll(ctx, &tasks.PollRequest{})
	if bad, ok := status.Convert(err).Details()[0].(*errdetails.BadRequest); !ok || bad.GetFieldViolations()[0].GetField() != "task_type" {
		t.Errorf("details %v", status.Convert(err).Details())
	}
}

// keyed returns a gate that knows one access key: id key_1, secret "secret".
func keyed(t *testing.T, c access.Config) *access.Gate {
	t.Helper()
	var err error
	if _, c.SignKey, err = ed25519.GenerateKey(nil); err != nil {
		t.Fatal(err)
	}
	c.Mode, c.ClusterID = access.Keys, "clu_a"
	gate, err := access.New(c)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("secret"))
	if err := gate.Set([]fleetapi.AccessKey{{ID: "key_1", Role: fleetapi.ClusterAdmin, SecretHash: hex.EncodeToString(sum[:])}}, fleetapi.Issuer{}); err != nil {
		t.Fatal(err)
	}
	return gate
}

// TestCalls_AreLimitedByAccessKey: S-80. The clock stands still.
func TestCalls_AreLimitedByAccessKey(t *testing.T) {
	now := time.Now()
	gate := keyed(t, access.Config{CallsPerSecond: 1, Now: func() time.Time { return now }})
	s := newServer(t, nil, gate)
	ctx := grpcmeta.AppendToOutgoingContext(t.Context(), "x-authorization", must[string](t)(gate.Exchange("key_1", "secret")))
	for _, want := range []codes.Code{codes.OK, codes.ResourceExhausted, codes.ResourceExhausted} {
		_, err := s.tasks.Poll(ctx, &tasks.PollRequest{TaskType: "work"})
		wantCode(t, err, want)
	}
}

func TestAuthentication(t *testing.T) {
	gate := keyed(t, access.Config{})
	s := newServer(t, nil, gate)
	token := must[string](t)(gate.Exchange("key_1", "secret"))
	poll := func(md ...string) error {
		_, err := s.tasks.Poll(grpcmeta.AppendToOutgoingContext(t.Context(), md...), &tasks.PollRequest{TaskType: "work"})
		return err
	}
	wantCode(t, poll(), codes.Unauthenticated)
	wantCode(t, poll("x-authorization", "nonsense"), codes.Unauthenticated)
	wantCode(t, poll("x-authorization", token), codes.OK)
	wantCode(t, poll("authorization", "Bearer "+token), codes.OK)
	stream := must[grpc.ServerStreamingClient[model.Task]](t)(s.tasks.BatchPoll(t.Context(), &tasks.BatchPollRequest{TaskType: "work"}))
	_, err := stream.Recv()
	wantCode(t, err, codes.Unauthenticated)

	// Whether it serves, and what, anyone may know.
	for _, service := range []string{"", "conductor.grpc.workflows.WorkflowService", "a probe's own name"} {
		health := must[*healthpb.HealthCheckResponse](t)(healthpb.NewHealthClient(s.conn).Check(t.Context(), &healthpb.HealthCheckRequest{Service: service}))
		if health.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("health of %q: %v", service, health)
		}
	}
	reflect := must[reflectionpb.ServerReflection_ServerReflectionInfoClient](t)(reflectionpb.NewServerReflectionClient(s.conn).ServerReflectionInfo(t.Context()))
	if err := reflect.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, service := range must[*reflectionpb.ServerReflectionResponse](t)(reflect.Recv()).GetListServicesResponse().GetService() {
		names = append(names, service.GetName())
	}
	for _, want := range []string{"conductor.grpc.tasks.TaskService", "conductor.grpc.workflows.WorkflowService", "conductor.grpc.metadata.MetadataService", "conductor.grpc.events.EventService", "grpc.health.v1.Health"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not among %v", want, names)
		}
	}
	if got := <-s.counted; got != "/conductor.grpc.tasks.TaskService/Poll Unauthenticated" {
		t.Errorf("counted %s", got)
	}
}
