package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/runner"
	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Poll hands out tasks of a type, marked as in progress. It returns as soon as there is one, and empty when the wait ends.
func (e *Engine) Poll(ctx context.Context, req PollRequest) ([]*workflow.Task, error) {
	if req.TaskType == "" {
		return nil, workflow.Errorf(workflow.Invalid, "taskType: must not be empty")
	}
	if req.Domain == runner.Held {
		return nil, workflow.Errorf(workflow.Invalid, "domain: %q is not for workers", req.Domain)
	}
	tasks, err := e.runner.Poll(ctx, req.TaskType, req.Domain, req.WorkerID, max(req.Count, 1), req.Wait)
	return slices.DeleteFunc(tasks, func(t *workflow.Task) bool {
		t.Brief()
		t.RuntimeMetadata = e.metadata(t)
		_, err := e.handOut(ctx, t)
		if err != nil { // its response timeout will offer it again
			e.log.Error("a task's secrets could not be read", "workflow_id", t.WorkflowInstanceID, "task_id", t.TaskID, "error", err)
		}
		return err != nil
	}), err
}

// Update applies a worker's result and returns the task as it is then, without its input and its part of the definition. A result
// for a task that has ended changes nothing.
func (e *Engine) Update(ctx context.Context, res *workflow.TaskResult) (*workflow.Task, error) {
	if res.TaskID == "" {
		return nil, &workflow.Error{
			Kind: workflow.Invalid, Message: "Validation failed, check below errors for detail.",
			Violations: []workflow.Violation{{Path: "taskId", Message: "Task ID cannot be empty"}},
		}
	}
	if out, err, ok := pass[*workflow.Task](ctx, e, cmp.Or(res.WorkflowInstanceID, res.TaskID), "Update", res); ok {
		return out, err
	}
	id := res.WorkflowInstanceID
	if id == "" {
		var err error
		if id, err = e.owner(ctx, res.TaskID); err != nil {
			return nil, err
		}
	}
	if path := res.ExternalOutputPayloadStoragePath; path != "" && !res.ExtendLease {
		output, err := e.uploaded(ctx, path, "externalOutputPayloadStoragePath")
		if err != nil {
			return nil, err
		}
		with := *res
		with.OutputData, with.ExternalOutputPayloadStoragePath = output, ""
		res = &with
	}
	if len(res.Logs) > 0 && !res.ExtendLease {
		if err := e.AddLogs(ctx, res.TaskID, res.Logs); err != nil {
			return nil, err
		}
	}
	var out *workflow.Task
	err := e.step(ctx, id, func(s *decide.State) error {
		if err := s.Update(res); err != nil {
			return err
		}
		out = s.View(s.Task(res.TaskID)).Brief()
		out.InputData, out.WorkflowTask, out.WorkflowTaskJSON = nil, nil, nil
		return nil
	})
	if workflow.KindOf(err) == workflow.NotFound {
		err = errNoTask(res.TaskID)
	}
	return out, err
}

// owner returns the execution that a task belongs to.
func (e *Engine) owner(ctx context.Context, taskID string) (string, error) {
	id, _, err := e.store.FindTask(ctx, taskID)
	if errors.Is(err, store.ErrNotFound) {
		return "", errNoTask(taskID)
	}
	if err != nil {
		return "", fmt.Errorf("find task: %w", err)
	}
	return id, nil
}

// UpdateByRef ends (or reports on) the pending task with a reference; the output is laid over what the task has. The id is
// "" when no such task is pending.
func (e *Engine) UpdateByRef(ctx context.Context, workflowID, ref string, status workflow.TaskStatus, output workflow.Payload, workerID string) (string, error) {
	if out, err, ok := pass[string](ctx, e, workflowID, "UpdateByRef", workflowID, ref, status, output, workerID); ok {
		return out, err
	}
	return e.update(ctx, workflowID, status, output, workerID, func(s *decide.State) *decide.Task { return s.Pending(ref) })
}

func (e *Engine) update(ctx context.Context, workflowID string, status workflow.TaskStatus, output workflow.Payload, workerID string, find func(*decide.State) *decide.Task) (string, error) {
	var taskID string
	err := e.step(ctx, workflowID, func(s *decide.State) error {
		taskID = "" // this may be a second look, on a state that another node has changed
		t := find(s)
		if t == nil {
			return nil
		}
		out, err := t.Merged(output)
		if err != nil {
			return workflow.Errorf(workflow.Invalid, "output: %v", err)
		}
		taskID = t.ID
		return s.Update(&workflow.TaskResult{
			TaskID: t.ID, WorkflowInstanceID: workflowID, Status: status, OutputData: out, WorkerID: workerID, ReasonForIncompletion: t.Reason,
		})
	})
	return taskID, err
}

