package rest

import (
	"math"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/internal/dryrun"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

const (
	maxPriority = 99
	defaultWait = 10  // seconds that a synchronous call waits
	maxWait     = 600 // seconds; more is a mistake, and nobody's connection lasts
)

func (h *Handler) start(c echo.Context) error {
	var req workflow.StartRequest
	if err := decode(c, &req); err != nil {
		return err
	}
	id, err := h.begin(c, &req)
	if err != nil {
		return err
	}
	return writeText(c, id)
}

// begin starts an execution in the trace of the request, unless the body names another one.
func (h *Handler) begin(c echo.Context, req *workflow.StartRequest) (id string, err error) {
	if req.Traceparent == "" {
		req.Traceparent = c.Request().Header.Get("Traceparent")
	}
	return h.engine.Start(c.Request().Context(), req)
}

// startByName starts by a name in the path; the body is the input, and what else there is to say comes in the query.
func (h *Handler) startByName(c echo.Context) error {
	req := workflow.StartRequest{Name: pathName(c, "name"), CorrelationID: c.QueryParam("correlationId")}
	version, err := queryInt(c, "version", 0, 0, math.MaxInt32)
	if c.Param("version") != "" {
		version, err = pathInt(c, "version")
	}
	if err != nil {
		return err
	}
	if version > 0 {
		req.Version = &version
	}
	if req.Priority, err = queryInt(c, "priority", 0, 0, maxPriority); err != nil {
		return err
	}
	if req.Input, err = payload(c); err != nil {
		return err
	}
	id, err := h.begin(c, &req)
	if err != nil {
		return err
	}
	return writeText(c, id)
}

// execute starts an execution and waits for it to end, to block, or to reach one of the tasks named.
func (h *Handler) execute(c echo.Context) error {
	var req workflow.StartRequest
	if err := decode(c, &req); err != nil {
		return err
	}
	req.Name = pathName(c, "name")
	version, err := pathInt(c, "version")
	if err != nil {
		return err
	}
	req.Version = nil
	if version > 0 {
		req.Version = &version
	}
	strategy, err := returnStrategy(c)
	if err != nil {
		return err
	}
	wait, err := waitSeconds(c)
	if err != nil {
		return err
	}
	if req.WorkflowDef != nil && req.ExternalInputPayloadStoragePath == "" {
		if err := req.MarkDynamic(); err != nil {
			return err
		}
	}
	id, err := h.begin(c, &req)
	if err != nil {
		return err
	}
	seen, err := h.await(c, id, taskRefs(c), wait)
	if err != nil {
		return err
	}
	return respond(c, strategy, c.QueryParam("requestId"), seen)
}

// dryRun runs a workflow with the results that the request holds, and keeps nothing of it.
func (h *Handler) dryRun(c echo.Context) error {
	var req dryrun.Request
	if err := decode(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	select {
	case h.dryRuns <- struct{}{}:
		defer func() { <-h.dryRuns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	x, err := dryrun.Run(ctx, h.engine, &req)
	if err != nil {
		return err
	}
	return writeJSON(c, x)
}

// waitSeconds reads waitForSeconds; Conductor takes 0 for the default.
func waitSeconds(c echo.Context) (time.Duration, error) {
	n, err := queryInt(c, "waitForSeconds", defaultWait, 0, maxWait)
	if n == 0 {
		n = defaultWait
	}
	return time.Duration(n) * time.Second, err
}

// taskRefs reads waitUntilTaskRef: comma-separated, repeatable.
func taskRefs(c echo.Context) []string {
	var refs []string
	for _, v := range c.QueryParams()["waitUntilTaskRef"] {
		for ref := range strings.SplitSeq(v, ",") {
			if ref = strings.TrimSpace(ref); ref != "" {
				refs = append(refs, ref)
			}
		}
	}
	return refs
}
