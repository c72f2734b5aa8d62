package embedded

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/store/embedded/block"
	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// seal makes blocks of the fresh rows in the background, if there are enough of them and no block is being made. The store is
// locked. A crash at any moment loses nothing: parts of a block come first, and count from the batch on that has its head and
// forgets the entries of its rows.
func (s *Store) seal() {
	x := &s.index
	if x.busy || x.sealing != nil || !x.full() {
		return
	}
	x.busy = true
	done := make(chan struct{})
	x.done = done
	x.sealing, x.fresh, x.bytes = x.fresh, map[place]entry{}, 0
	generation := x.generation
	x.generation++
	go func() {
		defer close(done)
		var err error
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if x.busy = false; err == nil && !s.broken.closing.Load() {
				s.seal()
			}
		}()
		defer s.broken.recover(&err)
		if err = s.makeBlocks(x.sealing, generation); err == nil {
			err = s.merge()
		}
		_ = s.written(err)
	}()
}

// lockAtRest locks the store while no block is being made.
func (s *Store) lockAtRest() {
	for s.mu.Lock(); s.index.busy; s.mu.Lock() {
		done := s.index.done
		s.mu.Unlock()
		<-done
	}
}

// makeBlocks makes blocks of the entries of a generation and forgets the entries.
func (s *Store) makeBlocks(entries map[place]entry, generation uint64) error {
	var rows []*workflow.Summary
	var older []place
	for p, e := range entries {
		if e.row != nil {
			rows = append(rows, e.row)
		}
		if e.older {
			older = append(older, p)
		}
	}
	slices.SortFunc(rows, block.Order)
	last := s.db.NewBatch()
	defer last.Close() //nolint:errcheck // returns its memory only
	blocks, err := s.without(last, older)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(rows, s.index.limit) {
		b, err := s.build(last, part)
		if err != nil {
			return err
		}
		blocks = append(blocks, b)
	}
	if err := last.DeleteRange([]byte("xf"), numbered("xf", generation+1, ""), nil); err != nil {
		return err
	}
	return s.replace(last, blocks)
}

// build writes the parts of a block, and its head into a batch that makes it count.
func (s *Store) build(last *pebble.Batch, rows []*workflow.Summary) (*sealed, error) {
	const batchBytes = 256 << 10 // small, so that commits need not wait for it
	b := &sealed{number: s.index.next, rows: len(rows)}
	s.index.next++
	parts := s.db.NewBatch()
	defer func() { _ = parts.Close() }()
	var err error
	b.head, err = block.Build(rows, func(key string, value []byte) error {
		if err := parts.Set(numbered("xb", b.number, key), value, nil); err != nil || parts.Len() < batchBytes {
			return err
		}
		if err := parts.Commit(pebble.NoSync); err != nil {
			return err
		}
		parts = s.db.NewBatch()
		return nil
	})
	if err == nil {
		err = parts.Commit(pebble.NoSync)
	}
	if err != nil {
		return nil, fmt.Errorf("write a block of the search index: %w", err)
	}
	head, err := wire.Append(nil, b.head)
	return b, errors.Join(err, last.Set(numbered("xh", b.number, ""), head, nil))
}

// without returns the blocks without the rows in some places, and notes the difference in a batch.
func (s *Store) without(last *pebble.Batch, places []place) ([]*sealed, error) {
	blocks := slices.Clone(s.index.blocks) // only this goroutine replaces them
	for i, b := range blocks {
		read := block.Read(b.head, s.part(s.db, b.number))
		live := b.truth()
		if err := mask(read, live, places); err != nil {
			return nil, err
		}
		if n := live.Count(); n < b.rows {
			blocks[i] = &sealed{b.number, b.head, live, n}
			if err := last.Set(numbered("xl", b.number, ""), bytesOf(live), nil); err != nil {
				return nil, err
			}
		}
	}
	return blocks, nil
}

// mask takes places out of a block's rows.
func mask(b *block.Block, rows block.Bits, places []place) error {
	for _, p := range places {
		i, err := b.Find(p.start, p.id)
		if err != nil {
			return err
		}
		if i >= 0 {
			rows.Remove(i)
		}
	}
	return nil
}

// replace makes a batch and the blocks that it leads to true, for searches at the same moment.
func (s *Store) replace(last *pebble.Batch, blocks []*sealed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := last.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("write the search index: %w", err)
	}
	s.index.sealing = nil
	s.index.place(blocks)
	return nil
}

// merge puts blocks together that have lost rows, or never had many, and forgets those that have none left.
func (s *Store) merge() error {
	for {
		blocks := s.index.blocks // only this goroutine replaces them
		at := slices.IndexFunc(blocks, func(b *sealed) bool { return b.rows == 0 })
		n := 1
		if at < 0 {
			at, n = s.index.neighbours(), 2
		}
		if at < 0 {
			return nil
		}
		last := s.db.NewBatch()
		err := s.rewrite(last, slices.Clone(blocks), at, n)
		_ = last.Close()
		if err != nil {
			return err
		}
	}
}

// neighbours returns the first of two blocks that fit into one, -1 if there are none.
func (x *index) neighbours() int {
	size := func(b *sealed) int { return b.head.Bytes / b.head.Rows * b.rows }
	for i := range len(x.blocks) - 1 {
		if a, b := x.blocks[i], x.blocks[i+1]; a.rows+b.rows <= x.limit && size(a)+size(b) <= freshBytes {
			return i
		}
	}
	return -1
}

// rewrite makes one block of n neighbours.
func (s *Store) rewrite(last *pebble.Batch, blocks []*sealed, at, n int) error {
	var rows []*workflow.Summary
	for _, b := range blocks[at : at+n] {
		read, live := block.Read(b.head, s.part(s.db, b.number)), b.truth()
		for i := live.After(-1); i >= 0; i = live.After(i) {
			row, err := read.Row(i)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		err := errors.Join(last.DeleteRange(numbered("xb", b.number, ""), numbered("xb", b.number+1, ""), nil),
			last.Delete(numbered("xh", b.number, ""), nil), last.Delete(numbered("xl", b.number, ""), nil))
		if err != nil {
			return err
		}
	}
	blocks = slices.Delete(blocks, at, at+n)
	if len(rows) > 0 {
		slices.SortFunc(rows, block.Order)
		b, err := s.build(last, rows)
		if err != nil {
			return err
		}
		blocks = append(blocks, b)
	}
	return s.replace(last, blocks)
}

// part returns how the parts of a block are read.
func (s *Store) part(from pebble.Reader, number uint64) block.Get {
	return func(key string) ([]byte, error) {
		value, err := read(from, numbered("xb", number, key))
		if err != nil {
			return nil, fmt.Errorf("a block of the search index: %w", err)
		}
		return value, nil
	}
}