// Signal ends the first pending WAIT or YIELD task of an execution, or, depth first, of its open sub-workflows. The id is "" when
// there is none.
func (e *Engine) Signal(ctx context.Context, workflowID string, status workflow.TaskStatus, output workflow.Payload) (string, error) {
	if out, err, ok := pass[string](ctx, e, workflowID, "Signal", workflowID, status, output); ok {
		return out, err
	}
	var children []string
	id, err := e.update(ctx, workflowID, status, output, "", func(s *decide.State) *decide.Task {
		var t *decide.Task
		t, children = s.Waiting()
		return t
	})
	if err != nil || id != "" {
		return id, err
	}
	for _, child := range children {
		id, err := e.Signal(ctx, child, status, output)
		if workflow.KindOf(err) == workflow.NotFound {
			continue
		}
		if err != nil || id != "" {
			return id, err
		}
	}
	return "", nil
}

// Task returns a task.
func (e *Engine) Task(ctx context.Context, taskID string) (*workflow.Task, error) {
	if out, err, ok := pass[*workflow.Task](ctx, e, taskID, "Task", taskID); ok {
		return out, err
	}
	id, err := e.owner(ctx, taskID)
	if err != nil {
		return nil, err
	}
	var out *workflow.Task
	err = e.runner.View(ctx, id, func(s *decide.State) {
		if t := s.Task(taskID); t != nil {
			out = s.View(t).Brief()
		}
	})
	if out == nil && err == nil || workflow.KindOf(err) == workflow.NotFound {
		return nil, errNoTask(taskID)
	}
	return out, err
}

// AddLogs appends to a task's log.
func (e *Engine) AddLogs(ctx context.Context, taskID string, logs []workflow.TaskLog) error {
	if taskID == "" {
		return workflow.Errorf(workflow.Invalid, "taskId: must not be empty")
	}
	now := e.clock.Now().UnixMilli()
	stamped := slices.Clone(logs)
	for i := range stamped {
		stamped[i].TaskID = taskID
		if stamped[i].CreatedTime == 0 {
			stamped[i].CreatedTime = now
		}
	}
	if err := e.store.AddLogs(ctx, taskID, stamped); err != nil {
		return fmt.Errorf("add logs: %w", err)
	}
	return nil
}

// Logs returns a task's log, oldest first.
func (e *Engine) Logs(ctx context.Context, taskID string) ([]workflow.TaskLog, error) {
	return e.store.Logs(ctx, taskID)
}

// Queues returns the state of every task queue.
func (e *Engine) Queues() []QueueInfo {
	infos := e.queue.Infos()
	out := make([]QueueInfo, 0, len(infos))
	for _, q := range infos {
		if q.Domain != runner.Held {
			out = append(out, QueueInfo{TaskType: q.Type, Domain: q.Domain, Depth: q.Depth, InFlight: q.InFlight, Pollers: q.Pollers})
		}
	}
	return out
}

// PollData tells who polled which queue last; "" means all types.
func (e *Engine) PollData(taskType string) []workflow.PollData {
	out := []workflow.PollData{}
	for _, p := range e.queue.Polls(taskType) {
		out = append(out, workflow.PollData{QueueName: p.Type, Domain: p.Domain, WorkerID: p.Worker, LastPollTime: p.At.UnixMilli()})
	}
	return out
}

// Requeue makes every scheduled task of a type that is in no queue ready again. As queues follow from the store this finds
// nothing in normal running. It returns how many it found.
func (e *Engine) Requeue(ctx context.Context, taskType string) (int, error) {
	n, err := e.runner.Requeue(ctx, taskType)
	return n + sum(ctx, e, "Requeue", taskType), err
}

