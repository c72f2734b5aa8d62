package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// documents holds all documents of one kind in memory, in front of the store. Values are shared and must not be changed.
type documents[T any] struct {
	kind  string
	noun  string // for people: "secret"
	store store.Store
	told  func(ctx context.Context, err *error) // tells other nodes of a change that has been made

	change sync.Mutex // held while a document changes
	mu     sync.RWMutex
	items  map[string]*T
}

func newDocuments[T any](ctx context.Context, e *Engine, kind, noun string) (*documents[T], error) {
	d := &documents[T]{kind: kind, noun: noun, store: e.store, told: e.changed}
	return d, d.reload(ctx)
}

// reload reads everything again, as another node may have changed it.
func (d *documents[T]) reload(ctx context.Context) error {
	d.change.Lock()
	defer d.change.Unlock()
	docs, err := d.store.Docs(ctx, d.kind)
	if err != nil {
		return fmt.Errorf("read %ss: %w", d.noun, err)
	}
	items := make(map[string]*T, len(docs))
	for _, doc := range docs {
		item := new(T)
		if err := json.Unmarshal(doc.Value, item); err != nil {
			return fmt.Errorf("read %s %s: %w", d.noun, doc.Key, err)
		}
		items[doc.Key] = item
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.items = items
	return nil
}

// get returns a document, nil when there is none.
func (d *documents[T]) get(key string) *T {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.items[key]
}

// find is get with an error for callers.
func (d *documents[T]) find(key string) (*T, error) {
	if item := d.get(key); item != nil {
		return item, nil
	}
	return nil, workflow.Errorf(workflow.NotFound, "No such %s found by name: %s", d.noun, key)
}

// list returns the documents by key.
func (d *documents[T]) list() []*T {
	d.mu.RLock()
	defer d.mu.RUnlock()
	out := make([]*T, 0, len(d.items))
	for _, key := range slices.SortedFunc(maps.Keys(d.items), cmp.Compare[string]) {
		out = append(out, d.items[key])
	}
	return out
}

// update puts what f makes of a document (nil: there is none) in its place, durably; nil from f removes it.
func (d *documents[T]) update(ctx context.Context, key string, f func(old *T) (*T, error)) (err error) {
	defer d.told(ctx, &err)
	d.change.Lock()
	defer d.change.Unlock()
	old := d.get(key)
	item, err := f(old)
	switch {
	case err != nil || item == nil && old == nil:
		return err
	case item == nil:
		if err := d.store.DeleteDoc(ctx, d.kind, key); err != nil {
			return fmt.Errorf("delete %s: %w", d.noun, err)
		}
	default:
		b, err := json.Marshal(item)
		if err != nil {
			return fmt.Errorf("encode %s: %w", d.noun, err)
		}
		if err := d.store.PutDocs(ctx, store.Doc{Kind: d.kind, Key: key, Value: b}); err != nil {
			return fmt.Errorf("store %s: %w", d.noun, err)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if item == nil {
		delete(d.items, key)
	} else {
		d.items[key] = item
	}
	return nil
}

// remove deletes a document; one that is not there is NotFound.
func (d *documents[T]) remove(ctx context.Context, key string) error {
	if _, err := d.find(key); err != nil {
		return err
	}
	return d.update(ctx, key, func(*T) (*T, error) { return nil, nil }) //nolint:nilnil // nil removes it
}

// Kinds of documents, as the store has them.
const (
	kindSecret        = "secret"
	kindVariable      = "environment"
	kindTag           = "tag"
	kindRecord        = "record" // of others, see [Engine.SwapRecord]
	kindHandler       = "event_handler"
	kindMessage       = "event_message" // published and not handled yet; not held in memory
	kindSchedule      = "schedule"
	kindScheduler     = "scheduler"
	kindScheduleState = "schedule_state/"     // and the schedule's name; not held in memory
	kindScheduleRun   = "schedule_execution/" // and the schedule's name; not held in memory
	kindFence         = "fence"
	kindHandled       = "event_execution/" // and the handler's name; not held in memory
)

// reloadDocuments reads anew what another node may have changed.
func (e *Engine) reloadDocuments(ctx context.Context) error {
	err := errors.Join(
		e.secrets.reload(ctx), e.variables.reload(ctx), e.tags.reload(ctx), e.handlers.reload(ctx), e.schedules.reload(ctx), e.scheduler.reload(ctx),
		e.records.reload(ctx), e.fences.reload(ctx),
	)
	e.applyFence()
	e.armSchedules()
	e.recorded.tell()
	return err
}
