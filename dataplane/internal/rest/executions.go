package rest

import (
	"fmt"
	"math"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func (h *Handler) getExecution(c echo.Context) error {
	withTasks, err := queryBool(c, "includeTasks", true)
	if err != nil {
		return err
	}
	x, err := h.engine.Execution(c.Request().Context(), pathText(c, "id"), withTasks)
	if err != nil {
		return err
	}
	return writeJSON(c, x)
}

// executionState is the short form of an execution (Conductor: WorkflowStatus).
type executionState struct {
	WorkflowID    string            `json:"workflowId"`
	CorrelationID string            `json:"correlationId,omitempty"`
	Output        *workflow.Payload `json:"output,omitempty"`
	Variables     *workflow.Payload `json:"variables,omitempty"`
	Status        workflow.Status   `json:"status"`
}

func (h *Handler) executionStatus(c echo.Context) error {
	withOutput, err := queryBool(c, "includeOutput", false)
	if err != nil {
		return err
	}
	withVariables, err := queryBool(c, "includeVariables", false)
	if err != nil {
		return err
	}
	x, err := h.engine.Execution(c.Request().Context(), pathText(c, "id"), false)
	if err != nil {
		return err
	}
	s := executionState{WorkflowID: x.WorkflowID, CorrelationID: x.CorrelationID, Status: x.Status}
	if withOutput {
		s.Output = &x.Output
	}
	if withVariables {
		s.Variables = &x.Variables
	}
	return writeJSON(c, s)
}

// taskPage is a page of an execution's tasks; Summary counts all of its tasks by status.
type taskPage struct {
	TotalHits int64                         `json:"totalHits"`
	Results   []*workflow.Task              `json:"results"`
	Summary   map[workflow.TaskStatus]int64 `json:"summary"`
}

func (h *Handler) executionTasks(c echo.Context) error {
	start, err := queryInt(c, "start", 0, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	count, err := queryInt(c, "count", 15, 0, maxPage)
	if err != nil {
		return err
	}
	wanted := map[workflow.TaskStatus]bool{}
	for _, v := range c.QueryParams()["status"] {
		for s := range strings.SplitSeq(v, ",") {
			wanted[workflow.TaskStatus(strings.ToUpper(s))] = true
		}
	}
	x, err := h.engine.Execution(c.Request().Context(), pathText(c, "id"), true)
	if err != nil {
		return err
	}
	page := taskPage{Results: []*workflow.Task{}, Summary: map[workflow.TaskStatus]int64{}}
	for _, t := range x.Tasks {
		page.Summary[t.Status]++
		if len(wanted) > 0 && !wanted[t.Status] {
			continue
		}
		if page.TotalHits >= int64(start) && len(page.Results) < count {
			page.Results = append(page.Results, t)
		}
		page.TotalHits++
	}
	return writeJSON(c, page)
}

// maxMillis is the largest time that still has a successor.
const maxMillis = math.MaxInt64 - 1

// runningExecutions lists ids of what runs, or, with a window of time, of all that began in it.
func (h *Handler) runningExecutions(c echo.Context) error {
	version, err := queryInt(c, "version", 1, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	from, err := queryInt64(c, "startTime", 0, 0, maxMillis)
	if err != nil {
		return err
	}
	to, err := queryInt64(c, "endTime", 0, 0, maxMillis)
	if err != nil {
		return err
	}
	ctx, def := c.Request().Context(), pathName(c, "name")
	if from == 0 || to == 0 {
		if c.QueryParam("version") == "" {
			version = 0 // any
		}
		ids, err := h.engine.Running(ctx, def, version)
		if err != nil {
			return err
		}
		return writeJSON(c, orEmpty(ids))
	}
	page, err := h.engine.Search(ctx, engine.Search{
		Query: fmt.Sprintf("workflowType = %s AND version = %d AND startTime > %d AND startTime < %d", search.Quote(def), version, from-1, to+1),
		Size:  maxPage,
	})
	if err != nil {
		return err
	}
	ids := make([]string, len(page.Results))
	for i, s := range page.Results {
		ids[i] = s.WorkflowID
	}
	return writeJSON(c, ids)
}

func (h *Handler) correlatedByID(c echo.Context) error {
	closed, withTasks, err := correlatedOptions(c)
	if err != nil {
		return err
	}
	found, err := h.engine.Correlated(c.Request().Context(), pathName(c, "name"), pathText(c, "correlationId"), closed, withTasks)
	if err != nil {
		return err
	}
	return writeJSON(c, orEmpty(found))
}

// correlated takes correlation ids from the body, and from the query for clients whose GET cannot have one.
func (h *Handler) correlated(c echo.Context) error {
	ids := c.QueryParams()["correlationId"]
	if len(ids) == 0 {
		if err := decodeOptional(c, &ids); err != nil {
			return err
		}
	}
	return h.writeCorrelated(c, []string{pathName(c, "name")}, ids)
}

// correlatedRequest names definitions and correlation ids.
type correlatedRequest struct {
	CorrelationIDs []string `json:"correlationIds"`
	WorkflowNames  []string `json:"workflowNames"`
}

func (h *Handler) correlatedBatch(c echo.Context) error {
	var req correlatedRequest
	if err := decode(c, &req); err != nil {
		return err
	}
	return h.writeCorrelated(c, req.WorkflowNames, req.CorrelationIDs)
}

func (h *Handler) writeCorrelated(c echo.Context, names, ids []string) error {
	closed, withTasks, err := correlatedOptions(c)
	if err != nil {
		return err
	}
	if len(ids)*len(names) > maxBulk {
		return workflow.Errorf(workflow.Invalid, "The lists must not make more than %d pairs of name and correlation id.", maxBulk)
	}
	out := make(map[string][]*workflow.Execution, len(ids))
	for _, id := range ids {
		out[id] = []*workflow.Execution{}
		for _, n := range names {
			found, err := h.engine.Correlated(c.Request().Context(), n, id, closed, withTasks)
			if err != nil {
				return err
			}
			out[id] = append(out[id], found...)
		}
	}
	return writeJSON(c, out)
}

func correlatedOptions(c echo.Context) (closed, withTasks bool, err error) {
	if closed, err = queryBool(c, "includeClosed", false); err != nil {
		return false, false, err
	}
	withTasks, err = queryBool(c, "includeTasks", false)
	return closed, withTasks, err
}
