package rest_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/antihax/optional"
	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/settings"
	"github.com/conductor-sdk/conductor-go/sdk/worker"
	"github.com/conductor-sdk/conductor-go/sdk/workflow"
	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"
	"github.com/sirupsen/logrus"
)

func TestMain(m *testing.M) {
	logrus.SetOutput(io.Discard) // the SDK's own log
	os.Exit(m.Run())
}

// sdk is the official Go SDK, as it is published, against our server.
type sdk struct {
	*executor.WorkflowExecutor
	t        *testing.T
	api      *client.APIClient
	metadata client.MetadataClient
	flows    client.WorkflowClient
	tasks    client.TaskClient
}

// withSDK runs a test against a server without authentication and against one that wants access keys.
func withSDK(t *testing.T, test func(t *testing.T, s *sdk)) {
	t.Helper()
	open := func(t *testing.T, o options, auth *settings.AuthenticationSettings) *sdk {
		server := newServer(t, o)
		api := client.NewAPIClient(auth, settings.NewHttpSettings(server.URL+"/api"))
		return &sdk{
			executor.NewWorkflowExecutor(api), t, api,
			client.NewMetadataClient(api), client.NewWorkflowClient(api), client.NewTaskClient(api),
		}
	}
	t.Run("open", func(t *testing.T) { test(t, open(t, options{}, nil)) })
	t.Run("with an access key", func(t *testing.T) {
		gate, _ := keyedGate(t)
		test(t, open(t, options{gate: gate}, settings.NewAuthenticationSettings("k1", "s1")))
	})
}

func (s *sdk) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// status wants an error with a status from the SDK's client.
func (s *sdk) status(err error, want int) {
	s.t.Helper()
	e, ok := errors.AsType[client.GenericSwaggerError](err)
	if !ok || e.StatusCode() != want {
		s.t.Errorf("got error %v, want one with status %d", err, want)
	}
}

// work starts a worker that stops with the test.
func (s *sdk) work(taskType string, f model.ExecuteTaskFunction) {
	s.t.Helper()
	runner := worker.NewTaskRunnerWithApiClient(s.api)
	s.must(runner.StartWorker(taskType, f, 2, 10*time.Millisecond))
	s.t.Cleanup(func() {
		runner.Shutdown(taskType)
		runner.WaitWorkers()
	})
}

// flow registers a workflow of the given tasks.
func (s *sdk) flow(name string, tasks ...workflow.TaskInterface) *workflow.ConductorWorkflow {
	s.t.Helper()
	w := workflow.NewConductorWorkflow(s.WorkflowExecutor).Name(name).Version(1).OwnerEmail("a@example.test")
	for _, task := range tasks {
		w.Add(task)
	}
	s.must(w.Register(true))
	return w
}

func (s *sdk) begin(name string, input map[string]any) string {
	s.t.Helper()
	id, err := s.StartWorkflow(&model.StartWorkflowRequest{Name: name, Version: 1, Input: input, CorrelationId: "c1"})
	s.must(err)
	return id
}

// until waits for an execution to end, as the SDK does.
func (s *sdk) until(id string, want model.WorkflowStatus) *model.Workflow {
	s.t.Helper()
	done, err := s.MonitorExecution(id)
	s.must(err)
	_, err = executor.WaitForWorkflowCompletionUntilTimeout(done, time.Minute)
	s.must(err)
	x, err := s.GetWorkflow(id, true) // what the monitor hands over has no tasks
	s.must(err)
	if x.Status != want {
		s.t.Fatalf("execution is %s (%s), want %s", x.Status, x.ReasonForIncompletion, want)
	}
	return x
}

// take polls for one task.
func (s *sdk) take(taskType string) model.Task {
	s.t.Helper()
	found, _, err := s.tasks.BatchPoll(s.t.Context(), taskType, &client.TaskResourceApiBatchPollOpts{
		Count: optional.NewInt32(1), Timeout: optional.NewInt32(5000), Workerid: optional.NewString("w1"),
	})
	s.must(err)
	if len(found) != 1 {
		s.t.Fatalf("%d tasks of type %s", len(found), taskType)
	}
	return found[0]
}

