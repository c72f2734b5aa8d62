package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// tagList is the tags of one thing.
type tagList struct {
	Of   Taggable       `json:"of"`
	Tags []workflow.Tag `json:"tags"`
}

// Taggable is a kind of thing that can have tags.
type Taggable string

// The kinds of things with tags. All versions of a workflow have the same ones.
const (
	TagWorkflow Taggable = "workflow"
	TagTask     Taggable = "task"
	TagSecret   Taggable = kindSecret
	TagVariable Taggable = kindVariable
	TagHandler  Taggable = kindHandler
	TagSchedule Taggable = kindSchedule
)

// TagMode says what becomes of the tags that a thing has when others are added.
type TagMode string

// Values of TagMode.
const (
	TagsBeside  TagMode = "BESIDE"  // they stay
	TagsByKey   TagMode = "BY_KEY"  // those with the key of a new one go
	TagsReplace TagMode = "REPLACE" // all go
)

// Tags returns the tags of a thing.
func (e *Engine) Tags(_ context.Context, of Taggable, name string) ([]workflow.Tag, error) {
	if err := e.taggable(of, name); err != nil {
		return nil, err
	}
	return e.tagsOf(of, name), nil
}

// AddTags gives tags to a thing.
func (e *Engine) AddTags(ctx context.Context, of Taggable, name string, tags []workflow.Tag, mode TagMode) error {
	if _, err, ok := pass[none](ctx, e, definitions, "AddTags", of, name, tags, mode); ok {
		return err
	}
	for i, t := range tags {
		if strings.TrimSpace(t.Key) == "" {
			return &workflow.Error{
				Kind: workflow.Invalid, Message: "Every tag needs a key.",
				Violations: []workflow.Violation{{Path: fmt.Sprintf("[%d].key", i), Message: "must not be empty"}},
			}
		}
	}
	return e.changeTags(ctx, of, name, func(old []workflow.Tag) []workflow.Tag {
		out := slices.DeleteFunc(old, func(t workflow.Tag) bool {
			return mode == TagsReplace || slices.ContainsFunc(tags, func(n workflow.Tag) bool {
				return sameTag(n, t) || mode == TagsByKey && n.Key == t.Key
			})
		})
		for _, t := range tags {
			t.Type = cmp.Or(t.Type, "METADATA")
			out = append(out, t)
		}
		return out
	})
}

// RemoveTags takes tags off a thing; those that it does not have are no error.
func (e *Engine) RemoveTags(ctx context.Context, of Taggable, name string, tags []workflow.Tag) error {
	if _, err, ok := pass[none](ctx, e, definitions, "RemoveTags", of, name, tags); ok {
		return err
	}
	return e.changeTags(ctx, of, name, func(old []workflow.Tag) []workflow.Tag {
		return slices.DeleteFunc(old, func(t workflow.Tag) bool {
			return slices.ContainsFunc(tags, func(n workflow.Tag) bool { return sameTag(n, t) })
		})
	})
}

// sameTag reports whether two tags are the same, whatever their types say.
func sameTag(a, b workflow.Tag) bool { return a.Key == b.Key && a.Value == b.Value }

// changeTags has f make a thing's tags from those that it has, a copy.
func (e *Engine) changeTags(ctx context.Context, of Taggable, name string, f func(old []workflow.Tag) []workflow.Tag) error {
	if err := e.taggable(of, name); err != nil {
		return err
	}
	return e.tags.update(ctx, tagKey(of, name), func(old *tagList) (*tagList, error) {
		if old == nil {
			old = &tagList{}
		}
		if tags := f(slices.Clone(old.Tags)); len(tags) > 0 {
			return &tagList{of, tags}, nil
		}
		return nil, nil //nolint:nilnil // nothing is left: the document goes
	})
}

// DefinitionTags returns every tag that a definition of a workflow or a task has, once.
func (e *Engine) DefinitionTags(context.Context) ([]workflow.Tag, error) {
	out := []workflow.Tag{}
	for _, l := range e.tags.list() {
		if l.Of == TagWorkflow || l.Of == TagTask {
			out = append(out, l.Tags...)
		}
	}
	slices.SortFunc(out, func(a, b workflow.Tag) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Type, b.Type))
	})
	return slices.Compact(out), nil
}

// taggable wants that a thing exists.
func (e *Engine) taggable(of Taggable, name string) error {
	var err error
	switch of {
	case TagWorkflow:
		if e.defs.Def(name, 0) == nil {
			err = workflow.Errorf(workflow.NotFound, "No such workflow found by name: %s", name)
		}
	case TagTask:
		if e.defs.TaskDef(name) == nil {
			err = workflow.Errorf(workflow.NotFound, "No such taskType found by name: %s", name)
		}
	case TagSecret:
		_, err = e.secrets.find(name)
	case TagVariable:
		_, err = e.variables.find(name)
	case TagHandler:
		_, err = e.handlers.find(name)
	case TagSchedule:
		_, err = e.schedules.find(name)
	}
	return err
}

func tagKey(of Taggable, name string) string { return string(of) + "/" + name }

// tagsOf returns the tags of a thing, never nil.
func (e *Engine) tagsOf(of Taggable, name string) []workflow.Tag {
	if l := e.tags.get(tagKey(of, name)); l != nil {
		return l.Tags
	}
	return []workflow.Tag{}
}

// dropTags takes all tags off a thing that is gone: another one of that name must not inherit them.
func (e *Engine) dropTags(ctx context.Context, of Taggable, name string) error {
	return e.tags.update(ctx, tagKey(of, name), func(*tagList) (*tagList, error) { return nil, nil }) //nolint:nilnil // nil removes it
}
