// Package embedded keeps a data plane in one folder, in Pebble: an ordered key-value store with a write-ahead log. A group
// of changes is one batch with one sync. Keys begin with a letter for their kind; times in keys are inverted, so that a
// scan meets the newest first.
//
//	w id                  header            i, v, o id      input, variables, output
//	t id 0 seq            task record       k taskId        id 0 seq
//	a id 0 seq            outstanding work (seq 0: of the execution itself)
//	s id                  search row        x… index of search rows (see index.go)
//	p hash                definition as snapshotted
//	d name 0 version      workflow definition
//	D name                task definition
//	c name 0 version      schema
//	e kind 0 key          document
//	l taskId 0 n          log line
//
// What steps write is encoded by package wire, the rest as JSON.
package embedded

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Store implements store.Store.
type Store struct {
	db     *pebble.DB
	logSeq atomic.Uint64

	mu     sync.Mutex
	counts map[workflow.Status]int64 // nil until somebody asks
}

// Open opens or makes the store in a folder; "" keeps it in memory.
func Open(dir string) (*Store, error) {
	fs := vfs.Default
	if dir == "" {
		fs, dir = vfs.NewMem(), "store"
	}
	return OpenFS(dir, fs)
}

// OpenFS opens a store in a file system; tests give one that crashes.
func OpenFS(dir string, fs vfs.FS) (*Store, error) {
	cache := pebble.NewCache(16 << 20)
	defer cache.Unref()
	db, err := pebble.Open(dir, &pebble.Options{
		FS: fs, Cache: cache, Logger: quiet{},
		FormatMajorVersion: pebble.FormatNewest,
		// Most rows live shortly: work is noted and deleted, tasks are rewritten as they end. A large memtable lets them
		// die before they are flushed. Its memory is taken as it fills.
		MemTableSize: 32 << 20, MemTableStopWritesThreshold: 4, L0CompactionThreshold: 8, LBaseMaxBytes: 256 << 20,
		// A write-ahead log is synced in pieces while it grows, so that a commit's sync finds little left to do.
		WALBytesPerSync: 512 << 10, BytesPerSync: 512 << 10,
	})
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", dir, err)
	}
	s := &Store{db: db}
	s.logSeq.Store(uint64(time.Now().UnixNano()))
	return s, nil
}

// quiet keeps Pebble's events out of the log; its errors come back from the calls.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf("store: "+format, args...)) // Pebble calls it when it can't go on without losing data
}

// Close flushes and closes the store.
func (s *Store) Close() error { return s.db.Close() }

// Commit implements store.Store. Pebble orders the batches and syncs what has gathered in its log in one go.
func (s *Store) Commit(_ context.Context, lazy, changes []*store.Change) (func() error, error) {
	b := s.db.NewBatch()
	w := writer{b: b, counts: map[workflow.Status]int64{}}
	for _, c := range lazy {
		w.change(c)
	}
	for _, c := range changes {
		w.change(c)
		if c.Remove {
			s.remove(&w, c.ID)
		}
	}
	if w.err != nil {
		return nil, errors.Join(w.err, b.Close())
	}
	if len(changes) == 0 {
		return b.Close, b.Commit(pebble.NoSync)
	}
	if err := s.apply(b, w.counts); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return func() error {
		if err := b.SyncWait(); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		return b.Close()
	}, nil
}

// writer puts changes into a batch and keeps the first error.
type writer struct {
	b      *pebble.Batch
	key    []byte
	value  []byte
	counts map[workflow.Status]int64 // what the changes add to the counts
	err    error
}

func (w *writer) set(key, value []byte) {
	if err := w.b.Set(key, value, nil); err != nil && w.err == nil {
		w.err = err
	}
}

func (w *writer) setJSON(key []byte, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.set(key, b)
}

// setRow writes a struct in the form of package wire.
func (w *writer) setRow(key []byte, v wire.Fielder) {
	var err error
	if w.value, err = wire.Append(w.value[:0], v); err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.set(key, w.value)
}

func (w *writer) delete(key []byte) {
	if err := w.b.Delete(key, nil); err != nil && w.err == nil {
		w.err = err
	}
}

// k builds a key in the writer's buffer; it is valid until the next call.
func (w *writer) k(kind byte, id string) []byte {
	w.key = append(append(w.key[:0], kind), id...)
	return w.key
}

func (w *writer) kn(kind byte, id string, n int) []byte {
	w.key = append(append(w.key[:0], kind), id...)
	w.key = append(w.key, 0)
	w.key = binary.BigEndian.AppendUint32(w.key, uint32(n))
	return w.key
}

