package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// recorded tells whoever asked when records have changed.
type recorded struct {
	mu sync.Mutex
	f  []func()
}

func (r *recorded) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.f {
		f()
	}
}

// Records returns what is kept with the engine for others, by key. The engine does not look into it.
func (e *Engine) Records() map[string]json.RawMessage {
	e.records.mu.RLock()
	defer e.records.mu.RUnlock()
	out := make(map[string]json.RawMessage, len(e.records.items))
	for key, v := range e.records.items {
		out[key] = *v
	}
	return out
}

// SwapRecord puts a record in the place of another, durably, on all nodes. A nil old means that there is none, a nil record
// removes it. When something else is there meanwhile it is a Conflict, and nothing changes.
func (e *Engine) SwapRecord(ctx context.Context, key string, old, record json.RawMessage) error {
	if _, err, ok := pass[none](ctx, e, definitions, "SwapRecord", key, old, record); ok {
		return err
	}
	err := e.records.update(ctx, key, func(now *json.RawMessage) (*json.RawMessage, error) {
		var is json.RawMessage
		if now != nil {
			is = *now
		}
		if !bytes.Equal(compact(is), compact(old)) {
			return nil, workflow.Errorf(workflow.Conflict, "%s was changed by someone else at the same time; try again.", key)
		}
		if compact(record) == nil {
			return nil, nil //nolint:nilnil // nil removes it
		}
		return &record, nil
	})
	if err == nil {
		e.recorded.tell()
	}
	return err
}

// compact is a record without what JSON lets vary on its way to another node; nil for none.
func compact(b json.RawMessage) json.RawMessage {
	var out bytes.Buffer
	if len(b) == 0 || bytes.Equal(b, []byte("null")) || json.Compact(&out, b) != nil {
		return nil
	}
	return out.Bytes()
}

// WatchRecords has f called after every change of records, on whatever node it was made. f must not change records itself.
func (e *Engine) WatchRecords(f func()) {
	e.recorded.mu.Lock()
	defer e.recorded.mu.Unlock()
	e.recorded.f = append(e.recorded.f, f)
}
