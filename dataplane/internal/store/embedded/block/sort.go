package block

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Sorter is the order of a query. What the query does not tell apart comes in the order of [Order].
type Sorter struct{ keys []search.Key }

// NewSorter returns the order of a query.
func NewSorter(q *search.Query) *Sorter { return &Sorter{q.Order()} }

// Bounds returns numbers before and behind which no row of a block comes, by the first key alone; when the key is no number
// that blocks know the bounds of, ok is false.
func (s *Sorter) Bounds(h *Head) (first, last int64, ok bool) {
	i, descending, ok := s.number()
	if !ok {
		return 0, 0, false
	}
	if descending {
		return ^h.Most[i], ^h.Least[i], true
	}
	return h.Least[i], h.Most[i], true
}

// BoundsOf returns those of some rows.
func (s *Sorter) BoundsOf(rows []*workflow.Summary) (first, last int64) {
	i, descending, ok := s.number()
	first, last = math.MaxInt64, math.MinInt64
	for _, r := range rows {
		if !ok {
			break
		}
		n := numberFields[i].get(r)
		if descending {
			n = ^n
		}
		first, last = min(first, n), max(last, n)
	}
	return first, last
}

func (s *Sorter) number() (field int, descending, ok bool) {
	if len(s.keys) == 0 {
		return 0, true, true // by start time
	}
	field, ok = numberOf(s.keys[0].Field)
	return field, s.keys[0].Descending, ok
}

// key is what a row is ordered by.
type key struct {
	number int64
	text   string
	list   []string
}

func (a key) compare(b key) int {
	switch {
	case a.number != b.number:
		return cmp.Compare(a.number, b.number)
	case a.text != b.text:
		return strings.Compare(a.text, b.text)
	}
	return slices.Compare(a.list, b.list)
}

// reader returns how to read a key of a block's rows.
func (b *Block) reader(field string) (func(i int) (key, error), error) {
	if f, ok := numberOf(field); ok {
		column, err := b.number(numberFields[f].part)
		return func(i int) (key, error) { return key{number: column.at(i)}, nil }, err
	}
	if f, ok := textOf(field); ok {
		column, err := b.text(f)
		if f.list == nil {
			return func(i int) (key, error) { return key{text: column.values[column.code(i)]}, nil }, err
		}
		return func(i int) (key, error) { return key{list: f.texts(column.values[column.code(i)])}, nil }, err
	}
	return func(i int) (key, error) {
		r, err := b.Row(i)
		if err != nil {
			return key{}, err
		}
		return keyOf(r, field), nil
	}, nil
}

func keyOf(r *workflow.Summary, field string) key {
	switch v := (search.Execution{Summary: r}).Field(field).(type) {
	case int64:
		return key{number: v}
	case string:
		return key{text: v}
	case []string:
		return key{list: v}
	}
	return key{}
}

// Hit is a row that was found.
type Hit struct {
	block *Block // nil: it is no block's
	i     int
	row   *workflow.Summary
	keys  []key
	start int64
}

// Row reads the row.
func (h *Hit) Row() (*workflow.Summary, error) {
	if h.block == nil {
		return h.row, nil
	}
	return h.block.Row(h.i)
}

// Sure reports whether the row needs no further look, as it was seen whole.
func (h *Hit) Sure() bool { return h.block == nil }

// Top collects the first rows of an order, at most so many.
type Top struct {
	sorter *Sorter
	most   int
	hits   []*Hit // a heap, the last one first
	err    error
}

// Top returns an empty collection of at most so many rows.
func (s *Sorter) Top(most int) *Top { return &Top{sorter: s, most: most} }

// AddRow adds a row that is no block's.
func (t *Top) AddRow(r *workflow.Summary) {
	h := &Hit{row: r, start: r.StartTime}
	for _, k := range t.sorter.keys {
		h.keys = append(h.keys, keyOf(r, k.Field))
	}
	t.add(h)
}

