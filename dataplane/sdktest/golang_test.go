package sdktest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
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
)

// order is the workflow of the Go tests: price, a wait for an approval when it is large, ship.
type order struct {
	name        string
	api         *client.APIClient
	workflows   *executor.WorkflowExecutor
	unreachable atomic.Bool // the address "nowhere"
}

func TestGo(t *testing.T) {
	onBoth(t, func(t *testing.T, c connection) {
		o := newOrder(t, c)
		t.Run("definitions are read back", o.testDefinitions)
		t.Run("a failed task is retried", o.testRetriedTask)
		t.Run("a waiting workflow goes on", o.testWaiting)
		t.Run("pause resume terminate restart skip", o.testControls)
		t.Run("a failed workflow is retried and rerun", o.testFailedWorkflow)
		t.Run("search correlation logs queues", o.testSearch)
	})
}

func newOrder(t *testing.T, c connection) *order {
	t.Helper()
	api := client.NewAPIClient(settings.NewAuthenticationSettings(c.key, c.secret), settings.NewHttpSettings(c.api))
	o := &order{name: "go_" + strings.ToLower(rand.Text()[:8]), api: api, workflows: executor.NewWorkflowExecutor(api)}
	o.unreachable.Store(true)
	var defs []model.TaskDef
	for _, name := range []string{o.price(), o.ship()} {
		defs = append(defs, model.TaskDef{
			Name: name, OwnerEmail: "sdk@example.com", RetryCount: 1, RetryDelaySeconds: 1, TimeoutSeconds: 60, ResponseTimeoutSeconds: 30,
		})
	}
	if _, err := client.NewMetadataClient(api).RegisterTaskDef(t.Context(), defs); err != nil {
		t.Fatal(err)
	}
	definition := workflow.NewConductorWorkflow(o.workflows).Name(o.name).Version(1).OwnerEmail("sdk@example.com").
		Add(workflow.NewSimpleTask(o.price(), "price").Input("amount", "${workflow.input.amount}")).
		Add(workflow.NewSwitchTask("large", "$.total > 100 ? 'yes' : 'no'").UseJavascript(true).
			Input("total", "${price.output.total}").
			SwitchCase("yes", workflow.NewWaitTask("approval"))).
		Add(workflow.NewSimpleTask(o.ship(), "ship").Input("to", "${workflow.input.to}").Input("by", "${approval.output.by}")).
		OutputParameters(map[string]any{"total": "${price.output.total}", "by": "${ship.output.by}"})
	if err := definition.Register(true); err != nil {
		t.Fatal(err)
	}
	runner := worker.NewTaskRunnerWithApiClient(api)
	for name, work := range map[string]model.ExecuteTaskFunction{o.price(): o.workPrice, o.ship(): o.workShip} {
		if err := runner.StartWorker(name, work, 4, 10*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		runner.Shutdown(o.price())
		runner.Shutdown(o.ship())
		runner.WaitWorkers()
	})
	return o
}

func (o *order) price() string { return o.name + "_price" }
func (o *order) ship() string  { return o.name + "_ship" }

func (o *order) workPrice(t *model.Task) (any, error) {
	amount, _ := t.InputData["amount"].(float64)
	return map[string]any{"total": amount * 2}, nil
}

func (o *order) workShip(t *model.Task) (any, error) {
	switch to := t.InputData["to"]; {
	case to == "nowhere" && o.unreachable.Load():
		return nil, model.NewNonRetryableError(errors.New("no such address"))
	case to == "uphill" && t.RetryCount == 0:
		return nil, errors.New("out of breath")
	}
	return map[string]any{"to": t.InputData["to"], "by": t.InputData["by"]}, nil
}

