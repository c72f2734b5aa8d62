// Package embedded keeps a data plane in one folder, in Pebble: an ordered key-value store with a write-ahead log. A group
// of changes is one batch with one sync. Keys begin with a letter for their kind; times in keys are inverted, so that a
// scan meets the newest first.
//
//	w id 0 kind           parts of an execution (see write.go), task records among them
//	k taskId              id 0 seq
//	a id 0 seq            outstanding work (seq 0: of the execution itself)
//	x…                    index of search rows (see index.go)
//	p hash                definition as snapshotted
//	d name 0 version      workflow definition
//	D name                task definition
//	c name 0 version      schema
//	e kind 0 key          document
//	l taskId 0 n          log line
//	u day epoch 0 kind    usage (see usage.go)
//	v                     format (see format.go)
//
// What belongs to an execution lies together: a step's rows are neighbours in the memtable, where finding the place costs
// the most, and are read in one scan. What steps write is encoded by package wire, the rest as JSON.
package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/wire"
)

// Store implements store.Store.
type Store struct {
	db     *pebble.DB
	read   pebble.Reader // db, or a snapshot of it
	logSeq atomic.Uint64
	broken *broken

	mu    sync.Mutex
	meter meter
	index index
}

// Open opens or makes the store in a folder; "" keeps it in memory. fatal is called, once, when the disk refuses a write: what
// was acknowledged is safe, and nothing more can be written until the store is opened again. It should end the process.
func Open(dir string, fatal func(error)) (*Store, error) {
	if dir == "" {
		return open("store", vfs.NewMem(), fatal) // nothing is synced, so logs need no zeros ahead
	}
	return OpenFS(dir, vfs.Default, fatal)
}

// OpenFS opens a store in a file system; tests give one that crashes.
func OpenFS(dir string, fs vfs.FS, fatal func(error)) (*Store, error) {
	return open(dir, logFS{fs}, fatal)
}

func open(dir string, fs vfs.FS, fatal func(error)) (*Store, error) {
	broken := &broken{fatal: fatal}
	cache := pebble.NewCache(16 << 20)
	defer cache.Unref()
	options := &pebble.Options{
		FS: fs, Cache: cache, Logger: broken, EventListener: &pebble.EventListener{BackgroundError: broken.by},
		FormatMajorVersion: pebble.FormatNewest,
		// Most rows live shortly: work is noted and deleted, tasks are rewritten as they end. A large memtable lets them
		// die before they are flushed. Its memory is taken as it fills.
		MemTableSize: 32 << 20, MemTableStopWritesThreshold: 4, L0CompactionThreshold: 8, LBaseMaxBytes: 256 << 20,
		// A write-ahead log is synced in pieces while it grows, so that a commit's sync finds little left to do.
		WALBytesPerSync: 512 << 10, BytesPerSync: 512 << 10,
	}
	// Work that is done leaves tombstones in every table. They go with the merge of eight flushes; to merge each flush for
	// their sake costs more than to step over them.
	options.Experimental.TombstoneDenseCompactionThreshold = -1
	db, err := pebble.Open(dir, options)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", dir, later(err))
	}
	s := &Store{db: db, read: db, broken: broken, meter: meter{epoch: rand.Text()}}
	s.logSeq.Store(uint64(time.Now().UnixNano()))
	if err = s.loadFormat(); err == nil { // before anything is changed
		err = errors.Join(s.forgetUsage(), s.loadIndex())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", dir, err), db.Close())
	}
	return s, nil
}

// Close flushes and closes the store.
func (s *Store) Close() error {
	s.broken.closing.Store(true)
	s.lockAtRest()
	defer s.mu.Unlock()
	return s.db.Close()
}

// Commit implements store.Store. Pebble orders the batches and syncs what has gathered in its log in one go.
func (s *Store) Commit(_ context.Context, lazy, changes []*store.Change) (wait func() error, err error) {
	defer s.broken.recover(&err)
	b := s.db.NewBatch()
	w := newWriter(b)
	defer w.free()
	for _, c := range lazy {
		w.change(c)
	}
	for _, c := range changes {
		w.change(c)
		if c.Remove {
			s.remove(w, c.ID)
		}
	}
	if w.err != nil {
		return nil, errors.Join(w.err, b.Close())
	}
	if len(changes) == 0 && len(w.notes) == 0 {
		return b.Close, s.written(b.Commit(pebble.NoSync))
	}
	if err := s.written(s.apply(b, w.notes, w.usage)); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return func() error {
		if err := s.written(b.SyncWait()); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		return b.Close()
	}, nil
}

// apply writes a batch with what it adds to the usage and the search index, and what these keep in memory goes with it.
func (s *Store) apply(b *pebble.Batch, notes []note, n added) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.meter.count(b, n), s.index.apply(b, notes)); err != nil {
		return err
	}
	if err := s.db.ApplyNoSyncWait(b, pebble.Sync); err != nil {
		return err
	}
	s.seal()
	return nil
}

// scan calls f for the keys in [lower, upper) until it returns false.
func (s *Store) scan(lower, upper []byte, f func(k, v []byte) (bool, error)) error {
	it, err := s.read.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
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
func (s *Store) get(key []byte) ([]byte, error) { return read(s.read, key) }

func read(from pebble.Reader, key []byte) ([]byte, error) {
	v, closer, err := from.Get(key)
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
	b, closer, err := s.read.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return store.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	defer closer.Close() //nolint:errcheck // releases the block only
	return wire.Decode(b, v)
}
