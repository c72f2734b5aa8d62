package rest

import (
	"math"
	"runtime"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// showConfig tells what is in force, without anything that must not be told.
func (h *Handler) showConfig(c echo.Context) error {
	return writeJSON(c, map[string]any{
		"version": h.version, "auth": h.gate.Mode(), "readSecrets": h.readSecrets, "maxBodyBytes": maxBody,
		"maxBulk": maxBulk, "maxPollMillis": maxPoll, "go": runtime.Version(),
	})
}

func (h *Handler) pendingTasks(c echo.Context) error {
	start, err := queryInt(c, "start", 0, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	count, err := queryInt(c, "count", 100, 0, 5000)
	if err != nil {
		return err
	}
	tasks, err := h.engine.PendingTasks(c.Request().Context(), pathName(c, "type"), start, count)
	if err != nil {
		return err
	}
	return writeJSON(c, orEmpty(tasks))
}

// sweep is Conductor's call to look at an execution soon. Nothing waits to be looked at here, so that none is pushed.
func (h *Handler) sweep(c echo.Context) error {
	id := pathText(c, "id")
	if _, err := h.engine.Execution(c.Request().Context(), id, false); err != nil {
		return err
	}
	return writeText(c, strconv.FormatBool(false)+"."+id)
}

// verify tells whether something had to be repaired: queues and timers follow from the store, so that nothing ever has.
func (h *Handler) verify(c echo.Context) error {
	if _, err := h.engine.Execution(c.Request().Context(), pathText(c, "id"), false); err != nil {
		return err
	}
	return writeText(c, strconv.FormatBool(false))
}

// eventQueues tells which events handlers wait for, with verbose how many messages are being handled.
func (h *Handler) eventQueues(c echo.Context) error {
	verbose, err := queryBool(c, "verbose", false)
	if err != nil {
		return err
	}
	queues, err := h.engine.EventQueues(c.Request().Context())
	if err != nil {
		return err
	}
	out := map[string]any{}
	for event, depth := range queues {
		_, queue, _ := strings.Cut(event, ":")
		if out[event] = queue; verbose {
			out[event] = map[string]int{queue: depth}
		}
	}
	return writeJSON(c, out)
}
