package rest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Values of returnStrategy: what a synchronous call answers with.
const (
	targetWorkflow    = "TARGET_WORKFLOW"
	blockingWorkflow  = "BLOCKING_WORKFLOW"
	blockingTask      = "BLOCKING_TASK"
	blockingTaskInput = "BLOCKING_TASK_INPUT"
)

var strategies = []string{targetWorkflow, blockingWorkflow, blockingTask, blockingTaskInput}

func returnStrategy(c echo.Context) (string, error) {
	s := c.QueryParam("returnStrategy")
	if s == "" {
		return targetWorkflow, nil
	}
	if !slices.Contains(strategies, s) {
		return "", invalid("returnStrategy", "must be one of %s, not %q", strings.Join(strategies, ", "), s)
	}
	return s, nil
}

// run is the part that all answers of synchronous calls share.
type run struct {
	ResponseType         string            `json:"responseType"`
	TargetWorkflowID     string            `json:"targetWorkflowId"`
	TargetWorkflowStatus workflow.Status   `json:"targetWorkflowStatus"`
	RequestID            string            `json:"requestId,omitempty"`
	WorkflowID           string            `json:"workflowId"`
	CorrelationID        string            `json:"correlationId,omitempty"`
	Input                workflow.Payload  `json:"input"`
	Output               workflow.Payload  `json:"output"`
	SignalTimeout        bool              `json:"signalTimeout"` // the wait ended first
	Priority             int               `json:"priority"`
	CreatedBy            string            `json:"createdBy,omitempty"`
	CreateTime           int64             `json:"createTime"`
	UpdateTime           int64             `json:"updateTime"`
	Variables            *workflow.Payload `json:"variables,omitempty"`
}

// workflowRun is an execution as synchronous calls answer it.
type workflowRun struct {
	run
	Status workflow.Status  `json:"status"`
	Tasks  []*workflow.Task `json:"tasks"`
}

// taskRun is the blocking task as synchronous calls answer it.
type taskRun struct {
	run
	Status                workflow.TaskStatus `json:"status"`
	TaskType              string              `json:"taskType"`
	TaskID                string              `json:"taskId"`
	ReferenceTaskName     string              `json:"referenceTaskName"`
	RetryCount            int                 `json:"retryCount"`
	TaskDefName           string              `json:"taskDefName"`
	RetriedTaskID         string              `json:"retriedTaskId,omitempty"`
	WorkflowType          string              `json:"workflowType"`
	ReasonForIncompletion string              `json:"reasonForIncompletion,omitempty"`
}

// await waits for an execution as the engine does. When the server drains it answers how things are, as if the time
// had run out.
func (h *Handler) await(c echo.Context, id string, refs []string, wait time.Duration) (*engine.Awaited, error) {
	ctx, cancel := h.waiting(c)
	defer cancel()
	seen, err := h.engine.Await(ctx, id, refs, wait)
	if h.drained(c, err) {
		return h.engine.Await(c.Request().Context(), id, refs, 0)
	}
	return seen, err
}

// respond answers a synchronous call.
func respond(c echo.Context, strategy, requestID string, seen *engine.Awaited) error {
	target := seen.Execution
	common := run{
		ResponseType: strategy, TargetWorkflowID: target.WorkflowID, TargetWorkflowStatus: target.Status,
		RequestID: cmp.Or(requestID, uuid.NewString()), SignalTimeout: seen.TimedOut,
	}
	switch strategy {
	case blockingTask, blockingTaskInput:
		if seen.Blocking == nil {
			return done(c, nil)
		}
		return writeJSON(c, newTaskRun(common, seen.Blocking))
	case blockingWorkflow:
		if seen.BlockedIn != nil {
			return writeJSON(c, newWorkflowRun(common, seen.BlockedIn))
		}
	}
	return writeJSON(c, newWorkflowRun(common, target))
}

func newWorkflowRun(r run, e *workflow.Execution) workflowRun {
	r.WorkflowID, r.CorrelationID, r.Input, r.Output = e.WorkflowID, e.CorrelationID, e.Input, e.Output
	r.Priority, r.CreatedBy, r.CreateTime, r.UpdateTime = e.Priority, e.CreatedBy, e.CreateTime, e.UpdateTime
	r.Variables = &e.Variables
	return workflowRun{run: r, Status: e.Status, Tasks: orEmpty(e.Tasks)}
}