// PendingTasks returns the tasks of a type that wait for a worker or are with one, by execution; count of them after start.
func (e *Engine) PendingTasks(ctx context.Context, taskType string, start, count int) ([]*workflow.Task, error) {
	var keys []queue.Key
	err := e.store.Outstanding(ctx, nil, func(id string, w *store.Work, _ *decide.Outstanding) error {
		if w != nil && w.Kind == decide.Queued && w.Type == taskType {
			keys = append(keys, queue.Key{Execution: id, Seq: w.Seq})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read outstanding tasks: %w", err)
	}
	slices.SortFunc(keys, func(a, b queue.Key) int {
		return cmp.Or(cmp.Compare(a.Execution, b.Execution), cmp.Compare(a.Seq, b.Seq))
	})
	keys = keys[min(start, len(keys)):]
	out := []*workflow.Task{}
	for _, k := range keys[:min(count, len(keys))] {
		err := e.runner.View(ctx, k.Execution, func(s *decide.State) {
			if t := s.TaskBySeq(k.Seq); t != nil && !t.Status.Terminal() {
				out = append(out, s.View(t))
			}
		})
		if err != nil && workflow.KindOf(err) != workflow.NotFound {
			return nil, err
		}
	}
	return out, nil
}

// SearchTasks returns a page of tasks. The executions that can hold matches are gone through, newest first.
func (e *Engine) SearchTasks(ctx context.Context, s Search) (*Page[*workflow.Task], error) {
	q, err := s.parse(search.TaskFields)
	if err != nil {
		return nil, err
	}
	start, size, err := s.page()
	if err != nil {
		return nil, err
	}
	if s.Workflows != nil && len(s.Workflows) == 0 {
		return &Page[*workflow.Task]{}, nil
	}
	var found []*workflow.Task
	collect := func(id string) error {
		x, err := e.Execution(ctx, id, true)
		if workflow.KindOf(err) == workflow.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		for _, t := range x.Tasks {
			if q.Match(taskRow{t}) {
				found = append(found, t)
			}
		}
		return nil
	}
	if err := e.eachExecution(ctx, q, collect); err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b *workflow.Task) int { return q.Compare(taskRow{a}, taskRow{b}) })
	from := min(start, len(found))
	return &Page[*workflow.Task]{Total: int64(len(found)), Results: found[from:min(from+size, len(found))]}, nil
}

// eachExecution calls f for the executions whose tasks a query can match.
func (e *Engine) eachExecution(ctx context.Context, q *search.Query, f func(id string) error) error {
	if ids, ok := q.Equals("workflowId"); ok {
		for _, id := range ids {
			if err := f(id); err != nil {
				return err
			}
		}
		return nil
	}
	if ids, ok := q.Equals("taskId"); ok {
		for _, taskID := range ids {
			id, err := e.owner(ctx, taskID)
			if workflow.KindOf(err) == workflow.NotFound {
				continue
			}
			if err == nil {
				err = f(id)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	var parts []string
	if names, ok := q.Equals("workflowType"); ok && len(names) == 1 {
		parts = append(parts, "workflowType = "+search.Quote(names[0]))
	}
	// Tasks that have not ended are in executions that have not.
	ended := func(status string) bool { return workflow.TaskStatus(status).Terminal() }
	if statuses, ok := q.Equals("status"); ok && !slices.ContainsFunc(statuses, ended) {
		parts = append(parts, "status IN (RUNNING,PAUSED)")
	}
	for at := 0; ; at += 5000 {
		page, err := e.Search(ctx, Search{Query: strings.Join(parts, " AND "), Start: at, Size: 5000})
		if err != nil {
			return err
		}
		for _, sum := range page.Results {
			if err := f(sum.WorkflowID); err != nil {
				return err
			}
		}
		if len(page.Results) < 5000 {
			return nil
		}
	}
}

// taskRow shows a task to a query.
type taskRow struct{ *workflow.Task }

// Field implements search.Row.
func (r taskRow) Field(name string) any {
	switch name {
	case "taskId":
		return r.TaskID
	case "taskType":
		return r.TaskType
	case "taskDefName":
		return r.TaskDefName
	case "referenceTaskName":
		return r.ReferenceTaskName
	case "status":
		return string(r.Status)
	case "workflowId":
		return r.WorkflowInstanceID
	case "workflowType":
		return r.WorkflowType
	case "correlationId":
		return r.CorrelationID
	case "scheduledTime":
		return r.ScheduledTime
	case "startTime":
		return r.StartTime
	case "updateTime":
		return r.UpdateTime
	case "endTime":
		return r.EndTime
	case "executionTime":
		return max(0, r.EndTime-r.StartTime)
	case "queueWaitTime":
		return r.QueueWaitTime
	case "domain":
		return r.Domain
	case "workerId":
		return r.WorkerID
	}
	return nil
}

// Text implements search.Row.
func (r taskRow) Text() string {
	return r.TaskID + " " + r.TaskType + " " + r.ReferenceTaskName + " " + string(r.Status) + " " + r.InputData.String() + " " +
		r.OutputData.String() + " " + r.ReasonForIncompletion
}
