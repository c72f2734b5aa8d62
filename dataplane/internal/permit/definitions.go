package permit

import (
	"context"
	"slices"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// PutWorkflowDef makes a definition, or changes one: that is another access. Whoever may not change all definitions must have
// been granted what the definition uses. One that is made by a grant on a tag gets the tag.
func (e *Engine) PutWorkflowDef(ctx context.Context, def *workflow.Def, overwrite bool) error {
	c := access.From(ctx)
	if c.May(access.WorkflowWrite) {
		return e.engine.PutWorkflowDef(ctx, def, overwrite)
	}
	own := func() error { return nil }
	if _, err := e.engine.WorkflowDef(ctx, def.Name, 0); workflow.KindOf(err) == workflow.NotFound {
		if own, err = e.creates(ctx, access.WorkflowWrite, access.WorkflowDef, def.Name); err != nil {
			return err
		}
	} else if err != nil {
		return err
	} else if err := e.allow(ctx, access.WorkflowWrite, access.WorkflowDef, def.Name, access.Update); err != nil {
		return taken(c, def.Name, err)
	}
	if err := e.check(ctx, def); err != nil {
		return err
	}
	if err := e.engine.PutWorkflowDef(ctx, def, overwrite); err != nil {
		return err
	}
	return own()
}

// taken tells those who may make definitions that the name is another's.
func taken(c *access.Caller, name string, err error) error {
	if len(c.Tagging(access.Create)) == 0 {
		return err
	}
	out := workflow.Errorf(workflow.Denied, "The name is taken.")
	out.Violations = []workflow.Violation{{Path: "name", InvalidValue: name, Message: "a workflow of this name is not shared with you; choose another name"}}
	return out
}

// creates wants the right to make a thing, by its name or by a tag, and returns what lets its maker go on using it once it is
// there: the tags by which it was made, or grants on its name.
func (e *Engine) creates(ctx context.Context, p access.Permission, kind access.Kind, name string) (own func() error, err error) {
	c := access.From(ctx)
	if err = e.allow(ctx, p, kind, name, access.Create); err == nil {
		if c.May(p) {
			return func() error { return nil }, nil
		}
		return func() error { return e.made(ctx, c, kind, name) }, nil
	}
	made := c.Tagging(access.Create)
	if len(made) == 0 {
		return nil, err
	}
	for of, t := range tags {
		if t.grants == kind {
			return func() error { return e.engine.AddTags(ctx, of, name, made, engine.TagsReplace) }, nil
		}
	}
	return nil, err
}

// ValidateWorkflowDef needs nothing: it tells what PutWorkflowDef would say of the definition itself.
func (e *Engine) ValidateWorkflowDef(ctx context.Context, def *workflow.Def) error {
	return e.check(ctx, def)
}

// WorkflowDef implements the engine's method.
func (e *Engine) WorkflowDef(ctx context.Context, name string, version int) (*workflow.Def, error) {
	if err := e.allow(ctx, access.WorkflowRead, access.WorkflowDef, name, access.Read); err != nil {
		return nil, err
	}
	return e.engine.WorkflowDef(ctx, name, version)
}

// WorkflowDefs leaves out what the caller may not see.
func (e *Engine) WorkflowDefs(ctx context.Context) ([]*workflow.Def, error) {
	all, err := e.engine.WorkflowDefs(ctx)
	return visible(ctx, e, all, access.WorkflowRead, access.WorkflowDef, func(d *workflow.Def) string { return d.Name }), err
}

// visible keeps what the caller may see.
func visible[T any](ctx context.Context, e *Engine, all []T, p access.Permission, kind access.Kind, name func(T) string) []T {
	c := access.From(ctx)
	if c.May(p) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(v T) bool {
		return !c.Granted(kind, name(v), access.Read, e.tagsFor(ctx, kind, name(v)))
	})
}

// DeleteWorkflowDef implements the engine's method.
func (e *Engine) DeleteWorkflowDef(ctx context.Context, name string, version int) error {
	if err := e.allow(ctx, access.WorkflowWrite, access.WorkflowDef, name, access.Delete); err != nil {
		return err
	}
	return e.engine.DeleteWorkflowDef(ctx, name, version)
}

