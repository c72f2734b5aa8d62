package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// schemaTypes are the kinds of schema that can be registered.
var schemaTypes = []string{"JSON", "AVRO", "PROTOBUF"}

// PutSchemas registers schemas, in place of those with the same name and version; with newVersion each becomes the version
// after the latest. Schemas are kept for those who read them; executions are not checked against them yet.
func (e *Engine) PutSchemas(ctx context.Context, schemas []*workflow.SchemaDef, newVersion bool) error {
	if _, err, ok := pass[none](ctx, e, definitions, "PutSchemas", schemas, newVersion); ok {
		return err
	}
	if len(schemas) == 0 || slices.Contains(schemas, nil) {
		return workflow.Errorf(workflow.Invalid, "the list must hold at least one schema, and no null")
	}
	e.schemas.Lock()
	defer e.schemas.Unlock()
	stamped := make([]*workflow.SchemaDef, len(schemas))
	now := e.clock.Now().UnixMilli()
	for i, s := range schemas {
		c := *s
		if err := checkSchema(&c, i); err != nil {
			return err
		}
		versions, err := e.versions(ctx, c.Name)
		if err != nil {
			return err
		}
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
	return nil
}

func checkSchema(s *workflow.SchemaDef, i int) error {
	var wrong []workflow.Violation
	if strings.TrimSpace(s.Name) == "" {
		wrong = append(wrong, workflow.Violation{Path: fmt.Sprintf("[%d].name", i), Message: "must not be empty"})
	}
	if s.Version < 1 {
		wrong = append(wrong, workflow.Violation{Path: fmt.Sprintf("[%d].version", i), Message: "must be at least 1", InvalidValue: fmt.Sprint(s.Version)})
	}
	if !slices.Contains(schemaTypes, s.Type) {
		wrong = append(wrong, workflow.Violation{Path: fmt.Sprintf("[%d].type", i), Message: "must be one of " + strings.Join(schemaTypes, ", "), InvalidValue: s.Type})
	}
	if len(wrong) > 0 {
		return &workflow.Error{Kind: workflow.Invalid, Message: "Validation failed, check below errors for detail.", Violations: wrong}
	}
	return nil
}

// Schemas returns all versions of all schemas, by name and version.
func (e *Engine) Schemas(ctx context.Context) ([]*workflow.SchemaDef, error) {
	return e.store.Schemas(ctx)
}

// versions returns the versions of a schema, oldest first.
func (e *Engine) versions(ctx context.Context, name string) ([]*workflow.SchemaDef, error) {
	all, err := e.store.Schemas(ctx)
	if err != nil {
		return nil, fmt.Errorf("read schemas: %w", err)
	}
	return slices.DeleteFunc(all, func(s *workflow.SchemaDef) bool { return s.Name != name }), nil
}

// Schema returns a version of a schema; version 0 is the latest.
func (e *Engine) Schema(ctx context.Context, name string, version int) (*workflow.SchemaDef, error) {
	versions, err := e.versions(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Backward(versions) {
		if version == 0 || s.Version == version {
			return s, nil
		}
	}
	return nil, workflow.Errorf(workflow.NotFound, "No such schema: %s version: %d", name, version)
}

// DeleteSchema removes a version of a schema, or all of them for version 0.
func (e *Engine) DeleteSchema(ctx context.Context, name string, version int) error {
	if _, err, ok := pass[none](ctx, e, definitions, "DeleteSchema", name, version); ok {
		return err
	}
	e.schemas.Lock()
	defer e.schemas.Unlock()
	versions, err := e.versions(ctx, name)
	if err != nil {
		return err
	}
	found := false
	for _, s := range versions {
		if version == 0 || s.Version == version {
			found = true
			if err := e.store.DeleteSchema(ctx, name, s.Version); err != nil {
				return fmt.Errorf("delete schema: %w", err)
			}
		}
	}
	if !found {
		return workflow.Errorf(workflow.NotFound, "No such schema: %s version: %d", name, version)
	}
	return nil
}
