package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// The kinds of definition that have tags; they are kinds of documents too.
const (
	TagsOfWorkflow = "tags.workflow"
	TagsOfTask     = "tags.task"
)

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
	e.schemas.Lock()
	defer e.schemas.Unlock()
	tags, err := e.DefTags(ctx, kind, name)
	if err != nil {
		return err
	}
	if replace {
		tags = nil
	}
	tags = slices.DeleteFunc(tags, func(t workflow.Tag) bool {
		return slices.ContainsFunc(slices.Concat(add, remove), func(o workflow.Tag) bool { return o.Key == t.Key && o.Value == t.Value })
	})
	for _, t := range add {
		t.Type = cmp.Or(t.Type, "METADATA")
		tags = append(tags, t)
	}
	if len(tags) == 0 {
		return e.store.DeleteDoc(ctx, kind, name)
	}
	b, err := json.Marshal(tags)
	if err != nil {
		return fmt.Errorf("encode tags: %w", err)
	}
	if err := e.store.PutDocs(ctx, store.Doc{Kind: kind, Key: name, Value: b}); err != nil {
		return fmt.Errorf("store tags: %w", err)
	}
	return nil
}

// DefTags returns the tags of a definition.
func (e *Engine) DefTags(ctx context.Context, kind, name string) ([]workflow.Tag, error) {
	if kind == TagsOfWorkflow && e.defs.Def(name, 0) == nil || kind == TagsOfTask && e.defs.TaskDef(name) == nil {
		return nil, workflow.Errorf(workflow.NotFound, "No such definition found by name: %s", name)
	}
	all, err := e.defTagsOf(ctx, kind)
	return all[name], err
}

// AllDefTags returns every tag that a definition has, once.
func (e *Engine) AllDefTags(ctx context.Context) ([]workflow.Tag, error) {
	out := []workflow.Tag{}
	for _, kind := range []string{TagsOfWorkflow, TagsOfTask} {
		all, err := e.defTagsOf(ctx, kind)
		if err != nil {
			return nil, err
		}
		for _, tags := range all {
			out = append(out, tags...)
		}
	}
	slices.SortFunc(out, func(a, b workflow.Tag) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Type, b.Type))
	})
	return slices.Compact(out), nil
}

// defTagsOf reads the tags of a kind of definition from the store, by name. They are few, and asked for by people.
func (e *Engine) defTagsOf(ctx context.Context, kind string) (map[string][]workflow.Tag, error) {
	docs, err := e.store.Docs(ctx, kind)
	if err != nil {
		return nil, fmt.Errorf("read tags: %w", err)
	}
	out := make(map[string][]workflow.Tag, len(docs))
	for _, d := range docs {
		var tags []workflow.Tag
		if err := json.Unmarshal(d.Value, &tags); err != nil {
			return nil, fmt.Errorf("tags of %s: %w", d.Key, err)
		}
		out[d.Key] = tags
	}
	return out, nil
}
