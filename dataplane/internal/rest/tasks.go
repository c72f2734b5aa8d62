package rest

import (
	"math"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

const (
	defaultPoll = 100  // milliseconds that a poll waits for a task
	maxPoll     = 5000 // milliseconds; some clients give up after 10 s
	maxCount    = 1000 // tasks of one poll
)

// poll hands out one task; 204 when there is none.
func (h *Handler) poll(c echo.Context) error {
	found, err := h.take(c, 1, defaultPoll)
	if err != nil || len(found) == 0 {
		return empty(c, err)
	}
	return writeJSON(c, found[0])
}

// pollBatch hands out tasks; [] when there are none. It answers as soon as there is one.
func (h *Handler) pollBatch(c echo.Context) error {
	count, err := queryInt(c, "count", 1, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	wait, err := queryInt(c, "timeout", defaultPoll, 0, maxPoll)
	if err != nil {
		return err
	}
	if count == 0 {
		return writeAppended(c, workflow.TaskList(nil))
	}
	found, err := h.take(c, min(count, maxCount), wait)
	if err != nil {
		return err
	}
	return writeAppended(c, workflow.TaskList(found))
}

func (h *Handler) take(c echo.Context, count, waitMillis int) ([]*workflow.Task, error) {
	ctx, cancel := h.waiting(c)
	defer cancel()
	found, err := h.engine.Poll(ctx, engine.PollRequest{
		TaskType: pathName(c, "type"), Domain: c.QueryParam("domain"), WorkerID: c.QueryParam("workerid"),
		Count: count, Wait: time.Duration(waitMillis) * time.Millisecond,
	})
	if h.drained(c, err) {
		return nil, nil
	}
	return found, err
}

// taskResult reads a worker's result, which names its execution and its task.
func taskResult(c echo.Context) (*workflow.TaskResult, error) {
	res := &workflow.TaskResult{}
	if err := decode(c, res); err != nil {
		return nil, err
	}
	return res, res.Validate()
}

func (h *Handler) updateTask(c echo.Context) error {
	res, err := taskResult(c)
	if err != nil {
		return err
	}
	if _, err := h.engine.Update(c.Request().Context(), res); err != nil {
		return err
	}
	return writeText(c, res.TaskID)
}

// updateTaskAndPoll takes a result and hands out the next task of the same queue: a worker needs one call per task.
// 204 when there is no next task, or the result did not end its task.
func (h *Handler) updateTaskAndPoll(c echo.Context) error {
	res, err := taskResult(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	t, err := h.engine.Update(ctx, res)
	if err != nil || res.ExtendLease || !t.Status.Terminal() || h.draining.Err() != nil {
		return empty(c, err)
	}
	next, err := h.engine.Poll(ctx, engine.PollRequest{TaskType: t.TaskType, Domain: t.Domain, WorkerID: res.WorkerID, Count: 1})
	if err != nil {
		// The result is stored; that the next task has to be polled for is no failure.
		h.log.WarnContext(ctx, "poll after an update failed", "task_type", t.TaskType, "error", err)
	}
	if len(next) == 0 {
		return empty(c, nil)
	}
	return writeJSON(c, next[0])
}

func (h *Handler) updateByRef(c echo.Context) error {
	id, err := h.reportByRef(c)
	if err != nil {
		return err
	}
	if id == "" {
		return done(c, nil)
	}
	return writeText(c, id)
}

func (h *Handler) updateByRefSync(c echo.Context) error {
	id, err := h.reportByRef(c)
	if err != nil {
		return err
	}
	execution := pathText(c, "workflowId")
	if id == "" {
		return noPendingTask(execution, pathName(c, "ref"))
	}
	x, err := h.engine.Execution(c.Request().Context(), execution, true)
	if err != nil {
		return err
	}
	return writeJSON(c, x)
}

// reportByRef takes a result for the pending task with a reference; "" when none is pending.
func (h *Handler) reportByRef(c echo.Context) (taskID string, err error) {
	status, err := taskStatus(c)
	if err != nil {
		return "", err
	}
	output, err := payload(c)
	if err != nil {
		return "", err
	}
	return h.engine.UpdateByRef(c.Request().Context(), pathText(c, "workflowId"), pathName(c, "ref"), status, output, c.QueryParam("workerid"))
}

func (h *Handler) getTask(c echo.Context) error {
	t, err := h.engine.Task(c.Request().Context(), pathText(c, "id"))
	if err != nil {
		return err
	}
	return writeJSON(c, t)
}

// addLog takes one line: raw, or as a JSON string.
func (h *Handler) addLog(c echo.Context) error {
	var line string
	if err := withBody(c, func(b []byte) error {
		line = quoted(b)
		return nil
	}); err != nil {
		return err
	}
	id := pathText(c, "id")
	return done(c, h.engine.AddLogs(c.Request().Context(), id, []workflow.TaskLog{
		{Log: line, TaskID: id, CreatedTime: time.Now().UnixMilli()},
	}))
}

// taskLogs lists the lines of a task; 204 when there are none.
func (h *Handler) taskLogs(c echo.Context) error {
	logs, err := h.engine.Logs(c.Request().Context(), pathText(c, "id"))
	if err != nil {
		return err
	}
	if len(logs) == 0 {
		return empty(c, nil)
	}
	return writeJSON(c, logs)
}
