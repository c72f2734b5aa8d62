package rest

import (
	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func (h *Handler) createEventHandler(c echo.Context) error { return h.putEventHandler(c, false) }
func (h *Handler) updateEventHandler(c echo.Context) error { return h.putEventHandler(c, true) }

// putEventHandler takes one handler, or a list of them: newer SDKs send one.
func (h *Handler) putEventHandler(c echo.Context, replace bool) error {
	handlers, err := decodeList[*workflow.EventHandler](c)
	if err != nil {
		return err
	}
	for _, handler := range handlers {
		if handler == nil {
			return workflow.Errorf(workflow.Invalid, "The list must hold event handlers, and no null.")
		}
		if err := h.engine.PutEventHandler(c.Request().Context(), handler, replace); err != nil {
			return err
		}
	}
	return done(c, nil)
}

func (h *Handler) listEventHandlers(c echo.Context) error { return h.writeHandlers(c, "", false) }

func (h *Handler) handlersOfEvent(c echo.Context) error {
	activeOnly, err := queryBool(c, "activeOnly", true)
	if err != nil {
		return err
	}
	return h.writeHandlers(c, pathText(c, "event"), activeOnly)
}

func (h *Handler) writeHandlers(c echo.Context, event string, activeOnly bool) error {
	handlers, err := h.engine.EventHandlers(c.Request().Context(), event, activeOnly)
	if err != nil {
		return err
	}
	return writeJSON(c, orEmpty(handlers))
}

func (h *Handler) getEventHandler(c echo.Context) error {
	handler, err := h.engine.EventHandler(c.Request().Context(), pathText(c, "key"))
	if err != nil {
		return err
	}
	return writeJSON(c, handler)
}

func (h *Handler) deleteEventHandler(c echo.Context) error {
	return done(c, h.engine.DeleteEventHandler(c.Request().Context(), pathText(c, "key")))
}

func (h *Handler) eventExecutions(c echo.Context) error {
	found, err := h.engine.EventExecutions(c.Request().Context(), pathText(c, "key"))
	if err != nil {
		return err
	}
	return writeJSON(c, orEmpty(found))
}

// handledEvents tells of each handler how many messages it has handled lately.
func (h *Handler) handledEvents(c echo.Context) error {
	type handled struct {
		Name     string `json:"name"`
		Event    string `json:"event"`
		Active   bool   `json:"active"`
		Actions  int    `json:"numberOfActions"`
		Messages int    `json:"numberOfMessages"`
	}
	ctx := c.Request().Context()
	handlers, err := h.engine.EventHandlers(ctx, "", false)
	if err != nil {
		return err
	}
	results := []handled{}
	for _, handler := range handlers {
		executions, err := h.engine.EventExecutions(ctx, handler.Name)
		if err != nil {
			return err
		}
		messages := map[string]bool{}
		for _, x := range executions {
			messages[x.MessageID] = true
		}
		results = append(results, handled{handler.Name, handler.Event, handler.Active, len(handler.Actions), len(messages)})
	}
	return writeJSON(c, struct {
		TotalHits int       `json:"totalHits"`
		Results   []handled `json:"results"`
	}{len(results), results})
}

// statusQueueNames are the queues whose messages end tasks, by the status that they end them with.
var statusQueueNames = map[workflow.TaskStatus]string{
	workflow.TaskCompleted: "conductor:status:COMPLETED", workflow.TaskFailed: "conductor:status:FAILED",
}

func (h *Handler) statusQueues(c echo.Context) error { return writeJSON(c, statusQueueNames) }

func (h *Handler) statusQueueSizes(c echo.Context) error {
	sizes := map[string]int{}
	for _, name := range statusQueueNames {
		sizes[name] = 0
	}
	return writeJSON(c, sizes)
}

// endStatus reads the status of the path, which must have a queue.
func endStatus(c echo.Context) (workflow.TaskStatus, error) {
	status, err := taskStatus(c)
	if err == nil && statusQueueNames[status] == "" {
		err = invalid("status", "must be COMPLETED or FAILED, not %q", status)
	}
	return status, err
}

func (h *Handler) endByRef(c echo.Context) error {
	if _, err := endStatus(c); err != nil {
		return err
	}
	_, err := h.reportByRef(c)
	return done(c, err)
}

func (h *Handler) endByID(c echo.Context) error {
	status, err := endStatus(c)
	if err != nil {
		return err
	}
	output, err := payload(c)
	if err != nil {
		return err
	}
	_, err = h.engine.Update(c.Request().Context(), &workflow.TaskResult{
		WorkflowInstanceID: pathText(c, "workflowId"), TaskID: pathText(c, "taskId"), Status: status, OutputData: output,
	})
	return done(c, err)
}
