package rest

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// maxBulk is how many executions one call may name.
const maxBulk = 1000

// bulk is the outcome for many (Conductor: BulkResponse). One that fails does not fail the call.
type bulk struct {
	Errors    map[string]string `json:"bulkErrorResults"`
	Succeeded []any             `json:"bulkSuccessfulResults"`
	Message   string            `json:"message"`
}

func newBulk() *bulk {
	return &bulk{Errors: map[string]string{}, Succeeded: []any{}, Message: "Bulk Request has been processed."}
}

// collect records the outcome for one id.
func (h *Handler) collect(c echo.Context, b *bulk, id string, err error) {
	if err == nil {
		b.Succeeded = append(b.Succeeded, id)
		return
	}
	if workflow.KindOf(err) == "" {
		r := c.Request()
		h.log.ErrorContext(r.Context(), "request failed for one of many", "method", r.Method, "path", r.URL.Path, "id", id, "error", err)
		b.Errors[id] = http.StatusText(http.StatusInternalServerError)
		return
	}
	b.Errors[id] = err.Error()
}

// each calls f for every id of the body.
func (h *Handler) each(c echo.Context, f func(ctx context.Context, id string) error) error {
	ids, err := bulkIDs(c)
	if err != nil {
		return err
	}
	out := newBulk()
	for _, id := range ids {
		h.collect(c, out, id, f(c.Request().Context(), id))
	}
	return writeJSON(c, out)
}

func bulkIDs(c echo.Context) ([]string, error) {
	var ids []string
	if err := decode(c, &ids); err != nil {
		return nil, err
	}
	if len(ids) == 0 || len(ids) > maxBulk {
		return nil, workflow.Errorf(workflow.Invalid, "The list must hold 1 to %d ids; it holds %d.", maxBulk, len(ids))
	}
	return ids, nil
}

func (h *Handler) bulkPause(c echo.Context) error  { return h.each(c, h.engine.Pause) }
func (h *Handler) bulkResume(c echo.Context) error { return h.each(c, h.engine.Resume) }

func (h *Handler) bulkRestart(c echo.Context) error {
	latest, err := queryBool(c, "useLatestDefinitions", false)
	if err != nil {
		return err
	}
	return h.each(c, func(ctx context.Context, id string) error { return h.engine.Restart(ctx, id, latest) })
}

func (h *Handler) bulkRetry(c echo.Context) error {
	return h.each(c, func(ctx context.Context, id string) error { return h.engine.Retry(ctx, id, false) })
}

func (h *Handler) bulkTerminate(c echo.Context) error {
	reason := c.QueryParam("reason")
	return h.each(c, func(ctx context.Context, id string) error { return h.engine.Terminate(ctx, id, reason) })
}

func (h *Handler) bulkRemove(c echo.Context) error {
	archive, err := queryBool(c, "archiveWorkflow", true)
	if err != nil {
		return err
	}
	return h.each(c, func(ctx context.Context, id string) error { return h.engine.Remove(ctx, id, archive) })
}

func (h *Handler) bulkTerminateAndRemove(c echo.Context) error {
	archive, err := queryBool(c, "archiveWorkflow", true)
	if err != nil {
		return err
	}
	reason := c.QueryParam("reason")
	return h.each(c, func(ctx context.Context, id string) error { return h.terminateAndRemoveOne(ctx, id, reason, archive) })
}

// bulkSearch answers with the executions themselves.
func (h *Handler) bulkSearch(c echo.Context) error {
	withTasks, err := queryBool(c, "includeTasks", true)
	if err != nil {
		return err
	}
	ids, err := bulkIDs(c)
	if err != nil {
		return err
	}
	out := newBulk()
	for _, id := range ids {
		x, err := h.engine.Execution(c.Request().Context(), id, withTasks)
		if err != nil {
			h.collect(c, out, id, err)
			continue
		}
		out.Succeeded = append(out.Succeeded, x)
	}
	return writeJSON(c, out)
}
