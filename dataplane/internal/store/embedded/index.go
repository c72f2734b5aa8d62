package embedded

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded/block"
	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Searches look at blocks of search rows (package block), and at the rows that were written since the last block was made. These
// are in memory; on the disk there are only their names, so that a commit writes little:
//
//	xh block              head of a block
//	xl block              the rows of a block that are still true, once some are not
//	xb block part         a part of a block
//	xf generation place   a row that is in no block yet, or has changed since (see place)
//	xv                    how all of this is written
//
// When enough rows are new, they become a block in the background (seal.go), a generation of them at a time.

// indexVersion is how the index is written; an index of another version is made anew when a store is opened.
const indexVersion = "1"

// Bounds of what is kept in memory. Rows that come while a block is made come on top.
const (
	freshRows  = block.MaxRows
	freshBytes = 16 << 20
)

// place is where an execution lies in the order of start times. A row's place may change.
type place struct {
	start int64
	id    string
}

func placeOf(s *workflow.Summary) place { return place{s.StartTime, s.WorkflowID} }

// entry is a row that is in no block yet.
type entry struct {
	row   *workflow.Summary // nil: it has been removed
	older bool              // a block, or the generation before, may have an older row in this place
}

// sealed is a block. It is never changed but replaced.
type sealed struct {
	number uint64
	head   *block.Head
	live   block.Bits // the rows that are true; nil: all
	rows   int        // how many are
}

// truth returns the rows of the block that are true, in a set of the caller's.
func (b *sealed) truth() block.Bits {
	if b.live == nil {
		return block.NewBits(b.head.Rows, true)
	}
	return slices.Clone(b.live)
}

// index is what a search looks at. The store's lock guards it.
type index struct {
	blocks     []*sealed // the newest starts first; the slice is never changed but replaced
	fresh      map[place]entry
	bytes      int             // about the size of fresh
	generation uint64          // of fresh
	sealing    map[place]entry // the generation before, while it becomes a block
	next       uint64          // the number of the next block
	limit      int             // how many rows may be fresh
	busy       bool            // a block is being made
	done       chan struct{}   // closed when it is made
}

// note is what a batch does to a place: its row is now this, or it is gone.
type note struct {
	place place
	row   *workflow.Summary
	first bool // there was no row in this place before
}

// index notes what became of a search row.
func (w *writer) index(before, after *workflow.Summary) {
	if before != nil && before.StartTime != after.StartTime {
		w.notes = append(w.notes, note{place: placeOf(before)})
	}
	w.notes = append(w.notes, note{place: placeOf(after), row: after, first: before == nil})
}

// key of an entry.
func (x *index) key(p place) []byte {
	k := binary.BigEndian.AppendUint64([]byte("xf"), x.generation)
	return append(binary.BigEndian.AppendUint64(k, uint64(p.start)), p.id...)
}

// apply takes up what a batch notes, and adds to the batch what keeps it.
func (x *index) apply(b *pebble.Batch, notes []note) error {
	for _, n := range notes {
		old, had := x.fresh[n.place]
		_, before := x.sealing[n.place]
		e := entry{row: n.row, older: before || had && old.older || !had && !n.first}
		x.bytes += sizeOf(e) - sizeOf(old)
		if e.row == nil && !e.older {
			delete(x.fresh, n.place)
			if err := b.Delete(x.key(n.place), nil); err != nil {
				return err
			}
			continue
		}
		x.fresh[n.place] = e
		if had && old.older == e.older {
			continue
		}
		var older []byte
		if e.older {
			older = []byte{1}
		}
		if err := b.Set(x.key(n.place), older, nil); err != nil {
			return err
		}
	}
	return nil
}

func sizeOf(e entry) int {
	if e.row == nil {
		return 0
	}
	return 512 + len(e.row.Input) + len(e.row.Output) + len(e.row.ReasonForIncompletion)
}

func (x *index) full() bool { return len(x.fresh) >= x.limit || x.bytes >= freshBytes }

// place puts blocks in their order.
func (x *index) place(blocks []*sealed) {
	slices.SortFunc(blocks, func(a, b *sealed) int {
		_, one := a.head.Span()
		_, other := b.head.Span()
		if one != other {
			return cmp.Compare(other, one)
		}
		return cmp.Compare(a.number, b.number)
	})
	x.blocks = blocks
}