func newTaskRun(r run, t *workflow.Task) taskRun {
	r.WorkflowID, r.CorrelationID, r.Input, r.Output = t.WorkflowInstanceID, t.CorrelationID, t.InputData, t.OutputData
	r.Priority, r.CreatedBy, r.CreateTime, r.UpdateTime = t.WorkflowPriority, t.WorkerID, t.StartTime, t.UpdateTime
	return taskRun{
		run: r, Status: t.Status, TaskType: t.TaskType, TaskID: t.TaskID, ReferenceTaskName: t.ReferenceTaskName,
		RetryCount: t.RetryCount, TaskDefName: t.TaskDefName, RetriedTaskID: t.RetriedTaskID,
		WorkflowType: t.WorkflowType, ReasonForIncompletion: t.ReasonForIncompletion,
	}
}

// signal ends the first task that waits for a signal; without one it changes nothing.
func (h *Handler) signal(c echo.Context) error {
	status, err := taskStatus(c)
	if err != nil {
		return err
	}
	output, err := payload(c)
	if err != nil {
		return err
	}
	_, err = h.engine.Signal(c.Request().Context(), pathText(c, "workflowId"), status, output)
	return done(c, err)
}

// signalSync is signal, answered when the execution has ended or blocks again.
func (h *Handler) signalSync(c echo.Context) error {
	status, err := taskStatus(c)
	if err != nil {
		return err
	}
	strategy, err := returnStrategy(c)
	if err != nil {
		return err
	}
	millis, err := queryInt(c, "timeoutMillis", 5000, 0, maxWait*1000)
	if err != nil {
		return err
	}
	output, err := payload(c)
	if err != nil {
		return err
	}
	id := pathText(c, "workflowId")
	task, err := h.engine.Signal(c.Request().Context(), id, status, output)
	if err != nil {
		return err
	}
	if task == "" {
		return workflow.Errorf(workflow.NotFound, "Execution %s has no task that waits for a signal.", id)
	}
	seen, err := h.await(c, id, nil, time.Duration(millis)*time.Millisecond)
	if err != nil {
		return err
	}
	return respond(c, strategy, "", seen)
}

// stateUpdate changes variables, a task, or both (Orkes: WorkflowStateUpdate).
type stateUpdate struct {
	TaskReferenceName string               `json:"taskReferenceName"`
	TaskResult        *workflow.TaskResult `json:"taskResult"`
	Variables         workflow.Payload     `json:"variables"`
}

// updateState sets variables, then reports a task by its reference, then waits like execute. What can be refused is
// refused before the first change.
func (h *Handler) updateState(c echo.Context) error {
	var req stateUpdate
	if err := decode(c, &req); err != nil {
		return err
	}
	wait, err := waitSeconds(c)
	if err != nil {
		return err
	}
	ctx, id := c.Request().Context(), pathText(c, "id")
	if req.TaskResult != nil {
		if req.TaskReferenceName == "" {
			return invalid("taskReferenceName", "must name the task that taskResult is for")
		}
		if !req.TaskResult.Status.ResultStatus() {
			return invalid("taskResult.status", "must be IN_PROGRESS, COMPLETED, FAILED, FAILED_WITH_TERMINAL_ERROR or CANCELED, not %q", req.TaskResult.Status)
		}
		x, err := h.engine.Execution(ctx, id, true)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(x.Tasks, func(t *workflow.Task) bool { return !t.Status.Terminal() && hasRef(t, req.TaskReferenceName) }) {
			return noPendingTask(id, req.TaskReferenceName)
		}
	}
	if len(req.Variables) > 0 {
		if err := h.engine.SetVariables(ctx, id, req.Variables); err != nil {
			return err
		}
	}
	if r := req.TaskResult; r != nil {
		task, err := h.engine.UpdateByRef(ctx, id, req.TaskReferenceName, r.Status, r.OutputData, r.WorkerID)
		if err != nil {
			return err
		}
		if task == "" {
			return noPendingTask(id, req.TaskReferenceName)
		}
	}
	seen, err := h.await(c, id, taskRefs(c), wait)
	if err != nil {
		return err
	}
	return respond(c, targetWorkflow, c.QueryParam("requestId"), seen)
}

// hasRef reports whether a reference names a task, with the suffix of its iteration or without.
func hasRef(t *workflow.Task, ref string) bool {
	base, _, _ := strings.Cut(t.ReferenceTaskName, "__")
	return t.ReferenceTaskName == ref || base == ref
}

func noPendingTask(id, ref string) error {
	return workflow.Errorf(workflow.NotFound, "Execution %s has no pending task with the reference %q.", id, ref)
}
