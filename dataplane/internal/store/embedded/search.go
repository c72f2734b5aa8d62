package embedded

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded/block"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// counted is how many matches behind a page are counted, where each has to be read to know that it is one.
const counted = 1_000

// Search implements store.Store. Counts are exact; but of matches of free text and of conditions on the input and output, only
// 1,000 behind the page are counted.
func (s *Store) Search(ctx context.Context, q *search.Query, start, size int) ([]*workflow.Summary, int64, error) {
	if ids, ok := q.Equals("workflowId"); ok {
		return s.searchIDs(ctx, q, ids, start, size)
	}
	v := s.look()
	defer v.close()
	found, err := v.find(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	if found.exact {
		page, err := found.page(ctx, start, size)
		return page, int64(found.count()), err
	}
	return found.read(ctx, start, size)
}

// searchIDs looks at the rows that a query names.
func (s *Store) searchIDs(ctx context.Context, q *search.Query, ids []string, start, size int) ([]*workflow.Summary, int64, error) {
	found := matches{q: q, sorter: block.NewSorter(q)}
	for _, id := range ids {
		row, err := s.summary(id)
		if err != nil {
			return nil, 0, err
		}
		if row != nil && q.Match(search.Execution{Summary: row}) {
			found.fresh = append(found.fresh, row)
		}
	}
	page, err := found.page(ctx, start, size)
	return page, int64(len(found.fresh)), err
}

// summary reads the search row of an execution, nil if there is none.
func (s *Store) summary(id string) (*workflow.Summary, error) {
	row := &workflow.Summary{}
	err := s.getRow(prefixed('w', id, 0, searchRow), (*block.Row)(row))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // a usual answer
	}
	return row, err
}

// Counts implements store.Store.
func (s *Store) Counts(ctx context.Context) (map[workflow.Status]int64, error) {
	v := s.look()
	defer v.close()
	counts := map[workflow.Status]int64{}
	for _, row := range v.fresh {
		counts[row.Status]++
	}
	err := v.each(ctx, func(b *block.Block, rows block.Bits) error { return b.Count(rows, counts) })
	return counts, err
}

// view is the index at a moment.
type view struct {
	store    *Store
	snapshot *pebble.Snapshot
	blocks   []*sealed
	fresh    []*workflow.Summary
	older    []place // rows in blocks that are no longer true
}

func (s *Store) look() *view {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := &s.index
	v := &view{store: s, snapshot: s.db.NewSnapshot(), blocks: x.blocks, fresh: make([]*workflow.Summary, 0, len(x.fresh)+len(x.sealing))}
	take := func(p place, e entry) {
		if e.row != nil {
			v.fresh = append(v.fresh, e.row)
		}
		if e.older {
			v.older = append(v.older, p)
		}
	}
	for p, e := range x.fresh {
		take(p, e)
	}
	for p, e := range x.sealing {
		if _, again := x.fresh[p]; !again {
			take(p, e)
		}
	}
	return v
}

func (v *view) close() { _ = v.snapshot.Close() }

// each calls f for every block with its true rows, the newest starts first.
func (v *view) each(ctx context.Context, f func(b *block.Block, rows block.Bits) error) error {
	for _, b := range v.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		read := block.Read(b.head, v.store.part(v.snapshot, b.number))
		rows := b.truth()
		if err := mask(read, rows, v.older); err != nil {
			return err
		}
		if err := f(read, rows); err != nil {
			return err
		}
		read.Forget()
	}
	return nil
}

// matches are the rows that may match a query.
type matches struct {
	q      *search.Query
	sorter *block.Sorter
	fresh  []*workflow.Summary // which do
	blocks []found
	exact  bool // all of them do
}

// found are the rows that may match in one block.
type found struct {
	block *block.Block
	rows  block.Bits
	n     int
}

func (v *view) find(ctx context.Context, q *search.Query) (*matches, error) {
	m := &matches{q: q, sorter: block.NewSorter(q), exact: true}
	m.fresh = slices.DeleteFunc(v.fresh, func(r *workflow.Summary) bool { return !q.Match(search.Execution{Summary: r}) })
	filter := block.NewFilter(q)
	err := v.each(ctx, func(b *block.Block, rows block.Bits) error {
		exact, err := filter.Keep(b, rows)
		if n := rows.Count(); n > 0 {
			m.blocks = append(m.blocks, found{b, rows, n})
			m.exact = m.exact && exact
		}
		return err
	})
	slices.SortStableFunc(m.blocks, func(a, b found) int {
		one, _, _ := m.sorter.Bounds(a.block.Head)
		other, _, _ := m.sorter.Bounds(b.block.Head)
		return cmp.Compare(one, other)
	})
	return m, err
}

