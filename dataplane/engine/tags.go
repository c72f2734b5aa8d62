package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// tagList is the tags of one thing.
type tagList struct {
	Tags []workflow.Tag `json:"tags"`
}

// Taggable is a kind of thing that can have tags.
type Taggable string

// The kinds of things with tags.
const (
	TagSecret   Taggable = kindSecret
	TagVariable Taggable = kindVariable
	TagHandler  Taggable = kindHandler
	TagSchedule Taggable = kindSchedule
)

// Tags returns the tags of a thing.
func (e *Engine) Tags(_ context.Context, kind Taggable, name string) ([]workflow.Tag, error) {
	if err := e.taggable(kind, name); err != nil {
		return nil, err
	}
	return e.tagsOf(string(kind), name), nil
}

// PutTags adds tags to a thing; a tag with the key of one that it has takes its place.
func (e *Engine) PutTags(ctx context.Context, kind Taggable, name string, tags []workflow.Tag) error {
	if _, err, ok := pass[none](ctx, e, definitions, "PutTags", kind, name, tags); ok {
		return err
	}
	return e.changeTags(ctx, kind, name, tags, func(old []workflow.Tag) []workflow.Tag {
		out := slices.DeleteFunc(slices.Clone(old), func(t workflow.Tag) bool {
			return slices.ContainsFunc(tags, func(n workflow.Tag) bool { return n.Key == t.Key })
		})
		return append(out, tags...)
	})
}

// DeleteTags takes tags off a thing; those that it does not have are no error.
func (e *Engine) DeleteTags(ctx context.Context, kind Taggable, name string, tags []workflow.Tag) error {
	if _, err, ok := pass[none](ctx, e, definitions, "DeleteTags", kind, name, tags); ok {
		return err
	}
	return e.changeTags(ctx, kind, name, tags, func(old []workflow.Tag) []workflow.Tag {
		return slices.DeleteFunc(slices.Clone(old), func(t workflow.Tag) bool {
			return slices.ContainsFunc(tags, func(n workflow.Tag) bool { return n.Key == t.Key && n.Value == t.Value })
		})
	})
}

func (e *Engine) changeTags(ctx context.Context, kind Taggable, name string, tags []workflow.Tag, f func([]workflow.Tag) []workflow.Tag) error {
	if err := e.taggable(kind, name); err != nil {
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
	return e.tags.update(ctx, tagKey(string(kind), name), func(old *tagList) (*tagList, error) {
		if old == nil {
			old = &tagList{}
		}
		if out := f(old.Tags); len(out) > 0 {
			return &tagList{out}, nil
		}
		return nil, nil //nolint:nilnil // nothing is left: the document goes
	})
}

// taggable wants that a thing exists.
func (e *Engine) taggable(kind Taggable, name string) error {
	var err error
	switch kind {
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

func tagKey(kind, name string) string { return kind + "/" + name }

// tagsOf returns the tags of a thing, never nil.
func (e *Engine) tagsOf(kind, name string) []workflow.Tag {
	if l := e.tags.get(tagKey(kind, name)); l != nil {
		return l.Tags
	}
	return []workflow.Tag{}
}

func (e *Engine) dropTags(ctx context.Context, kind, name string) error {
	return e.tags.update(ctx, tagKey(kind, name), func(*tagList) (*tagList, error) { return nil, nil }) //nolint:nilnil // nil removes it
}