func (o *order) testDefinitions(t *testing.T) {
	metadata := client.NewMetadataClient(o.api)
	def, _, err := metadata.Get(t.Context(), o.name, nil)
	if err != nil || len(def.Tasks) != 3 || def.Tasks[1].Type_ != "SWITCH" {
		t.Errorf("Get(%s) = %+v, %v", o.name, def, err)
	}
	task, _, err := metadata.GetTaskDef(t.Context(), o.ship())
	if err != nil || task.RetryCount != 1 {
		t.Errorf("GetTaskDef = %+v, %v", task, err)
	}
	if _, response, err := metadata.Get(t.Context(), "unknown", nil); err == nil || response.StatusCode != http.StatusNotFound {
		t.Errorf("Get(unknown) = %v, %v, want 404", response, err)
	}
	if _, err := o.workflows.StartWorkflow(model.NewStartWorkflowRequest("unknown", 1, "", nil)); err == nil {
		t.Error("an unknown workflow was started")
	}
}

func (o *order) testRetriedTask(t *testing.T) {
	w := o.until(t, o.start(t, 5, "uphill"), model.CompletedWorkflow)
	ship := attempts(w, "ship")
	if len(ship) != 2 || ship[0].Status != model.FailedTask || ship[1].Status != model.CompletedTask || ship[1].RetryCount != 1 {
		t.Errorf("attempts of ship: %+v", ship)
	}
	if w.Output["total"] != 10.0 || !strings.Contains(ship[0].ReasonForIncompletion, "out of breath") {
		t.Errorf("output %v, reason %q", w.Output, ship[0].ReasonForIncompletion)
	}
	run, err := o.workflows.ExecuteWorkflow(&model.StartWorkflowRequest{Name: o.name, Version: 1, Input: map[string]any{"amount": 5, "to": "here"}}, "")
	if err != nil || run.Status != string(model.CompletedWorkflow) {
		t.Errorf("ExecuteWorkflow = %+v, %v", run, err)
	}
}

func (o *order) testWaiting(t *testing.T) {
	id := o.start(t, 500, "here")
	o.untilWaiting(t, id)
	if err := o.workflows.UpdateTaskByRefName("approval", id, model.CompletedTask, map[string]any{"by": "Ada"}); err != nil {
		t.Fatal(err)
	}
	if w := o.until(t, id, model.CompletedWorkflow); w.Output["by"] != "Ada" {
		t.Errorf("output %v, want by Ada", w.Output)
	}
}

func (o *order) testControls(t *testing.T) {
	id := o.start(t, 500, "here")
	o.untilWaiting(t, id)
	must(t, o.workflows.Pause(id))
	o.until(t, id, model.PausedWorkflow)
	must(t, o.workflows.Resume(id))
	o.until(t, id, model.RunningWorkflow)
	must(t, o.workflows.Terminate(id, "no longer wanted"))
	if w := o.until(t, id, model.TerminatedWorkflow); !strings.Contains(w.ReasonForIncompletion, "no longer wanted") {
		t.Errorf("reason %q", w.ReasonForIncompletion)
	}
	must(t, o.workflows.Restart(id, true))
	o.untilWaiting(t, id)
	must(t, o.workflows.SkipTasksFromWorkflow(id, "ship", model.SkipTaskRequest{}))
	must(t, o.workflows.UpdateTaskByRefName("approval", id, model.CompletedTask, map[string]any{}))
	if ship := attempts(o.until(t, id, model.CompletedWorkflow), "ship"); len(ship) != 1 || ship[0].Status != "SKIPPED" {
		t.Errorf("ship: %+v, want it skipped", ship)
	}
}

func (o *order) testFailedWorkflow(t *testing.T) {
	id := o.start(t, 5, "nowhere")
	if w := o.until(t, id, model.FailedWorkflow); !strings.Contains(w.ReasonForIncompletion, "no such address") {
		t.Errorf("reason %q", w.ReasonForIncompletion)
	}
	o.unreachable.Store(false)
	must(t, o.workflows.Retry(id, false))
	price := attempts(o.until(t, id, model.CompletedWorkflow), "price")
	if len(price) != 1 {
		t.Fatalf("price ran %d times, what was done is not done again", len(price))
	}
	again, err := o.workflows.ReRun(id, model.RerunWorkflowRequest{ReRunFromWorkflowId: id, ReRunFromTaskId: price[0].TaskId})
	if err != nil || again != id {
		t.Fatalf("ReRun = %q, %v", again, err)
	}
	o.until(t, id, model.CompletedWorkflow)
}

