package rest

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func (h *Handler) createWorkflowDef(c echo.Context) error {
	overwrite, err := queryBool(c, "overwrite", false)
	if err != nil {
		return err
	}
	var def workflow.Def
	if err := decode(c, &def); err != nil {
		return err
	}
	return done(c, h.engine.PutWorkflowDef(c.Request().Context(), &def, overwrite))
}

// putWorkflowDefs registers all definitions, or none when one of them is wrong.
func (h *Handler) putWorkflowDefs(c echo.Context) error {
	defs, err := decodeList[*workflow.Def](c)
	if err != nil {
		return err
	}
	if err := listed(defs, "WorkflowDefList is empty"); err != nil {
		return err
	}
	for i, d := range defs {
		if err := h.engine.ValidateWorkflowDef(c.Request().Context(), d); err != nil {
			return within(i, err)
		}
	}
	out := newBulk()
	for _, d := range defs {
		h.collect(c, out, d.Name, h.engine.PutWorkflowDef(c.Request().Context(), d, true))
	}
	return writeJSON(c, out)
}

// listed checks a list of definitions: there is at least one, and no null.
func listed[T any](defs []*T, empty string) error {
	if len(defs) == 0 {
		return workflow.Wrong("", empty)
	}
	if i := slices.Index(defs, nil); i >= 0 {
		return workflow.Wrong(fmt.Sprintf("[%d]", i), "must be a definition")
	}
	return nil
}

// within says which element of a list an error is about.
func within(i int, err error) error {
	e, ok := errors.AsType[*workflow.Error](err)
	if !ok {
		return err
	}
	named := *e
	named.Violations = slices.Clone(e.Violations)
	for k := range named.Violations {
		named.Violations[k].Path = fmt.Sprintf("[%d].%s", i, e.Violations[k].Path)
	}
	return &named
}

func (h *Handler) validateWorkflowDef(c echo.Context) error {
	var def workflow.Def
	if err := decode(c, &def); err != nil {
		return err
	}
	return done(c, h.engine.ValidateWorkflowDef(c.Request().Context(), &def))
}

// listWorkflowDefs lists all definitions, or those of a classifier.
func (h *Handler) listWorkflowDefs(c echo.Context) error {
	defs, err := h.engine.WorkflowDefs(c.Request().Context())
	if err != nil {
		return err
	}
	if only := c.QueryParam("classifier"); only != "" {
		defs = slices.DeleteFunc(slices.Clone(defs), func(d *workflow.Def) bool { return d.Classifier() != only })
	}
	return writeJSON(c, orEmpty(defs))
}

func (h *Handler) getWorkflowDef(c echo.Context) error {
	version, err := queryInt(c, "version", 0, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	def, err := h.engine.WorkflowDef(c.Request().Context(), pathName(c, "name"), version)
	if err != nil {
		return err
	}
	return writeJSON(c, def)
}

// byName groups all definitions by name, versions ascending; names come in order.
func (h *Handler) byName(c echo.Context) (names []string, versions map[string][]*workflow.Def, err error) {
	defs, err := h.engine.WorkflowDefs(c.Request().Context())
	if err != nil {
		return nil, nil, err
	}
	names, versions = []string{}, map[string][]*workflow.Def{}
	for _, d := range defs {
		if versions[d.Name] == nil {
			names = append(names, d.Name)
		}
		versions[d.Name] = append(versions[d.Name], d)
	}
	return names, versions, nil
}

func (h *Handler) workflowNames(c echo.Context) error {
	names, _, err := h.byName(c)
	if err != nil {
		return err
	}
	return writeJSON(c, names)
}

func (h *Handler) latestWorkflowDefs(c echo.Context) error {
	names, versions, err := h.byName(c)
	if err != nil {
		return err
	}
	latest := make([]*workflow.Def, len(names))
	for i, n := range names {
		latest[i] = versions[n][len(versions[n])-1]
	}
	return writeJSON(c, latest)
}

func (h *Handler) workflowNamesAndVersions(c echo.Context) error {
	_, versions, err := h.byName(c)
	if err != nil {
		return err
	}
	out := make(map[string][]workflow.DefSummary, len(versions))
	for n, defs := range versions {
		out[n] = defSummaries(defs)
	}
	return writeJSON(c, out)
}

func (h *Handler) workflowVersions(c echo.Context) error {
	_, versions, err := h.byName(c)
	if err != nil {
		return err
	}
	return writeJSON(c, defSummaries(versions[pathName(c, "name")]))
}

func defSummaries(defs []*workflow.Def) []workflow.DefSummary {
	out := make([]workflow.DefSummary, len(defs))
	for i, d := range defs {
		out[i] = workflow.DefSummary{Name: d.Name, Version: d.Version, CreateTime: d.CreateTime, UpdateTime: d.UpdateTime}
	}
	return out
}

func (h *Handler) deleteWorkflowDef(c echo.Context) error {
	version, err := pathInt(c, "version")
	if err != nil {
		return err
	}
	return done(c, h.engine.DeleteWorkflowDef(c.Request().Context(), pathName(c, "name"), version))
}

func (h *Handler) putTaskDefs(c echo.Context) error {
	defs, err := decodeList[*workflow.TaskDef](c)
	if err != nil {
		return err
	}
	if err := listed(defs, "TaskDefList is empty"); err != nil {
		return err
	}
	return done(c, h.engine.PutTaskDefs(c.Request().Context(), defs))
}

func (h *Handler) updateTaskDef(c echo.Context) error {
	var def workflow.TaskDef
	if err := decode(c, &def); err != nil {
		return err
	}
	return done(c, h.engine.UpdateTaskDef(c.Request().Context(), &def))
}

func (h *Handler) listTaskDefs(c echo.Context) error {
	defs, err := h.engine.TaskDefs(c.Request().Context())
	if err != nil {
		return err
	}
	return writeJSON(c, orEmpty(defs))
}

func (h *Handler) getTaskDef(c echo.Context) error {
	def, err := h.engine.TaskDef(c.Request().Context(), pathName(c, "name"))
	if err != nil {
		return err
	}
	return writeJSON(c, def)
}

func (h *Handler) deleteTaskDef(c echo.Context) error {
	return done(c, h.engine.DeleteTaskDef(c.Request().Context(), pathName(c, "name")))
}
