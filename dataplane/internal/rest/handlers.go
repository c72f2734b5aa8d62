package rest

import (
	"cmp"
	"slices"

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

// handledEvents is how many messages a handler has handled lately.
type handledEvents struct {
	Name     string `json:"name"`
	Event    string `json:"event"`
	Active   bool   `json:"active"`
	Actions  int    `json:"numberOfActions"`
	Messages int    `json:"numberOfMessages"`
}

func (h *Handler) listHandledEvents(c echo.Context) error {
	ctx := c.Request().Context()
	handlers, err := h.engine.EventHandlers(ctx, "", false)
	if err != nil {
		return err
	}
	results := []handledEvents{}
	for _, handler := range handlers {
		executions, err := h.engine.EventExecutions(ctx, handler.Name)
		if err != nil {
			return err
		}
		messages := map[string]bool{}
		for _, x := range executions {
			messages[x.MessageID] = true
		}
		results = append(results, handledEvents{handler.Name, handler.Event, handler.Active, len(handler.Actions), len(messages)})
	}
	return writeJSON(c, page[handledEvents]{int64(len(results)), results})
}

// eventMessage is a message of an event, and what handlers did with it.
type eventMessage struct {
	ID         string                     `json:"id"`
	Event      string                     `json:"eventTarget"`
	Type       string                     `json:"eventType"`
	Status     string                     `json:"status"`
	CreatedAt  int64                      `json:"createdAt"`
	Payload    workflow.Payload           `json:"fullPayload"`
	Executions []*workflow.EventExecution `json:"eventExecutions"`
}

func (h *Handler) eventMessages(c echo.Context) error {
	ctx, name := c.Request().Context(), pathText(c, "event")
	handlers, err := h.engine.EventHandlers(ctx, name, false)
	if err != nil {
		return err
	}
	messages := []*eventMessage{}
	byID := map[string]*eventMessage{}
	for _, handler := range handlers {
		executions, err := h.engine.EventExecutions(ctx, handler.Name)
		if err != nil {
			return err
		}
		for _, x := range executions {
			if x.Event != name {
				continue // the handler waited for another one then
			}
			m := byID[x.MessageID]
			if m == nil {
				m = &eventMessage{ID: x.MessageID, Event: name, Type: "MESSAGE", Status: "HANDLED", CreatedAt: x.Created, Payload: x.Payload}
				messages, byID[m.ID] = append(messages, m), m
			}
			m.CreatedAt = min(m.CreatedAt, x.Created)
			m.Executions = append(m.Executions, x)
		}
	}
	slices.SortStableFunc(messages, func(a, b *eventMessage) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
	return writeJSON(c, messages)
}

// handleEvent takes an event whose name is in the field "event" of its payload.
func (h *Handler) handleEvent(c echo.Context) error {
	message, err := payload(c)
	if err != nil {
		return err
	}
	fields, err := message.Object()
	if err != nil {
		return err
	}
	name, _ := fields["event"].(string)
	return done(c, h.engine.HandleEvent(c.Request().Context(), name, message))
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
