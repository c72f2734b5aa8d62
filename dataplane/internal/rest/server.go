package rest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/directory"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Config makes a Handler.
type Config struct {
	Engine  Engine
	Gate    *access.Gate
	Access  *directory.Directory // who the cluster deals with
	Console fs.FS                // the built console; index.html at its root
	Info    func() Info          // who this cluster is
	Version string               // of this software
	Files   Files                // payloads that this server itself keeps for clients; nil: none
	Local   bool                 // only this machine can reach the server: pages must have come from it by such a name
	Logger  *slog.Logger         // nil: discard
	Metrics Metrics              // nil: none are kept, and none are served

	ReadSecrets bool // whether the values of secrets can be read

	// Configured reports whether it is known who may call; nil: it is. Until then the server is not ready.
	Configured func() bool
	// Drained reports whether the node takes no new work, as its operator wants it; nil: it never is.
	Drained func() bool

	// Heartbeat is the time between signs of life on event streams; 0: 15 s.
	Heartbeat time.Duration
}

// Metrics counts requests, and shows what was counted.
type Metrics interface {
	// Requests returns what counts the requests of a route, whose parameters are written /:name.
	Requests(method, path string) func(status int, took time.Duration)
	Handler() http.Handler
}

// Info says who this cluster is, to anyone who can reach it.
type Info struct {
	Version       string      `json:"version"`
	ClusterID     string      `json:"clusterId"`
	ClusterName   string      `json:"clusterName"`
	Organization  string      `json:"organization"`
	Auth          access.Mode `json:"auth"`
	ConsoleOrigin string      `json:"consoleOrigin"`
	MaxKeyDays    int         `json:"maxKeyDays,omitempty"` // longest life of access keys; 0: they need not end

	Fence *workflow.Fence `json:"fence,omitempty"` // of a restored copy; nil: it does everything
}

// Handler serves everything that a data plane serves over HTTP.
type Handler struct {
	engine    Engine
	gate      *access.Gate
	directory *directory.Directory
	files     Files
	info      func() Info
	version   string
	instance  string // names this process in errors
	heartbeat time.Duration
	log       *slog.Logger
	metrics   Metrics
	ready     readiness
	document  func() ([]byte, error) // OpenAPI

	echo        *echo.Echo
	console     http.Handler
	origins     origins
	logins      *middleware.RateLimiterMemoryStore
	readSecrets bool
	configured  func() bool // nil: it is always known who may call
	isDrained   func() bool // nil: it never is
	unnamed     []error     // routes that do not say who may call them

	dryRuns chan struct{} // holds one for each dry run: each is an engine of its own

	draining context.Context // ends when Drain is called; waiting calls watch it
	drain    context.CancelFunc
}

// How often one address may exchange access keys. The burst is for a fleet behind one address that starts at once.
const (
	loginsPerSecond = 10
	loginBurst      = 100
)

// maxDryRuns is how many dry runs go on at a time; others wait.
const maxDryRuns = 2

// New returns a Handler. It accepts calls from pages of no other origin until [Handler.AllowOrigins].
func New(c Config) (*Handler, error) {
	if c.Engine == nil || c.Gate == nil || c.Access == nil || c.Console == nil || c.Info == nil {
		return nil, errors.New("rest: Engine, Gate, Access, Console and Info are required")
	}
	h := &Handler{
		engine: c.Engine, gate: c.Gate, directory: c.Access, files: c.Files, info: c.Info, version: c.Version, heartbeat: c.Heartbeat, log: c.Logger,
		metrics: c.Metrics, document: describe(c.Version), readSecrets: c.ReadSecrets, configured: c.Configured, isDrained: c.Drained,
		echo: echo.New(), dryRuns: make(chan struct{}, maxDryRuns),
		logins: middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
			Rate: loginsPerSecond, Burst: loginBurst, ExpiresIn: 5 * time.Minute,
		}),
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.heartbeat == 0 {
		h.heartbeat = 15 * time.Second
	}
	if name, err := os.Hostname(); err == nil {
		h.instance = name
	}
	h.console = &console{files: c.Console, missing: func(w http.ResponseWriter, r *http.Request) {
		h.writeError(w, errorBody{
			Status: http.StatusNotFound, Message: fmt.Sprintf("There is no %s %s here; the API is below /api.", r.Method, r.URL.Path),
		})
	}}
	h.draining, h.drain = context.WithCancel(context.Background())
	h.origins.local = c.Local && !c.Gate.Required()
	h.origins.allow(nil)
	h.echo.HTTPErrorHandler = h.fail
	h.routes()
	if err := errors.Join(h.unnamed...); err != nil {
		return nil, err
	}
	return h, nil
}