func TestSDK_RunsWorkers(t *testing.T) {
	withSDK(t, func(t *testing.T, s *sdk) {
		flow := s.flow("greet",
			workflow.NewSimpleTask("greet_name", "greet").Input("name", "${workflow.input.name}"),
			workflow.NewSimpleTask("greet_twice", "again").Input("text", "${greet.output.text}"),
		).OutputParameters(map[string]any{"text": "${again.output.text}"})
		s.must(flow.Register(true))
		var failed atomic.Bool
		s.work("greet_name", func(task *model.Task) (any, error) {
			return map[string]any{"text": fmt.Sprintf("Hello %v", task.InputData["name"])}, nil
		})
		s.work("greet_twice", func(task *model.Task) (any, error) {
			if failed.CompareAndSwap(false, true) {
				return nil, model.NewNonRetryableError(errors.New("not this time"))
			}
			text := fmt.Sprint(task.InputData["text"])
			return &model.TaskResult{
				TaskId: task.TaskId, WorkflowInstanceId: task.WorkflowInstanceId, Status: model.CompletedTask,
				OutputData: map[string]any{"text": text + ", " + text},
				Logs:       []model.TaskExecLog{{Log: "said it twice", TaskId: task.TaskId, CreatedTime: time.Now().UnixMilli()}},
			}, nil
		})
		id := s.begin("greet", map[string]any{"name": "Ada"})
		s.until(id, model.FailedWorkflow)
		s.must(s.Retry(id, false))
		x := s.until(id, model.CompletedWorkflow)
		if x.Output["text"] != "Hello Ada, Hello Ada" || len(x.Tasks) != 3 {
			t.Errorf("output %v of %d tasks", x.Output, len(x.Tasks))
		}
		logs, _, err := s.tasks.GetTaskLogs(t.Context(), x.Tasks[2].TaskId)
		s.must(err)
		if len(logs) != 1 || logs[0].Log != "said it twice" {
			t.Errorf("logs %+v", logs)
		}
		run, err := s.ExecuteWorkflow(&model.StartWorkflowRequest{Name: "greet", Version: 1, Input: map[string]any{"name": "Bo"}}, "greet")
		s.must(err)
		if run.WorkflowId == "" || run.Input["name"] != "Bo" {
			t.Errorf("got %+v", run)
		}
		inline, err := flow.ExecuteWorkflowWithInput(map[string]any{"name": "Cy"}, "greet")
		s.must(err)
		if inline.WorkflowId == "" || len(inline.Tasks) == 0 {
			t.Errorf("got %+v", inline)
		}
		started := s.StartWorkflows(true, &model.StartWorkflowRequest{Name: "greet", Version: 1}, &model.StartWorkflowRequest{Name: "greet", Version: 1})
		s.WaitForRunningWorkflowsUntilTimeout(time.Minute, started...)
		for _, one := range started {
			if one.Err != nil || one.CompletedWorkflow == nil {
				t.Errorf("got %+v", one)
			}
		}
	})
}

func TestSDK_Definitions(t *testing.T) {
	withSDK(t, func(t *testing.T, s *sdk) {
		ctx := t.Context()
		_, err := s.metadata.RegisterTaskDef(ctx, []model.TaskDef{{Name: "a", RetryCount: 1, TimeoutSeconds: 60, ResponseTimeoutSeconds: 30, OwnerEmail: "a@example.test"}})
		s.must(err)
		_, err = s.metadata.UpdateTaskDef(ctx, model.TaskDef{Name: "a", RetryCount: 5, TimeoutSeconds: 60, ResponseTimeoutSeconds: 30, OwnerEmail: "a@example.test"})
		s.must(err)
		def, _, err := s.metadata.GetTaskDef(ctx, "a")
		s.must(err)
		if def.RetryCount != 5 {
			t.Errorf("got %+v", def)
		}
		defs, _, err := s.metadata.GetTaskDefs(ctx)
		s.must(err)
		if len(defs) != 1 {
			t.Errorf("%d task definitions", len(defs))
		}
		_, err = s.metadata.UnregisterTaskDef(ctx, "a")
		s.must(err)
		_, _, err = s.metadata.GetTaskDef(ctx, "a")
		s.status(err, http.StatusNotFound)

		w := s.flow("w", workflow.NewSimpleTask("a", "a"))
		s.status(s.RegisterWorkflow(false, w.ToWorkflowDef()), http.StatusConflict)
		got, _, err := s.metadata.Get(ctx, "w", &client.MetadataResourceApiGetOpts{Version: optional.NewInt32(1)})
		s.must(err)
		if got.Name != "w" || len(got.Tasks) != 1 {
			t.Errorf("got %+v", got)
		}
		_, err = s.metadata.Update(ctx, []model.WorkflowDef{got})
		s.must(err)
		all, _, err := s.metadata.GetAll(ctx)
		s.must(err)
		if len(all) != 1 {
			t.Errorf("%d definitions", len(all))
		}
		s.must(w.UnRegister())
		_, _, err = s.metadata.Get(ctx, "w", nil)
		s.status(err, http.StatusNotFound)
	})
}

