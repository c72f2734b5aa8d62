package rest

import (
	"context"
	"math"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func (h *Handler) saveSchedule(c echo.Context) error {
	var s workflow.Schedule
	if err := decode(c, &s); err != nil {
		return err
	}
	saved, err := h.engine.PutSchedule(c.Request().Context(), &s)
	if err != nil {
		return err
	}
	return writeJSON(c, saved)
}

func (h *Handler) listSchedules(c echo.Context) error {
	return h.writeSchedules(c, engine.ScheduleSearch{WorkflowName: c.QueryParam("workflowName")})
}

// schedulesByTag takes key:value.
func (h *Handler) schedulesByTag(c echo.Context) error {
	key, value, ok := strings.Cut(c.QueryParam("tag"), ":")
	if !ok {
		return invalid("tag", "must be key:value")
	}
	return h.writeSchedules(c, engine.ScheduleSearch{Tag: &workflow.Tag{Key: key, Value: value}})
}

func (h *Handler) writeSchedules(c echo.Context, q engine.ScheduleSearch) error {
	found, err := h.engine.Schedules(c.Request().Context(), q)
	if err != nil {
		return err
	}
	return writeJSON(c, orEmpty(found))
}

func (h *Handler) searchSchedules(c echo.Context) error {
	part, err := searchOf(c)
	if err != nil {
		return err
	}
	q := engine.ScheduleSearch{WorkflowName: c.QueryParam("workflowName"), Name: c.QueryParam("scheduleName"), FreeText: c.QueryParam("freeText")}
	if c.QueryParam("paused") != "" {
		paused, err := queryBool(c, "paused", false)
		if err != nil {
			return err
		}
		q.Paused = &paused
	}
	found, err := h.engine.Schedules(c.Request().Context(), q)
	if err != nil {
		return err
	}
	from := min(part.Start, len(found))
	return writeJSON(c, page[*workflow.Schedule]{int64(len(found)), orEmpty(found[from:min(from+part.Size, len(found))])})
}

func (h *Handler) getSchedule(c echo.Context) error {
	s, err := h.engine.Schedule(c.Request().Context(), pathText(c, "key"))
	if err != nil {
		return err
	}
	return writeJSON(c, s)
}

func (h *Handler) deleteSchedule(c echo.Context) error {
	return done(c, h.engine.DeleteSchedule(c.Request().Context(), pathText(c, "key")))
}

func (h *Handler) pauseSchedule(c echo.Context) error {
	return done(c, h.engine.PauseSchedule(c.Request().Context(), pathText(c, "key"), c.QueryParam("reason")))
}

func (h *Handler) resumeSchedule(c echo.Context) error {
	return done(c, h.engine.ResumeSchedule(c.Request().Context(), pathText(c, "key")))
}

func (h *Handler) bulkPauseSchedules(c echo.Context) error {
	return h.each(c, func(ctx context.Context, name string) error { return h.engine.PauseSchedule(ctx, name, "") })
}

func (h *Handler) bulkResumeSchedules(c echo.Context) error {
	return h.each(c, h.engine.ResumeSchedule)
}

// maxNextRuns is how many times one call tells.
const maxNextRuns = 5

func (h *Handler) nextSchedules(c echo.Context) error {
	expression := c.QueryParam("cronExpression")
	if expression == "" {
		return invalid("cronExpression", "is missing")
	}
	from, err := queryInt64(c, "scheduleStartTime", 0, 0, math.MaxInt64)
	if err != nil {
		return err
	}
	to, err := queryInt64(c, "scheduleEndTime", 0, 0, math.MaxInt64)
	if err != nil {
		return err
	}
	limit, err := queryInt(c, "limit", maxNextRuns, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	times, err := h.engine.NextRuns(c.Request().Context(), expression, from, to, min(limit, maxNextRuns))
	if err != nil {
		return err
	}
	return writeJSON(c, times)
}

func (h *Handler) searchScheduleExecutions(c echo.Context) error {
	s, err := searchOf(c)
	if err != nil {
		return err
	}
	s.Sort = strings.ReplaceAll(s.Sort, ",", "|")
	found, err := h.engine.ScheduleExecutions(c.Request().Context(), s)
	if err != nil {
		return err
	}
	return writeJSON(c, page[*workflow.ScheduleExecution]{found.Total, orEmpty(found.Results)})
}

func (h *Handler) pauseScheduler(c echo.Context) error  { return h.switchScheduler(c, true) }
func (h *Handler) resumeScheduler(c echo.Context) error { return h.switchScheduler(c, false) }

func (h *Handler) switchScheduler(c echo.Context, paused bool) error {
	if err := h.engine.PauseScheduler(c.Request().Context(), paused); err != nil {
		return err
	}
	return writeJSON(c, map[string]string{"status": "done"})
}

// requeueSchedules is Conductor's call to queue again what has been lost. Due times are derived here, so that none is.
func (h *Handler) requeueSchedules(c echo.Context) error { return writeJSON(c, map[string]int{}) }
