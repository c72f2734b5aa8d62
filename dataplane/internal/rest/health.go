package rest

import (
	"net/http"

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

// readiness answers 503 once the server drains. Before it is ready it does not answer at all.
func (h *Handler) readiness(c echo.Context) error {
	if h.draining.Err() != nil {
		return echo.NewHTTPError(http.StatusServiceUnavailable, "The server is stopping.")
	}
	return writeText(c, "ready")
}

func (h *Handler) showVersion(c echo.Context) error { return writeText(c, h.version) }

func (h *Handler) showInfo(c echo.Context) error {
	info := h.info()
	info.Version, info.Auth = h.version, h.gate.Mode()
	return writeJSON(c, info)
}
