package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// PutEventHandler registers a handler; with replace it must exist, without it must not. Tags of the request replace those
// that it has; without any it keeps them. Who made it stays.
func (e *Engine) PutEventHandler(ctx context.Context, h *workflow.EventHandler, replace bool) error {
	if _, err, ok := pass[none](ctx, e, definitions, "PutEventHandler", h, replace); ok {
		return err
	}
	if err := h.Validate(e.checks()); err != nil {
		return err
	}
	if err := e.handlers.update(ctx, h.Name, func(old *workflow.EventHandler) (*workflow.EventHandler, error) {
		if old != nil && !replace {
			return nil, workflow.Errorf(workflow.Conflict, "EventHandler with name %s already exists!", h.Name)
		}
		if old == nil && replace {
			return nil, workflow.Errorf(workflow.NotFound, "EventHandler with name %s not found!", h.Name)
		}
		kept := *h
		kept.Tags = nil // kept apart
		if old != nil {
			kept.CreatedBy = cmp.Or(old.CreatedBy, h.CreatedBy)
		}
		return &kept, nil
	}); err != nil || len(h.Tags) == 0 {
		return err
	}
	return e.AddTags(ctx, TagHandler, h.Name, h.Tags, TagsReplace)
}

// EventHandler returns a handler.
func (e *Engine) EventHandler(_ context.Context, name string) (*workflow.EventHandler, error) {
	h, err := e.handlers.find(name)
	if err != nil {
		return nil, err
	}
	return e.withTags(h), nil
}

// EventHandlers returns the handlers of an event by name; "" means all events.
func (e *Engine) EventHandlers(_ context.Context, event string, activeOnly bool) ([]*workflow.EventHandler, error) {
	out := []*workflow.EventHandler{}
	for _, h := range e.handlers.list() {
		if (event == "" || h.Event == event) && (h.Active || !activeOnly) {
			out = append(out, e.withTags(h))
		}
	}
	return out, nil
}

func (e *Engine) withTags(h *workflow.EventHandler) *workflow.EventHandler {
	tags := e.tagsOf(TagHandler, h.Name)
	if len(tags) == 0 {
		return h
	}
	c := *h
	c.Tags = tags
	return &c
}

// DeleteEventHandler removes a handler with its tags and the record of what it did.
func (e *Engine) DeleteEventHandler(ctx context.Context, name string) error {
	if _, err, ok := pass[none](ctx, e, definitions, "DeleteEventHandler", name); ok {
		return err
	}
	if err := e.handlers.remove(ctx, name); err != nil {
		return err
	}
	records, err := e.store.Docs(ctx, kindHandled+name)
	if err != nil {
		return fmt.Errorf("read event executions: %w", err)
	}
	for _, doc := range records {
		if err := e.store.DeleteDoc(ctx, doc.Kind, doc.Key); err != nil {
			return fmt.Errorf("delete event execution: %w", err)
		}
	}
	return e.dropTags(ctx, TagHandler, name)
}

// EventExecutions returns what a handler did, the newest first; the last messages are remembered.
func (e *Engine) EventExecutions(ctx context.Context, handler string) ([]*workflow.EventExecution, error) {
	docs, err := e.store.Docs(ctx, kindHandled+handler)
	if err != nil {
		return nil, fmt.Errorf("read event executions: %w", err)
	}
	out := []*workflow.EventExecution{}
	for _, doc := range docs {
		var of []*workflow.EventExecution
		if err := json.Unmarshal(doc.Value, &of); err != nil {
			return nil, fmt.Errorf("read event execution %s: %w", doc.Key, err)
		}
		out = append(out, of...)
	}
	slices.SortStableFunc(out, func(a, b *workflow.EventExecution) int { return cmp.Compare(b.Created, a.Created) })
	return out, nil
}