// AllowOrigins replaces the origins (scheme://host[:port]) whose pages may call the API beside the console's own.
func (h *Handler) AllowOrigins(origins ...string) { h.origins.allow(origins) }

// Drain answers all calls that wait for something, and those that would from now on. It is for the time before the
// server stops.
func (h *Handler) Drain() { h.drain() }

// waiting returns a context for a wait: it ends with the request, or when the server drains.
func (h *Handler) waiting(c echo.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(c.Request().Context())
	stop := context.AfterFunc(h.draining, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// drained reports whether a wait ended because the server drains while its caller is still there.
func (h *Handler) drained(c echo.Context, err error) bool {
	return errors.Is(err, context.Canceled) && h.draining.Err() != nil && c.Request().Context().Err() == nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tidy(r)
	if r.Header["Origin"] != nil || r.Header["Sec-Fetch-Site"] != nil {
		if h.origins.preflight(w, r) {
			return
		}
		if err := h.origins.check(r); err != nil {
			h.writeError(w, errorBody{Status: http.StatusForbidden, Message: "Pages of other origins may not call this API: " + err.Error() + "."})
			return
		}
	}
	area := areaOf(r.URL.Path)
	if area == consoleArea {
		h.console.ServeHTTP(w, r)
		return
	}
	if !legible(r.URL) {
		h.writeError(w, errorBody{Status: http.StatusBadRequest, Message: "The path and the query must be UTF-8."})
		return
	}
	if area == publicArea && r.Method == http.MethodHead {
		r = r.WithContext(r.Context())
		r.Method = http.MethodGet // net/http leaves the body of the answer out
	}
	if area == guardedArea && h.gate.Required() {
		caller, err := h.gate.Admit(access.Token(r.Header))
		if err != nil {
			h.refuse(w, r, err)
			return
		}
		r = r.WithContext(access.With(r.Context(), caller))
	}
	h.echo.ServeHTTP(w, r)
}

type area int

const (
	consoleArea area = iota
	publicArea       // the API, for everyone
	guardedArea      // the API, for callers with a token where tokens are wanted
)

func areaOf(path string) area {
	switch path {
	case "/health", "/healthz", "/readyz", "/api/health", "/api/version", "/api/token", "/podium/v1/info", "/actuator/health", "/actuator/info", "/api-docs", apiPageAt:
		return publicArea
	case "/api", "/podium", "/metrics", "/actuator/prometheus":
		return guardedArea
	}
	if strings.HasPrefix(path, apiPageAt+"/") {
		return publicArea
	}
	if strings.HasPrefix(path, "/api/payload/") {
		return publicArea // their URLs are signed
	}
	if strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/podium/") {
		return guardedArea
	}
	return consoleArea
}

// permitted returns f for callers who have the permission that the route names.
func (h *Handler) permitted(method, path string, f echo.HandlerFunc) echo.HandlerFunc {
	needs := permissionOf(method, path)
	switch {
	case !access.Known(needs):
		h.unnamed = append(h.unnamed, fmt.Errorf("rest: %s %s names no permission, so that nobody can say who may call it", method, path))
	case (needs == access.Public) != (areaOf(path) == publicArea):
		h.unnamed = append(h.unnamed, fmt.Errorf("rest: %s %s names the permission %s, and lies elsewhere", method, path, needs))
	}
	if needs == access.Public || !h.gate.Required() {
		return f
	}
	return func(c echo.Context) error {
		if err := access.From(c.Request().Context()).Enter(needs); err != nil {
			return err
		}
		return f(c)
	}
}

// handle registers a handler.
func (h *Handler) handle(method, path string, f echo.HandlerFunc) {
	f = guarded(h.permitted(method, path, f))
	count := func(int, time.Duration) {}
	if h.metrics != nil {
		count = h.metrics.Requests(method, path)
	}
	h.echo.Add(method, path, func(c echo.Context) error {
		began := time.Now()
		if err := f(c); err != nil {
			h.fail(err, c)
		}
		took := time.Since(began)
		count(c.Response().Status, took)
		if r := c.Request(); h.log.Enabled(r.Context(), slog.LevelDebug) {
			h.log.DebugContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", c.Response().Status,
				"bytes", c.Response().Size, "duration", took)
		}
		return nil
	})
}