func (w *writer) change(c *store.Change) {
	if c.Plan != nil && c.Header != nil {
		w.set(w.k('p', c.Header.Plan), c.Plan)
	}
	if c.Header != nil {
		w.setRow(w.k('w', c.ID), c.Header)
	}
	for i, p := range [...]*workflow.Payload{c.Input, c.Variables, c.Output} {
		if p != nil {
			w.set(w.k(payloads[i], c.ID), *p)
		}
	}
	for _, t := range c.Deleted {
		w.delete(w.kn('t', c.ID, t.Seq))
		w.delete(w.k('k', t.ID))
		w.delete(w.kn('a', c.ID, t.Seq))
	}
	for _, t := range c.Tasks {
		w.value = frame(w.value[:0], t)
		w.set(w.kn('t', c.ID, t.Seq), w.value)
		w.value = binary.BigEndian.AppendUint32(append(append(w.value[:0], c.ID...), 0), uint32(t.Seq))
		w.set(w.k('k', t.ID), w.value)
	}
	for i := range c.Work {
		k := &c.Work[i]
		if k.Kind == decide.NoWork && k.Picked == nil {
			w.delete(w.kn('a', c.ID, k.Seq))
		} else {
			w.setRow(w.kn('a', c.ID, k.Seq), k)
		}
	}
	if c.Own != nil {
		if c.Own.Any() {
			w.setRow(w.kn('a', c.ID, 0), c.Own)
		} else {
			w.delete(w.kn('a', c.ID, 0))
		}
	}
	if c.Summary != nil {
		w.index(c.Before, c.Summary)
	}
}

// payloads are the kinds of the input, the variables and the output of an execution.
const payloads = "ivo"

// frame appends a task row: the id, the record, its input and its output, each behind its length.
func frame(b []byte, t store.Row) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(t.ID))), t.ID...)
	for _, part := range [...][]byte{t.Task, t.Input, t.Output} {
		b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
	}
	return b
}

// unframe takes a task row apart. The parts lie in b.
func unframe(b []byte) (id []byte, r store.Row, err error) {
	for _, part := range [...]*[]byte{&id, &r.Task, (*[]byte)(&r.Input), (*[]byte)(&r.Output)} {
		n, k := binary.Uvarint(b)
		if k <= 0 || uint64(len(b)-k) < n {
			return nil, r, errors.New("task row is damaged")
		}
		if n > 0 {
			end := k + int(n)
			*part = b[k:end:end]
		}
		b = b[k+int(n):]
	}
	return id, r, nil
}

// remove deletes all rows of an execution that are on disk; its logs go with its tasks.
func (s *Store) remove(w *writer, id string) {
	for _, kind := range []byte{'t', 'a'} {
		lower := append(append([]byte{kind}, id...), 0)
		upper := append(append([]byte{kind}, id...), 1)
		if kind == 't' {
			w.err = errors.Join(w.err, s.scan(lower, upper, func(_, v []byte) (bool, error) {
				id, _, err := unframe(v)
				if err != nil {
					return false, err
				}
				w.delete(append([]byte{'k'}, id...))
				prefix := append([]byte{'l'}, id...)
				return true, w.b.DeleteRange(append(slices.Clip(prefix), 0), append(slices.Clip(prefix), 1), nil)
			}))
		}
		w.err = errors.Join(w.err, w.b.DeleteRange(lower, upper, nil))
	}
	var sum workflow.Summary
	if err := s.getRow(append([]byte{'s'}, id...), (*summary)(&sum)); err == nil {
		w.unindex(&sum)
	}
	for _, kind := range []byte("wivos") {
		w.delete(w.k(kind, id))
	}
}

// scan calls f for the keys in [lower, upper) until it returns false.
func (s *Store) scan(lower, upper []byte, f func(k, v []byte) (bool, error)) error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	defer it.Close() //nolint:errcheck // it.Error is checked
	for ok := it.First(); ok; ok = it.Next() {
		more, err := f(it.Key(), it.Value())
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	return it.Error()
}

// get returns a copy of a value.
func (s *Store) get(key []byte) ([]byte, error) {
	v, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, store.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	defer closer.Close() //nolint:errcheck // releases the block only
	return append([]byte(nil), v...), nil
}

// getRow decodes a value in the form of package wire.
func (s *Store) getRow(key []byte, v wire.Fielder) error {
	b, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return store.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	defer closer.Close() //nolint:errcheck // releases the block only
	return wire.Decode(b, v)
}