// PutTaskDefs makes task definitions and changes those that there are.
func (e *Engine) PutTaskDefs(ctx context.Context, defs []*workflow.TaskDef) error {
	c := access.From(ctx)
	if c.May(access.TaskDefWrite) {
		return e.engine.PutTaskDefs(ctx, defs)
	}
	var made []string
	for _, d := range defs {
		want := access.Update
		if _, err := e.engine.TaskDef(ctx, d.Name); workflow.KindOf(err) == workflow.NotFound {
			want, made = access.Create, append(made, d.Name)
		}
		if err := e.allow(ctx, access.TaskDefWrite, access.TaskDef, d.Name, want); err != nil {
			return err
		}
		if err := e.metadataOf(ctx, d); err != nil {
			return err
		}
	}
	if err := e.engine.PutTaskDefs(ctx, defs); err != nil {
		return err
	}
	for _, name := range made {
		if err := e.made(ctx, c, access.TaskDef, name); err != nil {
			return err
		}
	}
	return nil
}

// UpdateTaskDef implements the engine's method.
func (e *Engine) UpdateTaskDef(ctx context.Context, def *workflow.TaskDef) error {
	if err := e.allow(ctx, access.TaskDefWrite, access.TaskDef, def.Name, access.Update); err != nil {
		return err
	}
	if err := e.metadataOf(ctx, def); err != nil {
		return err
	}
	return e.engine.UpdateTaskDef(ctx, def)
}

// TaskDef implements the engine's method.
func (e *Engine) TaskDef(ctx context.Context, name string) (*workflow.TaskDef, error) {
	if err := e.allow(ctx, access.TaskDefRead, access.TaskDef, name, access.Read); err != nil {
		return nil, err
	}
	return e.engine.TaskDef(ctx, name)
}

// TaskDefs leaves out what the caller may not see.
func (e *Engine) TaskDefs(ctx context.Context) ([]*workflow.TaskDef, error) {
	all, err := e.engine.TaskDefs(ctx)
	return visible(ctx, e, all, access.TaskDefRead, access.TaskDef, func(d *workflow.TaskDef) string { return d.Name }), err
}

// DeleteTaskDef implements the engine's method.
func (e *Engine) DeleteTaskDef(ctx context.Context, name string) error {
	if err := e.allow(ctx, access.TaskDefWrite, access.TaskDef, name, access.Delete); err != nil {
		return err
	}
	return e.engine.DeleteTaskDef(ctx, name)
}

// PutSchemas implements the engine's method.
func (e *Engine) PutSchemas(ctx context.Context, schemas []*workflow.SchemaDef, newVersion bool) error {
	if err := may(ctx, access.SchemaWrite); err != nil {
		return err
	}
	return e.engine.PutSchemas(ctx, schemas, newVersion)
}

// Schemas implements the engine's method.
func (e *Engine) Schemas(ctx context.Context) ([]*workflow.SchemaDef, error) {
	if err := may(ctx, access.SchemaRead); err != nil {
		return nil, err
	}
	return e.engine.Schemas(ctx)
}

// Schema implements the engine's method.
func (e *Engine) Schema(ctx context.Context, name string, version int) (*workflow.SchemaDef, error) {
	if err := may(ctx, access.SchemaRead); err != nil {
		return nil, err
	}
	return e.engine.Schema(ctx, name, version)
}

// DeleteSchema implements the engine's method.
func (e *Engine) DeleteSchema(ctx context.Context, name string, version int) error {
	if err := may(ctx, access.SchemaWrite); err != nil {
		return err
	}
	return e.engine.DeleteSchema(ctx, name, version)
}

// Route implements the engine's method.
func (e *Engine) Route(ctx context.Context, name string) (*engine.Route, error) {
	if err := e.allow(ctx, access.WorkflowRead, access.WorkflowDef, name, access.Read); err != nil {
		return nil, err
	}
	return e.engine.Route(ctx, name)
}

// PutRoute implements the engine's method.
func (e *Engine) PutRoute(ctx context.Context, name string, route *engine.Route) error {
	if err := e.allow(ctx, access.WorkflowWrite, access.WorkflowDef, name, access.Update); err != nil {
		return err
	}
	return e.engine.PutRoute(ctx, name, route)
}

// DeleteRoute implements the engine's method.
func (e *Engine) DeleteRoute(ctx context.Context, name string) error {
	if err := e.allow(ctx, access.WorkflowWrite, access.WorkflowDef, name, access.Update); err != nil {
		return err
	}
	return e.engine.DeleteRoute(ctx, name)
}
