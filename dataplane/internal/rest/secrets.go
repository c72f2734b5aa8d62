package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

func (h *Handler) secretNames(c echo.Context) error {
	all, err := h.engine.Secrets(c.Request().Context())
	if err != nil {
		return err
	}
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.Name
	}
	return writeJSON(c, names)
}

func (h *Handler) listSecrets(c echo.Context) error {
	all, err := h.engine.Secrets(c.Request().Context())
	if err != nil {
		return err
	}
	return writeJSON(c, orEmpty(all))
}

// getSecret shows the value, which secrets are not for: only where the operator said so.
func (h *Handler) getSecret(c echo.Context) error {
	if !h.readSecrets {
		return echo.NewHTTPError(http.StatusForbidden, "Secrets can be written and used, not read. The server's operator can allow it with --read-secrets.")
	}
	value, err := h.engine.Secret(c.Request().Context(), pathText(c, "key"))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return writeText(c, value)
}

func (h *Handler) secretExists(c echo.Context) error {
	all, err := h.engine.Secrets(c.Request().Context())
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Name == pathText(c, "key") {
			return writeJSON(c, true)
		}
	}
	return writeJSON(c, false)
}

func (h *Handler) putSecret(c echo.Context) error {
	value, err := textBody(c)
	if err != nil {
		return err
	}
	return done(c, h.engine.PutSecret(c.Request().Context(), pathText(c, "key"), value))
}

func (h *Handler) deleteSecret(c echo.Context) error {
	return done(c, h.engine.DeleteSecret(c.Request().Context(), pathText(c, "key")))
}

// clearSecretCache answers as if it had cleared a cache; there is none that could be stale.
func (h *Handler) clearSecretCache(c echo.Context) error { return writeJSON(c, map[string]string{}) }

func (h *Handler) listVariables(c echo.Context) error {
	all, err := h.engine.Variables(c.Request().Context())
	if err != nil {
		return err
	}
	return writeJSON(c, orEmpty(all))
}

func (h *Handler) getVariable(c echo.Context) error {
	value, err := h.engine.Variable(c.Request().Context(), pathText(c, "key"))
	if err != nil {
		return err
	}
	return writeText(c, value)
}

func (h *Handler) putVariable(c echo.Context) error {
	value, err := textBody(c)
	if err != nil {
		return err
	}
	return done(c, h.engine.PutVariable(c.Request().Context(), pathText(c, "key"), value))
}

func (h *Handler) deleteVariable(c echo.Context) error {
	old, err := h.engine.DeleteVariable(c.Request().Context(), pathText(c, "key"))
	if err != nil {
		return err
	}
	return writeText(c, old)
}

// textBody reads a body that is a text: raw, or as a JSON string.
func textBody(c echo.Context) (text string, err error) {
	err = withBody(c, func(b []byte) error {
		text = quoted(b)
		return nil
	})
	return text, err
}
