package rest

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// health is Conductor's: it says the same as long as the process answers.
func (h *Handler) health(c echo.Context) error {
	return writeJSON(c, struct {
		HealthResults           []string `json:"healthResults"`
		SuppressedHealthResults []string `json:"suppressedHealthResults"`
		Healthy                 bool     `json:"healthy"`
	}{[]string{}, []string{}, true})
}

func (h *Handler) alive(c echo.Context) error { return writeText(c, "ok") }

// readiness remembers for a moment whether the engine can do its work: anyone may ask, and finding out writes to the store.
type readiness struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

const (
	readyFor   = time.Second     // how long an answer holds
	readyLimit = 2 * time.Second // a store that takes longer for a small write is not ready
)

func (r *readiness) check(ctx context.Context, ready func(context.Context) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.at) < readyFor {
		return r.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyLimit)
	defer cancel()
	result := make(chan error, 1) // a store that hangs does not look at the context
	go func() { result <- ready(ctx) }()
	select {
	case r.err = <-result:
	case <-ctx.Done():
		r.err = ctx.Err()
	}
	r.at = time.Now()
	return r.err
}

// showReadiness answers 503 unless the server is ready. Before queues and timers are rebuilt the server does not answer at all.
func (h *Handler) showReadiness(c echo.Context) error {
	if err := h.Ready(c.Request().Context()); err != nil {
		return err
	}
	return writeText(c, "ready")
}

// Ready says why the server should get no calls: the store does not take a durable write, it is not known yet who may call, it
// is drained or stops. It returns nil when it is ready, else what is answered.
func (h *Handler) Ready(ctx context.Context) error {
	if h.draining.Err() != nil {
		return echo.NewHTTPError(http.StatusServiceUnavailable, "The server is stopping.")
	}
	if h.configured != nil && !h.configured() {
		return echo.NewHTTPError(http.StatusServiceUnavailable, "The server waits for its configuration from the control plane.")
	}
	if h.isDrained != nil && h.isDrained() {
		return echo.NewHTTPError(http.StatusServiceUnavailable, "The node is drained: it takes no new work until it is resumed.")
	}
	if err := h.ready.check(ctx, h.engine.Ready); err != nil {
		h.log.WarnContext(ctx, "not ready", "error", err)
		return echo.NewHTTPError(http.StatusServiceUnavailable, "The store does not take writes; the server's log has the cause.")
	}
	return nil
}

// actuatorHealth is what the reference server's framework answers.
func (h *Handler) actuatorHealth(c echo.Context) error {
	return writeJSON(c, struct {
		Status string `json:"status"`
	}{"UP"})
}

func (h *Handler) actuatorInfo(c echo.Context) error {
	type build struct {
		Version string `json:"version"`
	}
	return writeJSON(c, struct {
		Build build `json:"build"`
	}{build{h.version}})
}

func (h *Handler) showVersion(c echo.Context) error { return writeText(c, h.version) }

// liftFence answers alike when there is no fence.
func (h *Handler) liftFence(c echo.Context) error {
	if err := h.engine.LiftFence(c.Request().Context()); err != nil {
		return err
	}
	return c.NoContent(http.StatusOK)
}

func (h *Handler) showInfo(c echo.Context) error {
	info := h.info()
	info.Version, info.Auth = h.version, h.gate.Mode()
	return writeJSON(c, info)
}