func numbered(kind string, number uint64, part string) []byte {
	return append(binary.BigEndian.AppendUint64([]byte(kind), number), part...)
}

// loadIndex reads what the index keeps in memory, and makes an index of another version anew.
func (s *Store) loadIndex() error {
	s.index.fresh, s.index.limit = map[place]entry{}, freshRows
	switch version, err := s.get([]byte("xv")); {
	case err == nil && string(version) == indexVersion:
	case err == nil || errors.Is(err, store.ErrNotFound):
		return s.reindex()
	default:
		return err
	}
	if err := s.loadBlocks(); err != nil {
		return err
	}
	return s.scan([]byte("xf"), []byte("xg"), func(k, older []byte) (bool, error) {
		if len(k) < 18 {
			return false, errors.New("an entry of the search index is damaged")
		}
		s.index.generation = max(s.index.generation, binary.BigEndian.Uint64(k[2:]))
		p := place{int64(binary.BigEndian.Uint64(k[10:])), string(k[18:])}
		e := entry{older: len(older) > 0 || s.index.fresh[p].older}
		row, err := s.summary(p.id)
		if err != nil {
			return false, err
		}
		if row != nil && row.StartTime == p.start {
			e.row = row
		}
		s.index.bytes += sizeOf(e) - sizeOf(s.index.fresh[p])
		s.index.fresh[p] = e
		return true, nil
	})
}

func (s *Store) loadBlocks() error {
	var blocks []*sealed
	err := s.scan([]byte("xh"), []byte("xi"), func(k, v []byte) (bool, error) {
		b := &sealed{number: binary.BigEndian.Uint64(k[2:]), head: &block.Head{}}
		if err := wire.Decode(v, b.head); err != nil {
			return false, fmt.Errorf("head of a block of the search index: %w", err)
		}
		b.rows = b.head.Rows
		live, err := s.get(numbered("xl", b.number, ""))
		switch {
		case err == nil:
			b.live = bitsOf(live)
			b.rows = b.live.Count()
		case !errors.Is(err, store.ErrNotFound):
			return false, err
		}
		blocks = append(blocks, b)
		s.index.next = max(s.index.next, b.number+1)
		return true, nil
	})
	if err != nil {
		return err
	}
	s.index.place(blocks)
	// A crash may have left parts of a block that has no head. Blocks are made one after the other, so it would be the last.
	return s.db.DeleteRange(numbered("xb", s.index.next, ""), []byte("xc"), pebble.NoSync)
}

// reindex makes the index anew from the search rows.
func (s *Store) reindex() error {
	if err := s.db.DeleteRange([]byte{'x'}, []byte{'y'}, pebble.NoSync); err != nil {
		return err
	}
	x := &s.index
	seal := func() error {
		err := s.makeBlocks(x.fresh, 0)
		x.fresh, x.bytes = map[place]entry{}, 0
		return err
	}
	err := s.scan([]byte{'w'}, []byte{'x'}, func(k, v []byte) (bool, error) {
		if len(k) < 3 || k[len(k)-2] != 0 || k[len(k)-1] != searchRow || strings.IndexByte(string(k), 0) != len(k)-2 {
			return true, nil // another part of an execution
		}
		row := &workflow.Summary{}
		if err := wire.Decode(v, (*block.Row)(row)); err != nil {
			return false, fmt.Errorf("search row %s: %w", k[1:len(k)-2], err)
		}
		e := entry{row: row}
		x.fresh[placeOf(row)] = e
		if x.bytes += sizeOf(e); x.full() {
			return true, seal()
		}
		return true, nil
	})
	if err == nil && len(x.fresh) > 0 {
		err = seal()
	}
	if err != nil {
		return fmt.Errorf("make the search index anew: %w", err)
	}
	return s.db.Set([]byte("xv"), []byte(indexVersion), pebble.Sync)
}

func bitsOf(b []byte) (set block.Bits) {
	for ; len(b) >= 8; b = b[8:] {
		set = append(set, binary.LittleEndian.Uint64(b))
	}
	return set
}

func bytesOf(set block.Bits) (b []byte) {
	for _, w := range set {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}
