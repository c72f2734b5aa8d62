package permit

import (
	"context"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// tagged is what the tags of a kind of thing need, to be read and to be changed, and what grants call the kind, when they know
// it.
type tagged struct {
	read, write access.Permission
	grants      access.Kind
}

var tags = map[engine.Taggable]tagged{
	engine.TagWorkflow: {access.WorkflowRead, access.WorkflowWrite, access.WorkflowDef},
	engine.TagTask:     {access.TaskDefRead, access.TaskDefWrite, access.TaskDef},
	engine.TagSecret:   {access.SecretList, access.SecretWrite, access.Secret},
	engine.TagVariable: {access.VariableRead, access.VariableWrite, ""},
	engine.TagHandler:  {access.EventRead, access.EventWrite, ""},
	engine.TagSchedule: {access.ScheduleRead, access.ScheduleWrite, ""},
}

// tagRights returns what the tags of a kind need; a kind that is not known here is for admins.
func tagRights(of engine.Taggable) tagged {
	if t, ok := tags[of]; ok {
		return t
	}
	return tagged{access.AccessWrite, access.AccessWrite, ""}
}

// tagsFor returns what finds the tags of a thing that grants may be about; nil for things without.
func (e *Engine) tagsFor(ctx context.Context, kind access.Kind, name string) func() []workflow.Tag {
	for of, t := range tags {
		if t.grants != kind || kind == "" {
			continue
		}
		return func() []workflow.Tag {
			tags, err := e.engine.Tags(ctx, of, name)
			if err != nil { // there is no such thing, and no tag of it
				return nil
			}
			return tags
		}
	}
	return nil
}

// Tags implements the engine's method.
func (e *Engine) Tags(ctx context.Context, of engine.Taggable, name string) ([]workflow.Tag, error) {
	rights := tagRights(of)
	if err := e.allow(ctx, rights.read, rights.grants, name, access.Read); err != nil {
		return nil, err
	}
	return e.engine.Tags(ctx, of, name)
}

// DefinitionTags tells only those who may see all definitions, as a tag does not say whose it is.
func (e *Engine) DefinitionTags(ctx context.Context) ([]workflow.Tag, error) {
	if err := may(ctx, access.WorkflowRead); err != nil {
		return nil, err
	}
	return e.engine.DefinitionTags(ctx)
}

// AddTags is not for grants: a tag brings others' grants with it.
func (e *Engine) AddTags(ctx context.Context, of engine.Taggable, name string, tags []workflow.Tag, mode engine.TagMode) error {
	if err := may(ctx, tagRights(of).write); err != nil {
		return err
	}
	return e.engine.AddTags(ctx, of, name, tags, mode)
}

// RemoveTags is not for grants, as AddTags.
func (e *Engine) RemoveTags(ctx context.Context, of engine.Taggable, name string, tags []workflow.Tag) error {
	if err := may(ctx, tagRights(of).write); err != nil {
		return err
	}
	return e.engine.RemoveTags(ctx, of, name, tags)
}