// AddBlock adds the rows of a set. keep, unless it is nil, is asked for each that would be among the first.
func (t *Top) AddBlock(b *Block, in Bits, keep func(i int) (bool, error)) error {
	if first, _, ok := t.sorter.Bounds(b.Head); ok && t.full() && t.beyond(first) && keep == nil {
		return nil
	}
	starts, err := b.number(startPart)
	if err != nil {
		return err
	}
	readers := make([]func(int) (key, error), len(t.sorter.keys))
	for k := range readers {
		if readers[k], err = b.reader(t.sorter.keys[k].Field); err != nil {
			return err
		}
	}
	hopeless, err := t.hopeless(b)
	if err != nil {
		return err
	}
	for i := in.After(-1); i >= 0; i = in.After(i) {
		if keep == nil && hopeless != nil && hopeless(i) {
			continue
		}
		if keep != nil {
			if ok, err := keep(i); err != nil {
				return err
			} else if !ok {
				continue
			}
		}
		if t.full() {
			ahead, err := t.ahead(b, readers, starts.at(i), i)
			if err != nil {
				return err
			}
			if !ahead {
				continue
			}
		}
		h := &Hit{block: b, i: i, start: starts.at(i), keys: make([]key, len(readers))}
		for k, read := range readers {
			if h.keys[k], err = read(i); err != nil {
				return err
			}
		}
		t.add(h)
	}
	return t.err
}

// hopeless tells cheaply of rows of a block, by their first key, that they come behind all that was collected; nil: it can't.
func (t *Top) hopeless(b *Block) (func(i int) bool, error) {
	if !t.full() || t.most == 0 || len(t.sorter.keys) == 0 {
		return nil, nil //nolint:nilnil // see above
	}
	f, ok := textOf(t.sorter.keys[0].Field)
	if !ok || f.list != nil {
		return nil, nil //nolint:nilnil // see above
	}
	column, err := b.text(f)
	at, same := slices.BinarySearch(column.values, t.hits[0].keys[0].text)
	if t.sorter.keys[0].Descending {
		return func(i int) bool { return column.code(i) < at }, err
	}
	if same {
		at++
	}
	return func(i int) bool { return column.code(i) >= at }, err
}

// beyond reports whether rows from a bound on come behind all that was collected.
func (t *Top) beyond(first int64) bool {
	if t.most == 0 {
		return true
	}
	last := t.hits[0].start
	descending := true
	if len(t.sorter.keys) > 0 {
		last, descending = t.hits[0].keys[0].number, t.sorter.keys[0].Descending
	}
	if descending {
		last = ^last
	}
	return first > last
}

func (t *Top) full() bool { return len(t.hits) >= t.most }

// ahead reports whether a row comes before the last one collected.
func (t *Top) ahead(b *Block, readers []func(int) (key, error), start int64, i int) (bool, error) {
	if t.most == 0 {
		return false, nil
	}
	last := t.hits[0]
	for k, read := range readers {
		own, err := read(i)
		if err != nil {
			return false, err
		}
		o := own.compare(last.keys[k])
		if t.sorter.keys[k].Descending {
			o = -o
		}
		if o != 0 {
			return o < 0, nil
		}
	}
	if start != last.start {
		return start > last.start, nil
	}
	return t.compareIDs(&Hit{block: b, i: i}, last) < 0, t.err
}

func (t *Top) compare(a, b *Hit) int {
	for k := range a.keys {
		o := a.keys[k].compare(b.keys[k])
		if t.sorter.keys[k].Descending {
			o = -o
		}
		if o != 0 {
			return o
		}
	}
	if a.start != b.start {
		return cmp.Compare(b.start, a.start)
	}
	return t.compareIDs(a, b)
}

func (t *Top) compareIDs(a, b *Hit) int {
	if a.block == b.block && a.block != nil {
		return a.i - b.i
	}
	one, err := a.Row()
	if err != nil {
		t.err = err
		return 0
	}
	other, err := b.Row()
	if err != nil {
		t.err = err
		return 0
	}
	return strings.Compare(one.WorkflowID, other.WorkflowID)
}

func (t *Top) add(h *Hit) {
	switch {
	case !t.full():
		heap.Push((*lastFirst)(t), h)
	case t.most > 0 && t.compare(h, t.hits[0]) < 0:
		t.hits[0] = h
		heap.Fix((*lastFirst)(t), 0)
	}
}

// Sorted returns what was collected, in the order.
func (t *Top) Sorted() ([]*Hit, error) {
	slices.SortFunc(t.hits, t.compare)
	return t.hits, t.err
}

// lastFirst implements heap.Interface.
type lastFirst Top

func (h *lastFirst) Len() int           { return len(h.hits) }
func (h *lastFirst) Less(i, j int) bool { return (*Top)(h).compare(h.hits[i], h.hits[j]) > 0 }
func (h *lastFirst) Swap(i, j int)      { h.hits[i], h.hits[j] = h.hits[j], h.hits[i] }
func (h *lastFirst) Push(x any)         { h.hits = append(h.hits, x.(*Hit)) } //nolint:forcetypeassert // see add
func (h *lastFirst) Pop() any           { panic("nothing is taken out") }
