package rest

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	payloads "github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Files are payloads that the server keeps in files; clients have URLs for them that are signed.
type Files interface {
	Check(path string, write bool, query url.Values, now time.Time) bool
	Read(path string) (*os.File, error)
	Write(path string, from io.Reader) error
}

// maxUpload bounds what a client may upload.
const maxUpload = 100 << 20

var payloadTypes = []string{"WORKFLOW_INPUT", "WORKFLOW_OUTPUT", "TASK_INPUT", "TASK_OUTPUT"}

// payloadLocation answers where a client may write or read a payload itself (Conductor: ExternalStorageLocation). A path to
// write to is always a new one.
func (h *Handler) payloadLocation(c echo.Context) error {
	if !h.engine.HasPayloads() {
		return echo.NewHTTPError(http.StatusNotImplemented, "This server keeps payloads inline; it has no external payload storage.")
	}
	operation := strings.ToUpper(c.QueryParam("operation"))
	if operation != "READ" && operation != "WRITE" {
		return invalid("operation", "must be READ or WRITE, not %q", c.QueryParam("operation"))
	}
	if kind := strings.ToUpper(c.QueryParam("payloadType")); !slices.Contains(payloadTypes, kind) {
		return invalid("payloadType", "must be one of %s, not %q", strings.Join(payloadTypes, ", "), c.QueryParam("payloadType"))
	}
	where, err := h.engine.PayloadLocation(c.Request().Context(), c.QueryParam("path"), operation == "WRITE")
	if err != nil {
		return err
	}
	if strings.HasPrefix(where.URI, "/") {
		where.URI = c.Scheme() + "://" + c.Request().Host + where.URI
	}
	return writeJSON(c, struct {
		URI  string `json:"uri"`
		Path string `json:"path"`
	}{where.URI, where.Path})
}

// allowed returns the path of a payload whose URL allows the call.
func (h *Handler) allowed(c echo.Context, write bool) (string, error) {
	path := c.Param("*")
	if !h.files.Check(path, write, c.QueryParams(), time.Now()) {
		return "", echo.NewHTTPError(http.StatusForbidden, "This URL does not allow the call, or no longer; ask for a new one at externalstoragelocation.")
	}
	return path, nil
}

func (h *Handler) readPayload(c echo.Context) error {
	path, err := h.allowed(c, false)
	if err != nil {
		return err
	}
	f, err := h.files.Read(path)
	if errors.Is(err, payloads.ErrNotFound) {
		return workflow.Errorf(workflow.NotFound, "There is no payload at %s.", path)
	}
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	c.Response().Header()["X-Content-Type-Options"] = nosniff
	return c.Stream(http.StatusOK, "application/json", f)
}

func (h *Handler) writePayload(c echo.Context) error {
	path, err := h.allowed(c, true)
	if err != nil {
		return err
	}
	r := c.Request()
	control := http.NewResponseController(c.Response())
	if control.SetReadDeadline(time.Now().Add(uploadTimeout)) == nil {
		defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	}
	err = h.files.Write(path, http.MaxBytesReader(c.Response(), r.Body, maxUpload))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return workflow.Errorf(workflow.TooLarge, "The payload is larger than %d MiB.", maxUpload>>20)
	}
	return done(c, err)
}

// uploadTimeout is how long a client may take to send a payload.
const uploadTimeout = 10 * time.Minute
