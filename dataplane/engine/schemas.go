package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/schema"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// schemaTypes are the kinds of schema that can be registered.
var schemaTypes = []string{"JSON", "AVRO", "PROTOBUF"}

// PutSchemas registers schemas, in place of those with the same name and version; with newVersion each becomes the version
// after the latest. Definitions that name one use it from then on.
func (e *Engine) PutSchemas(ctx context.Context, schemas []*workflow.SchemaDef, newVersion bool) (err error) {
	if _, err, ok := pass[none](ctx, e, definitions, "PutSchemas", schemas, newVersion); ok {
		return err
	}
	if len(schemas) == 0 || slices.Contains(schemas, nil) {
		return workflow.Errorf(workflow.Invalid, "the list must hold at least one schema, and no null")
	}
	defer e.changed(ctx, &err)
	e.schemas.Lock()
	defer e.schemas.Unlock()
	var wrong []workflow.Violation
	for i, s := range schemas {
		wrong = append(wrong, checkSchema(s, i)...)
	}
	if len(wrong) > 0 {
		return &workflow.Error{Kind: workflow.Invalid, Message: "Validation failed, check below errors for detail.", Violations: wrong}
	}
	stamped := make([]*workflow.SchemaDef, len(schemas))
	now := e.clock.Now().UnixMilli()
	for i, s := range schemas {
		c := *s
		versions := e.versions(c.Name)
		if newVersion && len(versions) > 0 {
			c.Version = versions[len(versions)-1].Version + 1
		}
		c.CreateTime, c.UpdateTime = now, 0
		for _, old := range versions {
			if old.Version == c.Version {
				c.CreateTime, c.CreatedBy, c.UpdateTime = old.CreateTime, old.CreatedBy, now
			}
		}
		stamped[i] = &c
	}
	if err := e.store.PutSchemas(ctx, stamped...); err != nil {
		return fmt.Errorf("store schemas: %w", err)
	}
	e.defs.mu.Lock()
	defer e.defs.mu.Unlock()
	for _, s := range stamped {
		e.defs.putSchema(s)
	}
	return nil
}

func checkSchema(s *workflow.SchemaDef, i int) (wrong []workflow.Violation) {
	add := func(field, value, message string) {
		wrong = append(wrong, workflow.Violation{Path: fmt.Sprintf("[%d].%s", i, field), Message: message, InvalidValue: value})
	}
	if strings.TrimSpace(s.Name) == "" {
		add("name", "", "must not be empty")
	}
	if s.Version < 1 {
		add("version", fmt.Sprint(s.Version), "must be at least 1")
	}
	if !slices.Contains(schemaTypes, s.Type) {
		add("type", s.Type, "must be one of "+strings.Join(schemaTypes, ", "))
	}
	if err := schema.Compile(s); err != nil {
		add("data", "", err.Error())
	}
	return wrong
}

// Schemas returns all versions of all schemas, by name and version.
func (e *Engine) Schemas(context.Context) ([]*workflow.SchemaDef, error) {
	e.defs.mu.RLock()
	names := slices.Sorted(maps.Keys(e.defs.schemas))
	e.defs.mu.RUnlock()
	out := []*workflow.SchemaDef{}
	for _, name := range names {
		out = append(out, e.versions(name)...)
	}
	return out, nil
}

// versions returns the versions of a schema, oldest first.
func (e *Engine) versions(name string) []*workflow.SchemaDef {
	e.defs.mu.RLock()
	defer e.defs.mu.RUnlock()
	return slices.SortedFunc(maps.Values(e.defs.schemas[name]), func(a, b *workflow.SchemaDef) int { return cmp.Compare(a.Version, b.Version) })
}

// Schema returns a version of a schema; version 0 is the latest.
func (e *Engine) Schema(_ context.Context, name string, version int) (*workflow.SchemaDef, error) {
	if s := e.defs.Schema(name, version); s != nil {
		return s, nil
	}
	return nil, workflow.Errorf(workflow.NotFound, "No such schema: %s version: %d", name, version)
}

// DeleteSchema removes a version of a schema, or all of them for version 0.
func (e *Engine) DeleteSchema(ctx context.Context, name string, version int) (err error) {
	if _, err, ok := pass[none](ctx, e, definitions, "DeleteSchema", name, version); ok {
		return err
	}
	defer e.changed(ctx, &err)
	e.schemas.Lock()
	defer e.schemas.Unlock()
	found := false
	for _, s := range e.versions(name) {
		if version != 0 && s.Version != version {
			continue
		}
		found = true
		if err := e.store.DeleteSchema(ctx, name, s.Version); err != nil {
			return fmt.Errorf("delete schema: %w", err)
		}
		e.defs.dropSchema(name, s.Version)
	}
	if !found {
		return workflow.Errorf(workflow.NotFound, "No such schema: %s version: %d", name, version)
	}
	return nil
}