func TestSDK_DrivesExecutions(t *testing.T) {
	withSDK(t, func(t *testing.T, s *sdk) {
		s.flow("w", workflow.NewSimpleTask("first", "one"), workflow.NewSimpleTask("second", "two"))
		id := s.begin("w", map[string]any{"n": 1})

		s.must(s.Pause(id))
		state, err := s.GetWorkflowStatus(id, true, true)
		s.must(err)
		if state.Status != "PAUSED" || state.CorrelationId != "c1" {
			t.Errorf("got %+v", state)
		}
		s.must(s.Resume(id))
		s.must(s.SkipTasksFromWorkflow(id, "two", model.SkipTaskRequest{TaskOutput: map[string]any{"a": 1}}))
		task := s.take("first")
		s.must(s.UpdateTask(task.TaskId, id, model.FailedWithTerminalErrorTask, map[string]any{"why": "x"}))
		s.until(id, model.FailedWorkflow)
		s.must(s.Retry(id, true))
		task = s.take("first")
		s.must(s.UpdateTask(task.TaskId, id, model.CompletedTask, map[string]any{"ok": true}))
		x := s.until(id, model.CompletedWorkflow)
		skipped := slices.IndexFunc(x.Tasks, func(t model.Task) bool { return t.Status == "SKIPPED" })
		if skipped < 0 {
			t.Errorf("no task was skipped: %+v", x.Tasks)
		}

		s.must(s.Restart(id, true))
		s.take("first")
		s.must(s.UpdateTaskByRefName("one", id, model.CompletedTask, map[string]any{"by": "reference"}))
		second := s.take("second")
		s.must(s.UpdateTask(second.TaskId, id, model.CompletedTask, map[string]any{}))
		s.until(id, model.CompletedWorkflow)
		same, err := s.ReRun(id, model.RerunWorkflowRequest{ReRunFromTaskId: second.TaskId})
		s.must(err)
		if same != id {
			t.Errorf("rerun answers %q", same)
		}
		s.must(s.Terminate(id, "enough"))
		x, err = s.GetWorkflow(id, true)
		s.must(err)
		if x.Status != model.TerminatedWorkflow || x.ReasonForIncompletion != "enough" {
			t.Errorf("got %s: %s", x.Status, x.ReasonForIncompletion)
		}
		s.status(s.Pause(id), http.StatusConflict)
		s.must(s.RemoveWorkflow(id))
		if _, err := s.GetWorkflow(id, true); err == nil || !strings.Contains(err.Error(), "no such workflow by Id") {
			t.Errorf("got error %v", err)
		}
		_, err = s.StartWorkflow(&model.StartWorkflowRequest{Name: "nobody", Version: 1})
		s.status(err, http.StatusNotFound)
	})
}

