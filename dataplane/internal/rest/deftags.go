package rest

import (
	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// definitionTagRoutes maps the tags of a kind of definition.
func (h *Handler) definitionTagRoutes(at, kind string) {
	h.get(at, func(c echo.Context) error {
		tags, err := h.engine.DefTags(c.Request().Context(), kind, pathName(c, "name"))
		if err != nil {
			return err
		}
		return writeJSON(c, orEmpty(tags))
	})
	change := func(f func(tags []workflow.Tag) (add, remove []workflow.Tag, replace bool)) echo.HandlerFunc {
		return func(c echo.Context) error {
			tags, err := decodeList[workflow.Tag](c)
			if err != nil {
				return err
			}
			add, remove, replace := f(tags)
			return done(c, h.engine.ChangeDefTags(c.Request().Context(), kind, pathName(c, "name"), add, remove, replace))
		}
	}
	h.post(at, change(func(tags []workflow.Tag) (add, remove []workflow.Tag, replace bool) { return tags, nil, false }))
	h.put(at, change(func(tags []workflow.Tag) (add, remove []workflow.Tag, replace bool) { return tags, nil, true }))
	h.delete(at, change(func(tags []workflow.Tag) (add, remove []workflow.Tag, replace bool) { return nil, tags, false }))
}

func (h *Handler) allTags(c echo.Context) error {
	tags, err := h.engine.AllDefTags(c.Request().Context())
	if err != nil {
		return err
	}
	return writeJSON(c, orEmpty(tags))
}

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
