package rest

import (
	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// tagRoutes serves the tags of a kind of thing whose path ends in its name, the parameter key.
func (h *Handler) tagRoutes(at string, of engine.Taggable) {
	h.tagsAt(at, func(c echo.Context) (engine.Taggable, string) { return of, pathText(c, "key") }, engine.TagsByKey)
}

// definitionTagRoutes serves the tags of a kind of definition, which can be added beside the others too.
func (h *Handler) definitionTagRoutes(at string, of engine.Taggable) {
	which := func(c echo.Context) (engine.Taggable, string) { return of, pathName(c, "name") }
	h.tagsAt(at, which, engine.TagsReplace)
	h.post(at, h.addTags(which, engine.TagsBeside))
}

// tagsAt serves the tags of what a request is about; mode is that of PUT.
func (h *Handler) tagsAt(at string, which func(echo.Context) (engine.Taggable, string), mode engine.TagMode) {
	h.get(at, func(c echo.Context) error {
		of, name := which(c)
		tags, err := h.engine.Tags(c.Request().Context(), of, name)
		if err != nil {
			return err
		}
		return writeJSON(c, orEmpty(tags))
	})
	h.put(at, h.addTags(which, mode))
	h.delete(at, func(c echo.Context) error {
		tags, err := decodeList[workflow.Tag](c)
		if err != nil {
			return err
		}
		of, name := which(c)
		return done(c, h.engine.RemoveTags(c.Request().Context(), of, name, tags))
	})
}

func (h *Handler) addTags(which func(echo.Context) (engine.Taggable, string), mode engine.TagMode) echo.HandlerFunc {
	return func(c echo.Context) error {
		tags, err := decodeList[workflow.Tag](c)
		if err != nil {
			return err
		}
		of, name := which(c)
		return done(c, h.engine.AddTags(c.Request().Context(), of, name, tags, mode))
	}
}

func (h *Handler) allTags(c echo.Context) error {
	tags, err := h.engine.DefinitionTags(c.Request().Context())
	if err != nil {
		return err
	}
	return writeJSON(c, orEmpty(tags))
}