func TestSDK_FindsExecutions(t *testing.T) {
	withSDK(t, func(t *testing.T, s *sdk) {
		ctx := t.Context()
		s.flow("w", workflow.NewSimpleTask("first", "one"))
		s.flow("v", workflow.NewSimpleTask("first", "one"))
		id := s.begin("w", map[string]any{"n": 1})
		other := s.begin("v", nil)
		s.must(s.Terminate(other, "enough"))

		found, err := s.Search(0, 10, "workflowType = 'w' AND status IN ('RUNNING')", "*")
		s.must(err)
		if len(found) != 1 || found[0].WorkflowId != id || found[0].Input != `{"n":1}` || found[0].StartTime == "" {
			t.Errorf("got %+v", found)
		}
		byTask, _, err := s.tasks.Search(ctx, &client.TaskResourceApiSearch1Opts{Query: optional.NewString("workflowId = '" + id + "'")})
		s.must(err)
		if byTask.TotalHits != 1 || byTask.Results[0].TaskDefName != "first" {
			t.Errorf("got %+v", byTask)
		}
		correlated, err := s.GetByCorrelationIds("w", true, true, "c1")
		s.must(err)
		if len(correlated["c1"]) != 1 {
			t.Errorf("got %v", correlated)
		}
		batch, err := s.GetByCorrelationIdsAndNames(true, false, []string{"c1"}, []string{"w", "v"})
		s.must(err)
		if len(batch["c1"]) != 2 {
			t.Errorf("got %v", batch)
		}
		list, _, err := s.flows.GetWorkflowsByCorrelationId(ctx, "v", "c1", nil)
		s.must(err)
		if len(list) != 0 {
			t.Errorf("got %v", list)
		}
		running, _, err := s.flows.GetRunningWorkflow(ctx, "w", nil)
		s.must(err)
		if !slices.Equal(running, []string{id}) {
			t.Errorf("got %v", running)
		}
		_, err = s.flows.Decide(ctx, id)
		s.must(err)
		_, err = s.flows.ResetWorkflow(ctx, id)
		s.must(err)
		_, _, err = s.flows.GetExternalStorageLocation(ctx, "p", "READ", "WORKFLOW_INPUT")
		s.status(err, http.StatusNotImplemented)

		bulk := client.NewWorkflowBulkClient(s.api)
		out, _, err := bulk.PauseWorkflow1(ctx, []string{id, "nobody"})
		s.must(err)
		if len(out.BulkSuccessfulResults) != 1 || !slices.Equal(slices.Collect(maps.Keys(out.BulkErrorResults)), []string{"nobody"}) {
			t.Errorf("got %+v", out)
		}
	})
}

func TestSDK_QueuesAndLogs(t *testing.T) {
	withSDK(t, func(t *testing.T, s *sdk) {
		ctx := t.Context()
		s.flow("w", workflow.NewSimpleTask("first", "one"), workflow.NewWaitTask("hold"))
		id := s.begin("w", nil)
		sizes, _, err := s.tasks.Size(ctx, &client.TaskResourceApiSizeOpts{TaskType: optional.NewInterface("first")})
		s.must(err)
		if sizes["first"] != 1 {
			t.Errorf("sizes %v", sizes)
		}
		if none, _, err := s.tasks.BatchPoll(ctx, "nobody", nil); err != nil || len(none) != 0 {
			t.Errorf("got %v, %v", none, err)
		}
		if none, _, err := s.tasks.Poll(ctx, "nobody", nil); err != nil || none.TaskId != "" {
			t.Errorf("got %v, %v", none, err)
		}
		task := s.take("first")
		_, err = s.tasks.Log(ctx, `a line with "quotes"`, task.TaskId)
		s.must(err)
		logs, _, err := s.tasks.GetTaskLogs(ctx, task.TaskId)
		s.must(err)
		if len(logs) != 1 || logs[0].Log != `a line with "quotes"` {
			t.Errorf("logs %+v", logs)
		}
		answered, _, err := s.tasks.UpdateTask(ctx, &model.TaskResult{TaskId: task.TaskId, WorkflowInstanceId: id, Status: model.CompletedTask})
		s.must(err)
		if answered != task.TaskId {
			t.Errorf("got %q", answered)
		}
		held, _, err := s.tasks.UpdateTaskByRefName(ctx, map[string]any{"a": 1}, id, "hold", "COMPLETED")
		s.must(err)
		got, err := s.GetTask(held)
		s.must(err)
		if got.Status != model.CompletedTask || got.TaskType != "WAIT" {
			t.Errorf("got %+v", got)
		}
		polls, _, err := s.tasks.GetPollData(ctx, "first")
		s.must(err)
		if len(polls) != 1 || polls[0].WorkerId != "w1" {
			t.Errorf("got %+v", polls)
		}
		for name, call := range map[string]func() error{
			"all":         func() error { _, _, err := s.tasks.All(ctx); return err },
			"all verbose": func() error { _, _, err := s.tasks.AllVerbose(ctx); return err },
			"poll data":   func() error { _, _, err := s.tasks.GetAllPollData(ctx); return err },
			"requeue":     func() error { _, _, err := s.tasks.RequeuePendingTask(ctx, "first"); return err },
			"search v2":   func() error { _, _, err := s.tasks.SearchV2(ctx, nil); return err },
		} {
			if err := call(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