func (o *order) testSearch(t *testing.T) {
	correlation := rand.Text()
	id, err := o.workflows.StartWorkflow(model.NewStartWorkflowRequest(o.name, 1, correlation, map[string]any{"amount": 500, "to": "here"}))
	must(t, err)
	waiting := o.untilWaiting(t, id)
	found, err := o.workflows.Search(0, 10, "workflowType = '"+o.name+"' AND status = 'RUNNING'", "*")
	if err != nil || !slices.ContainsFunc(found, func(s model.WorkflowSummary) bool { return s.WorkflowId == id }) {
		t.Errorf("Search = %+v, %v", found, err)
	}
	correlated, err := o.workflows.GetByCorrelationIds(o.name, false, false, correlation)
	if err != nil || len(correlated[correlation]) != 1 || correlated[correlation][0].WorkflowId != id {
		t.Errorf("GetByCorrelationIds = %+v, %v", correlated, err)
	}
	tasks := client.NewTaskClient(o.api)
	taskID := attempts(waiting, "price")[0].TaskId
	_, err = tasks.Log(t.Context(), "a line of the log", taskID)
	must(t, err)
	logs, _, err := tasks.GetTaskLogs(t.Context(), taskID)
	if err != nil || len(logs) != 1 || !strings.Contains(logs[0].Log, "a line of the log") {
		t.Errorf("GetTaskLogs = %+v, %v", logs, err)
	}
	sizes, _, err := tasks.Size(t.Context(), &client.TaskResourceApiSizeOpts{TaskType: optional.NewInterface([]string{o.ship()})})
	if err != nil || sizes[o.ship()] != 0 {
		t.Errorf("Size = %v, %v", sizes, err)
	}
	polls, _, err := tasks.GetPollData(t.Context(), o.ship())
	if err != nil || len(polls) == 0 {
		t.Errorf("GetPollData = %+v, %v", polls, err)
	}
	must(t, o.workflows.Terminate(id, "done"))
	must(t, o.workflows.RemoveWorkflow(id))
	if w, err := o.workflows.GetWorkflow(id, false); err == nil {
		t.Errorf("a removed workflow was found: %+v", w)
	}
}

func (o *order) start(t *testing.T, amount int, to string) string {
	t.Helper()
	id, err := o.workflows.StartWorkflow(model.NewStartWorkflowRequest(o.name, 1, "", map[string]any{"amount": amount, "to": to}))
	must(t, err)
	return id
}

func (o *order) until(t *testing.T, id string, status model.WorkflowStatus) *model.Workflow {
	t.Helper()
	return o.wait(t, id, string(status), func(w *model.Workflow) bool { return w.Status == status })
}

func (o *order) untilWaiting(t *testing.T, id string) *model.Workflow {
	t.Helper()
	return o.wait(t, id, "waiting", func(w *model.Workflow) bool {
		approval := attempts(w, "approval")
		return len(approval) == 1 && approval[0].Status == model.InProgressTask
	})
}

func (o *order) wait(t *testing.T, id, what string, wanted func(*model.Workflow) bool) *model.Workflow {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		w, err := o.workflows.GetWorkflowWithContext(ctx, id, true)
		if err != nil {
			t.Fatalf("workflow %s is not %s: %v", id, what, err)
		}
		if wanted(w) {
			return w
		}
	}
}

func attempts(w *model.Workflow, ref string) (found []model.Task) {
	for _, t := range w.Tasks {
		if t.ReferenceTaskName == ref {
			found = append(found, t)
		}
	}
	return found
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
