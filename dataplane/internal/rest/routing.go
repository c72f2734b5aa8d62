package rest

import (
	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
)

// Routes say which share of the starts of a workflow gets which of its versions.

func (h *Handler) getRoute(c echo.Context) error {
	route, err := h.engine.Route(c.Request().Context(), pathName(c, "name"))
	if err != nil {
		return err
	}
	return writeJSON(c, route)
}

func (h *Handler) putRoute(c echo.Context) error {
	var route engine.Route
	if err := decode(c, &route); err != nil {
		return err
	}
	return done(c, h.engine.PutRoute(c.Request().Context(), pathName(c, "name"), &route))
}

func (h *Handler) deleteRoute(c echo.Context) error {
	return done(c, h.engine.DeleteRoute(c.Request().Context(), pathName(c, "name")))
}
