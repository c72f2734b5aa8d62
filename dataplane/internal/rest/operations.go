package rest

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// decide is Conductor's call to look at an execution again. Here nothing waits to be looked at, so that it only
// checks that the execution is there.
func (h *Handler) decide(c echo.Context) error {
	_, err := h.engine.Execution(c.Request().Context(), pathText(c, "id"), false)
	return done(c, err)
}

func (h *Handler) pause(c echo.Context) error {
	return done(c, h.engine.Pause(c.Request().Context(), pathText(c, "id")))
}

func (h *Handler) resume(c echo.Context) error {
	return done(c, h.engine.Resume(c.Request().Context(), pathText(c, "id")))
}

// pushMessage answers with the message's id.
func (h *Handler) pushMessage(c echo.Context) error {
	message, err := payload(c)
	if err != nil {
		return err
	}
	id, err := h.engine.PushMessage(c.Request().Context(), pathText(c, "id"), message)
	if err != nil {
		return err
	}
	return writeText(c, id)
}

func (h *Handler) terminate(c echo.Context) error {
	return done(c, h.engine.Terminate(c.Request().Context(), pathText(c, "id"), c.QueryParam("reason")))
}

func (h *Handler) restart(c echo.Context) error {
	latest, err := queryBool(c, "useLatestDefinitions", false)
	if err != nil {
		return err
	}
	return empty(c, h.engine.Restart(c.Request().Context(), pathText(c, "id"), latest))
}

func (h *Handler) retry(c echo.Context) error {
	resume, err := queryBool(c, "resumeSubworkflowTasks", false)
	if err != nil {
		return err
	}
	return empty(c, h.engine.Retry(c.Request().Context(), pathText(c, "id"), resume))
}

func (h *Handler) resetCallbacks(c echo.Context) error {
	return empty(c, h.engine.ResetCallbacks(c.Request().Context(), pathText(c, "id")))
}

func (h *Handler) rerun(c echo.Context) error {
	var req workflow.RerunRequest
	if err := decodeOptional(c, &req); err != nil {
		return err
	}
	id := pathText(c, "id")
	req.ReRunFromWorkflowID = id
	if err := h.engine.Rerun(c.Request().Context(), id, &req); err != nil {
		return err
	}
	return writeText(c, id)
}

// skipTask takes its options from the body or from the query parameter skipTaskRequest. The Go SDK prints a Go value
// there that nobody can read back; it counts as none.
func (h *Handler) skipTask(c echo.Context) error {
	var req workflow.SkipRequest
	if err := decodeOptional(c, &req); err != nil {
		return err
	}
	if q := c.QueryParam("skipTaskRequest"); strings.HasPrefix(q, `{"`) {
		if err := json.Unmarshal([]byte(q), &req); err != nil {
			return invalid("skipTaskRequest", "%s", malformed(err, []byte(q), &req))
		}
	}
	return done(c, h.engine.SkipTask(c.Request().Context(), pathText(c, "id"), namedRef(c), &req))
}

// namedRef is the reference in the path. The Go SDK leaves its placeholder there and names the task in the query.
func namedRef(c echo.Context) string {
	ref := pathName(c, "ref")
	if q := c.QueryParam("taskReferenceName"); ref == "{taskReferenceName}" && q != "" {
		return q
	}
	return ref
}

// jump goes on with another task; the body is its input.
func (h *Handler) jump(c echo.Context) error {
	input, err := payload(c)
	if err != nil {
		return err
	}
	return done(c, h.engine.Jump(c.Request().Context(), pathText(c, "id"), namedRef(c), input))
}

// upgrade goes on with another version of the definition.
func (h *Handler) upgrade(c echo.Context) error {
	var req workflow.UpgradeRequest
	if err := decode(c, &req); err != nil {
		return err
	}
	return done(c, h.engine.Upgrade(c.Request().Context(), pathText(c, "id"), &req))
}

func (h *Handler) setVariables(c echo.Context) error {
	vars, err := payload(c)
	if err != nil {
		return err
	}
	ctx, id := c.Request().Context(), pathText(c, "id")
	if err := h.engine.SetVariables(ctx, id, vars); err != nil {
		return err
	}
	x, err := h.engine.Execution(ctx, id, true)
	if err != nil {
		return err
	}
	return writeJSON(c, x)
}

func (h *Handler) remove(c echo.Context) error {
	archive, err := queryBool(c, "archiveWorkflow", true)
	if err != nil {
		return err
	}
	return done(c, h.engine.Remove(c.Request().Context(), pathText(c, "id"), archive))
}

func (h *Handler) terminateAndRemove(c echo.Context) error {
	archive, err := queryBool(c, "archiveWorkflow", true)
	if err != nil {
		return err
	}
	return done(c, h.terminateAndRemoveOne(c.Request().Context(), pathText(c, "id"), c.QueryParam("reason"), archive))
}

// terminateAndRemoveOne leaves the state alone of an execution that has ended by itself.
func (h *Handler) terminateAndRemoveOne(ctx context.Context, id, reason string, archive bool) error {
	if err := h.engine.Terminate(ctx, id, reason); err != nil && workflow.KindOf(err) != workflow.Conflict {
		return err
	}
	return h.engine.Remove(ctx, id, archive)
}
