package rest

import (
	"math"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// maxPage is the largest page of a search.
const maxPage = 5000

// page is a page of results (Conductor: SearchResult).
type page[T any] struct {
	TotalHits int64 `json:"totalHits"`
	Results   []T   `json:"results"`
}

// workflowSummary is a search row on the wire: times are ISO strings, lists are joined.
type workflowSummary struct {
	WorkflowType             string          `json:"workflowType"`
	Version                  int             `json:"version"`
	WorkflowID               string          `json:"workflowId"`
	CorrelationID            string          `json:"correlationId,omitempty"`
	StartTime                string          `json:"startTime,omitempty"`
	UpdateTime               string          `json:"updateTime,omitempty"`
	EndTime                  string          `json:"endTime,omitempty"`
	Status                   workflow.Status `json:"status"`
	Input                    string          `json:"input"`
	Output                   string          `json:"output"`
	InputSize                int             `json:"inputSize"`
	OutputSize               int             `json:"outputSize"`
	ReasonForIncompletion    string          `json:"reasonForIncompletion,omitempty"`
	ExecutionTime            int64           `json:"executionTime"` // milliseconds
	Event                    string          `json:"event,omitempty"`
	FailedReferenceTaskNames string          `json:"failedReferenceTaskNames"`
	FailedTaskNames          []string        `json:"failedTaskNames"`
	Priority                 int             `json:"priority"`
	ParentWorkflowID         string          `json:"parentWorkflowId"`
	Classifier               string          `json:"classifier"`
	CreatedBy                string          `json:"createdBy,omitempty"`
	IdempotencyKey           string          `json:"idempotencyKey,omitempty"`
}

// taskSummary is a search row of a task on the wire.
type taskSummary struct {
	WorkflowID            string              `json:"workflowId"`
	WorkflowType          string              `json:"workflowType"`
	CorrelationID         string              `json:"correlationId,omitempty"`
	ScheduledTime         string              `json:"scheduledTime,omitempty"`
	StartTime             string              `json:"startTime,omitempty"`
	UpdateTime            string              `json:"updateTime,omitempty"`
	EndTime               string              `json:"endTime,omitempty"`
	Status                workflow.TaskStatus `json:"status"`
	ReasonForIncompletion string              `json:"reasonForIncompletion,omitempty"`
	ExecutionTime         int64               `json:"executionTime"` // milliseconds
	QueueWaitTime         int64               `json:"queueWaitTime"` // milliseconds
	TaskDefName           string              `json:"taskDefName"`
	TaskType              string              `json:"taskType"`
	ReferenceTaskName     string              `json:"referenceTaskName"`
	Input                 string              `json:"input"`
	Output                string              `json:"output"`
	TaskID                string              `json:"taskId"`
	WorkflowPriority      int                 `json:"workflowPriority"`
	Domain                string              `json:"domain,omitempty"`
}

func newWorkflowSummary(s *workflow.Summary) workflowSummary {
	return workflowSummary{
		WorkflowType: s.WorkflowType, Version: s.Version, WorkflowID: s.WorkflowID, CorrelationID: s.CorrelationID,
		StartTime: workflow.ISOTime(s.StartTime), UpdateTime: workflow.ISOTime(s.UpdateTime), EndTime: workflow.ISOTime(s.EndTime), Status: s.Status,
		Input: s.Input, Output: s.Output, InputSize: len(s.Input), OutputSize: len(s.Output),
		ReasonForIncompletion: s.ReasonForIncompletion, ExecutionTime: workflow.Elapsed(s.StartTime, s.EndTime), Event: s.Event,
		FailedReferenceTaskNames: strings.Join(s.FailedReferenceTaskNames, ","), FailedTaskNames: orEmpty(s.FailedTaskNames),
		Priority: s.Priority, ParentWorkflowID: s.ParentWorkflowID, CreatedBy: s.CreatedBy, IdempotencyKey: s.IdempotencyKey,
		Classifier: s.Kind(),
	}
}

func newTaskSummary(t *workflow.Task) taskSummary {
	return taskSummary{
		WorkflowID: t.WorkflowInstanceID, WorkflowType: t.WorkflowType, CorrelationID: t.CorrelationID,
		ScheduledTime: workflow.ISOTime(t.ScheduledTime), StartTime: workflow.ISOTime(t.StartTime), UpdateTime: workflow.ISOTime(t.UpdateTime),
		EndTime: workflow.ISOTime(t.EndTime), Status: t.Status, ReasonForIncompletion: t.ReasonForIncompletion,
		ExecutionTime: workflow.Elapsed(t.StartTime, t.EndTime), QueueWaitTime: t.QueueWaitTime, TaskDefName: t.TaskDefName,
		TaskType: t.TaskType, ReferenceTaskName: t.ReferenceTaskName, Input: t.InputData.String(), Output: t.OutputData.String(),
		TaskID: t.TaskID, WorkflowPriority: t.WorkflowPriority, Domain: t.Domain,
	}
}

// searchOf reads the parameters of a search.
func searchOf(c echo.Context) (engine.Search, error) {
	s := engine.Search{Query: c.QueryParam("query"), FreeText: c.QueryParam("freeText"), Sort: strings.Join(c.QueryParams()["sort"], "|")}
	var err error
	if s.Start, err = queryInt(c, "start", 0, 0, math.MaxInt32); err != nil {
		return s, err
	}
	if s.Size, err = queryInt(c, "size", 100, 0, maxPage); err != nil {
		return s, err
	}
	s.TotalOnly = s.Size == 0
	if kind := c.QueryParam("classifier"); kind != "" {
		s.Query = and(s.Query, "classifier IN ("+kind+")")
	}
	topLevel, err := queryBool(c, "topLevelOnly", false)
	if topLevel {
		s.Query = and(s.Query, `parentWorkflowId = ''`)
	}
	return s, err
}

// and narrows a query, which may be empty.
func and(query, condition string) string {
	if q := strings.TrimSpace(query); q == "" || q == "*" {
		return condition
	}
	return "(" + query + ") AND " + condition
}

func (h *Handler) search(c echo.Context) error {
	s, err := searchOf(c)
	if err != nil {
		return err
	}
	found, err := h.engine.Search(c.Request().Context(), s)
	if err != nil {
		return err
	}
	return writeJSON(c, page[workflowSummary]{found.Total, convert(found.Results, newWorkflowSummary)})
}

func (h *Handler) searchExecutions(c echo.Context) error {
	s, err := searchOf(c)
	if err != nil {
		return err
	}
	found, err := h.engine.Search(c.Request().Context(), s)
	if err != nil {
		return err
	}
	ids := make([]string, len(found.Results))
	for i, r := range found.Results {
		ids[i] = r.WorkflowID
	}
	return h.writeExecutions(c, found.Total, ids)
}

// writeExecutions answers with executions, without their tasks. One that is removed meanwhile is left out.
func (h *Handler) writeExecutions(c echo.Context, total int64, ids []string) error {
	out := page[*workflow.Execution]{TotalHits: total, Results: []*workflow.Execution{}}
	for _, id := range ids {
		x, err := h.engine.Execution(c.Request().Context(), id, false)
		if workflow.KindOf(err) == workflow.NotFound {
			out.TotalHits--
			continue
		}
		if err != nil {
			return err
		}
		out.Results = append(out.Results, x)
	}
	return writeJSON(c, out)
}

// ownersOf searches tasks and returns the ids of their executions, each once. The total counts tasks.
func (h *Handler) ownersOf(c echo.Context) (ids []string, total int64, err error) {
	s, err := searchOf(c)
	if err != nil {
		return nil, 0, err
	}
	found, err := h.engine.SearchTasks(c.Request().Context(), s)
	if err != nil {
		return nil, 0, err
	}
	seen := map[string]bool{}
	for _, t := range found.Results {
		if !seen[t.WorkflowInstanceID] {
			seen[t.WorkflowInstanceID] = true
			ids = append(ids, t.WorkflowInstanceID)
		}
	}
	return ids, found.Total, nil
}

func (h *Handler) searchExecutionsByTasks(c echo.Context) error {
	ids, total, err := h.ownersOf(c)
	if err != nil {
		return err
	}
	return h.writeExecutions(c, total, ids)
}

func (h *Handler) searchByTasks(c echo.Context) error {
	ids, total, err := h.ownersOf(c)
	if err != nil {
		return err
	}
	out := page[workflowSummary]{TotalHits: total, Results: []workflowSummary{}}
	for _, id := range ids {
		x, err := h.engine.Execution(c.Request().Context(), id, false)
		if workflow.KindOf(err) == workflow.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		out.Results = append(out.Results, newWorkflowSummary(summaryOf(x)))
	}
	return writeJSON(c, out)
}

func summaryOf(x *workflow.Execution) *workflow.Summary {
	return &workflow.Summary{
		WorkflowType: x.WorkflowName, Version: x.WorkflowVersion, WorkflowID: x.WorkflowID, CorrelationID: x.CorrelationID,
		StartTime: x.StartTime, UpdateTime: x.UpdateTime, EndTime: x.EndTime, Status: x.Status,
		Input: x.Input.String(), Output: x.Output.String(), ReasonForIncompletion: x.ReasonForIncompletion, Event: x.Event,
		FailedReferenceTaskNames: x.FailedReferenceTaskNames, FailedTaskNames: x.FailedTaskNames, Priority: x.Priority,
		ParentWorkflowID: x.ParentWorkflowID, CreatedBy: x.CreatedBy, IdempotencyKey: x.IdempotencyKey,
		Classifier: x.WorkflowDefinition.Classifier(),
	}
}

func (h *Handler) searchTasks(c echo.Context) error {
	s, err := searchOf(c)
	if err != nil {
		return err
	}
	found, err := h.engine.SearchTasks(c.Request().Context(), s)
	if err != nil {
		return err
	}
	return writeJSON(c, page[taskSummary]{found.Total, convert(found.Results, newTaskSummary)})
}

func (h *Handler) searchTasksFull(c echo.Context) error {
	s, err := searchOf(c)
	if err != nil {
		return err
	}
	found, err := h.engine.SearchTasks(c.Request().Context(), s)
	if err != nil {
		return err
	}
	return writeJSON(c, page[*workflow.Task]{found.Total, orEmpty(found.Results)})
}

func convert[T, U any](in []T, f func(T) U) []U {
	out := make([]U, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}
