package rest

import (
	"math"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func (h *Handler) putSchemas(c echo.Context) error {
	newVersion, err := queryBool(c, "newVersion", false)
	if err != nil {
		return err
	}
	schemas, err := decodeList[*workflow.SchemaDef](c)
	if err != nil {
		return err
	}
	return done(c, h.engine.PutSchemas(c.Request().Context(), schemas, newVersion))
}

func (h *Handler) listSchemas(c echo.Context) error {
	schemas, err := h.engine.Schemas(c.Request().Context())
	if err != nil {
		return err
	}
	return writeJSON(c, orEmpty(schemas))
}

func (h *Handler) getSchema(c echo.Context) error {
	version, err := schemaVersion(c)
	if err != nil {
		return err
	}
	schema, err := h.engine.Schema(c.Request().Context(), pathName(c, "name"), version)
	if err != nil {
		return err
	}
	return writeJSON(c, schema)
}

func (h *Handler) deleteSchema(c echo.Context) error {
	version, err := schemaVersion(c)
	if err != nil {
		return err
	}
	return done(c, h.engine.DeleteSchema(c.Request().Context(), pathName(c, "name"), version))
}

// schemaVersion reads the version from the path; 0 when the path has none.
func schemaVersion(c echo.Context) (int, error) {
	text := c.Param("version")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > math.MaxInt32 {
		return 0, workflow.Errorf(workflow.Invalid, "version: must be a number of at least 1, not %q", text)
	}
	return n, nil
}
