// Package memo keeps the outputs of tasks for a time, under keys that their definitions make (cacheConfig), so that a task
// with the same key need not run again. It is bounded: what was not asked for longest goes first. Documents in the store
// bring it back after a restart; one that is lost only means that a task runs again.
package memo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Kind is the kind of the documents.
const Kind = "memo"

// Bounds of what is kept.
const (
	MaxOutput  = 256 << 10 // bytes of one output; larger ones are not kept
	maxEntries = 10_000
	maxBytes   = 64 << 20 // of all outputs
)

// Entry is a kept output. Until is in epoch milliseconds.
type Entry struct {
	Task   string           `json:"task"`
	Key    string           `json:"key"`
	Until  int64            `json:"until"`
	Output workflow.Payload `json:"output"`
}

func (e *Entry) name() string {
	sum := sha256.Sum256([]byte(e.Task + "\x00" + e.Key))
	return hex.EncodeToString(sum[:])
}

// Documents is what a Memo needs of the store.
type Documents interface {
	PutDocs(ctx context.Context, docs ...store.Doc) error
	DeleteDoc(ctx context.Context, kind, key string) error
	Docs(ctx context.Context, kind string) ([]store.Doc, error)
}

// Memo keeps entries. It is safe for concurrent use.
type Memo struct {
	docs Documents
	log  *slog.Logger

	mu      sync.Mutex
	entries *simplelru.LRU[string, *Entry]
	bytes   int
	fresh   []store.Doc // to be stored
	gone    []string    // names of entries whose documents are to be deleted
}

// Open reads the documents; those that have expired by now (epoch milliseconds) are deleted.
func Open(ctx context.Context, docs Documents, now int64, log *slog.Logger) (*Memo, error) {
	m := &Memo{docs: docs, log: log}
	var err error
	if m.entries, err = simplelru.NewLRU(maxEntries, m.evicted); err != nil {
		return nil, fmt.Errorf("memo: %w", err)
	}
	stored, err := docs.Docs(ctx, Kind)
	if err != nil {
		return nil, fmt.Errorf("read kept outputs: %w", err)
	}
	for _, d := range stored {
		e := &Entry{}
		if err := json.Unmarshal(d.Value, e); err != nil || e.Until <= now {
			m.gone = append(m.gone, d.Key)
			continue
		}
		m.add(e)
	}
	return m, m.forget(ctx)
}

// evicted is called with the lock held.
func (m *Memo) evicted(name string, e *Entry) {
	m.bytes -= len(e.Output)
	m.gone = append(m.gone, name)
}

func (m *Memo) add(e *Entry) {
	name := e.name()
	if old, ok := m.entries.Peek(name); ok {
		m.bytes -= len(old.Output)
	}
	m.bytes += len(e.Output)
	m.entries.Add(name, e)
	for m.bytes > maxBytes {
		m.entries.RemoveOldest()
	}
}

// Get returns the output that is kept for a task and key.
func (m *Memo) Get(task, key string, now int64) (workflow.Payload, bool) {
	name := (&Entry{Task: task, Key: key}).name()
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries.Get(name)
	if !ok {
		return nil, false
	}
	if e.Until <= now {
		m.entries.Remove(name)
		return nil, false
	}
	return e.Output, true
}

// Put keeps outputs, at once for Get; Save stores them.
func (m *Memo) Put(entries []Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range entries {
		e := &entries[i]
		if len(e.Output) > MaxOutput {
			continue
		}
		b, err := json.Marshal(e)
		if err != nil {
			continue // an output that is no JSON cannot have come here
		}
		m.add(e)
		m.fresh = append(m.fresh, store.Doc{Kind: Kind, Key: e.name(), Value: b})
	}
}

// Learn keeps outputs that another node has stored.
func (m *Memo) Learn(entries []Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range entries {
		if len(entries[i].Output) <= MaxOutput {
			m.add(&entries[i])
		}
	}
}

// Save brings the documents up to date. Outputs that cannot be stored are logged: they are gone with the process.
func (m *Memo) Save(ctx context.Context) {
	m.mu.Lock()
	fresh := m.fresh
	m.fresh = nil
	m.mu.Unlock()
	var err error
	if len(fresh) > 0 {
		err = m.docs.PutDocs(ctx, fresh...)
	}
	if err == nil {
		err = m.forget(ctx)
	}
	if err != nil && ctx.Err() == nil {
		m.log.WarnContext(ctx, "outputs for cacheConfig could not be stored", "error", err)
	}
}

// forget deletes the documents of entries that went, but for those that have come back.
func (m *Memo) forget(ctx context.Context) error {
	m.mu.Lock()
	gone := m.gone
	m.gone = nil
	m.mu.Unlock()
	for _, name := range gone {
		m.mu.Lock()
		back := m.entries.Contains(name)
		m.mu.Unlock()
		if back {
			continue
		}
		if err := m.docs.DeleteDoc(ctx, Kind, name); err != nil {
			return fmt.Errorf("delete a kept output: %w", err)
		}
	}
	return nil
}
