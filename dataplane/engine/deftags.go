package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// The kinds of definition that have tags; they are kinds of documents too.
const (
	TagsOfWorkflow = "tags.workflow"
	TagsOfTask     = "tags.task"
)

var tagKinds = []string{TagsOfWorkflow, TagsOfTask}

// ChangeDefTags adds tags to the definition with a name and takes others away; with replace it has only those added. A tag is
// the same as another when key and value are.
func (e *Engine) ChangeDefTags(ctx context.Context, kind, name string, add, remove []workflow.Tag, replace bool) error {
	if _, err, ok := pass[none](ctx, e, definitions, "ChangeDefTags", kind, name, add, remove, replace); ok {
		return err
	}
	for i, t := range add {
		if t.Key == "" {
			return &workflow.Error{Kind: workflow.Invalid, Message: "A tag needs a key.", Violations: []workflow.Violation{
				{Path: fmt.Sprintf("[%d].key", i), Message: "must not be empty"},
			}}
		}
	}
	if _, err := e.DefTags(ctx, kind, name); err != nil {
		return err
	}
	return e.defTags[kind].update(ctx, name, func(old *[]workflow.Tag) (*[]workflow.Tag, error) {
		var tags []workflow.Tag
		if old != nil && !replace {
			tags = slices.DeleteFunc(slices.Clone(*old), func(t workflow.Tag) bool {
				return slices.ContainsFunc(slices.Concat(add, remove), func(o workflow.Tag) bool { return o.Key == t.Key && o.Value == t.Value })
			})
		}
		for _, t := range add {
			t.Type = cmp.Or(t.Type, "METADATA")
			tags = append(tags, t)
		}
		if len(tags) == 0 {
			return nil, nil //nolint:nilnil // nothing is left: the document goes
		}
		return &tags, nil
	})
}

// DefTags returns the tags of a definition.
func (e *Engine) DefTags(_ context.Context, kind, name string) ([]workflow.Tag, error) {
	if kind == TagsOfWorkflow && e.defs.Def(name, 0) == nil || kind == TagsOfTask && e.defs.TaskDef(name) == nil {
		return nil, workflow.Errorf(workflow.NotFound, "No such definition found by name: %s", name)
	}
	if tags := e.defTags[kind].get(name); tags != nil {
		return *tags, nil
	}
	return nil, nil
}

// AllDefTags returns every tag that a definition has, once.
func (e *Engine) AllDefTags(context.Context) ([]workflow.Tag, error) {
	out := []workflow.Tag{}
	for _, kind := range tagKinds {
		for _, tags := range e.defTags[kind].list() {
			out = append(out, *tags...)
		}
	}
	slices.SortFunc(out, func(a, b workflow.Tag) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Type, b.Type))
	})
	return slices.Compact(out), nil
}

// dropDefTags takes all tags off a definition that is gone: another one of that name must not inherit them.
func (e *Engine) dropDefTags(ctx context.Context, kind, name string) error {
	return e.defTags[kind].update(ctx, name, func(*[]workflow.Tag) (*[]workflow.Tag, error) { return nil, nil }) //nolint:nilnil // nil removes it
}