// count is the number of rows that may match.
func (m *matches) count() int {
	n := len(m.fresh)
	for _, b := range m.blocks {
		n += b.n
	}
	return n
}

// page reads a page when all rows match.
func (m *matches) page(ctx context.Context, start, size int) ([]*workflow.Summary, error) {
	if size == 0 {
		return nil, nil
	}
	blocks, start := m.behind(start)
	hits, err := m.top(ctx, blocks, start+size, nil)
	if err != nil {
		return nil, err
	}
	return rows(hits, start)
}

// behind leaves out the blocks all of whose rows lie before the start of a page, as there are not that many rows that may come
// before their last one, and returns where the page begins in the rest.
func (m *matches) behind(start int) (rest []found, from int) {
	type run struct {
		first, last int64
		n           int
	}
	runs := make([]run, len(m.blocks), len(m.blocks)+1)
	for i, b := range m.blocks {
		first, last, ok := m.sorter.Bounds(b.block.Head)
		if !ok {
			return m.blocks, start
		}
		runs[i] = run{first, last, b.n}
	}
	first, last := m.sorter.BoundsOf(m.fresh)
	runs = append(runs, run{first, last, len(m.fresh)})
	from = start
	for i, b := range m.blocks {
		before := 0
		for _, r := range runs {
			if r.first <= runs[i].last {
				before += r.n
			}
		}
		if before <= start {
			from -= b.n
		} else {
			rest = append(rest, b)
		}
	}
	return rest, from
}

// top returns the first rows of the order, at most so many. keep is asked for each row that is not known to match; it may be nil.
func (m *matches) top(ctx context.Context, blocks []found, most int, keep func(*workflow.Summary) bool) ([]*block.Hit, error) {
	top := m.sorter.Top(most)
	for _, r := range m.fresh {
		top.AddRow(r)
	}
	for _, b := range blocks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var look func(i int) (bool, error)
		if keep != nil {
			look = func(i int) (bool, error) {
				row, err := b.block.Row(i)
				return err == nil && keep(row), err
			}
		}
		if err := top.AddBlock(b.block, b.rows, look); err != nil {
			return nil, err
		}
		b.block.Forget()
	}
	return top.Sorted()
}

// read reads a page and counts, when rows have to be looked at: those that come first, and more of them while too few match after
// all; in the end every row, which takes no more memory.
func (m *matches) read(ctx context.Context, start, size int) ([]*workflow.Summary, int64, error) {
	const longest = 50_000 // rows that are worth to be sorted before they are looked at
	want := start + size + counted
	var page []*workflow.Summary
	n, seen := 0, 0
	for most := want + want/4; most <= max(longest, want+want/4); most *= 4 {
		hits, err := m.top(ctx, m.blocks, most, nil)
		if err != nil {
			return nil, 0, err
		}
		for ; seen < len(hits) && n < want; seen++ {
			row, err := hits[seen].Row()
			if err != nil {
				return nil, 0, err
			}
			if !hits[seen].Sure() && !m.q.Match(search.Execution{Summary: row}) {
				continue
			}
			if n >= start && n < start+size {
				page = append(page, row)
			}
			n++
		}
		if n == want || seen == m.count() {
			return page, int64(n), nil
		}
	}
	n = len(m.fresh)
	hits, err := m.top(ctx, m.blocks, start+size, func(row *workflow.Summary) bool {
		if !m.q.Match(search.Execution{Summary: row}) {
			return false
		}
		n++
		return true
	})
	if err != nil {
		return nil, 0, err
	}
	page, err = rows(hits, start)
	return page, int64(n), err
}

// rows reads the rows of hits, but for some first ones.
func rows(hits []*block.Hit, start int) (page []*workflow.Summary, err error) {
	for _, h := range hits[min(start, len(hits)):] {
		row, err := h.Row()
		if err != nil {
			return nil, err
		}
		page = append(page, row)
	}
	return page, nil
}
