package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// counted is how many matches behind a page are counted. Without end, a search would read every row for each page.
const counted = 10_000

// Search implements store.Store. In the order of start times, the count of all matches is exact for up to 10,000 matches behind
// the page, and for queries that ask for nothing but a status; otherwise it is the least that there are. In any other order
// all matches are read.
func (s *Store) Search(ctx context.Context, q *search.Query, start, size int) ([]*workflow.Summary, int64, error) {
	if ids, ok := q.Equals("workflowId"); ok {
		return s.searchIDs(q, ids, start, size)
	}
	snapshot := s.db.NewSnapshot()
	defer snapshot.Close() //nolint:errcheck // nothing can be lost
	at := walker{snapshot, q, q.OldestFirst()}
	w, err := at.all()
	if err != nil {
		return nil, 0, err
	}
	defer w.cursor.close() //nolint:errcheck // as above
	timed := q.NewestFirst() || q.OldestFirst()
	need, most := start+size, start+size+counted
	if w.counts {
		most = need
	}
	var found []*workflow.Summary
	n := 0
	for read := 1; !timed || n < most; read++ {
		p, err := w.cursor.next()
		if err == nil && read%1024 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return nil, 0, err
		}
		if p == nil {
			break
		}
		keep := !timed || n >= start && n < need
		if w.exact && !keep {
			n++
			continue
		}
		sum, err := s.summaryAt(p)
		if err != nil {
			return nil, 0, err
		}
		if sum == nil || !q.Match(search.Execution{Summary: sum}) {
			continue
		}
		n++
		if keep {
			found = append(found, sum)
		}
	}
	total := int64(n)
	if w.counts {
		if total, err = s.count(ctx, w.statuses); err != nil {
			return nil, 0, err
		}
	}
	if timed {
		return found, total, nil
	}
	return page(q, found, start, size), total, nil
}

// timeLength is the length of the inverted start time that a place begins with.
const timeLength = 8

// summaryAt reads the search row of a place, nil when it has been removed meanwhile.
func (s *Store) summaryAt(p place) (*workflow.Summary, error) {
	sum := &workflow.Summary{}
	err := s.getRow(prefixed('w', p[min(timeLength, len(p)):], 0, searchRow), (*summary)(sum))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // no match
	}
	return sum, err
}

// walk is what indexes know of a query.
type walk struct {
	cursor   cursor   // nil: nothing; otherwise it passes every match
	exact    bool     // and nothing else, within the start times that the query allows
	timed    bool     // it is about start times, which only bound the whole query
	statuses []string // not nil: it is about nothing but these statuses
	counts   bool     // the counts by status, of statuses or all, are the count of all matches
	err      error
}

// walker makes the walk of a query. It implements search.Folder.
type walker struct {
	snapshot *pebble.Snapshot
	q        *search.Query
	oldest   bool
}

func (a walker) all() (walk, error) {
	w, some := search.Fold(a.q, a)
	if w.err != nil {
		return w, w.err
	}
	w.exact = (w.exact || !some) && len(a.q.Words()) == 0
	_, _, timed := a.q.Range("startTime")
	w.counts = w.exact && !timed && (w.statuses != nil || !some)
	words := gramsOf(a.q.Words())
	if w.cursor != nil && len(words) == 0 {
		return w, nil
	}
	l, err := a.leaf([]byte("xa"))
	switch {
	case err != nil:
		return a.fail(err, []walk{w}), err
	case len(words) == 0:
		w.cursor = l
	case w.cursor == nil:
		w.cursor = &signed{*l, words}
	default:
		w.cursor = &intersection{cursors: []cursor{w.cursor, &signed{*l, words}}}
	}
	return w, nil
}

// leaf walks the keys that begin with a prefix, within the start times that the query allows.
func (a walker) leaf(prefix []byte) (*leaf, error) {
	from, to := prefix, append(bytes.Clone(prefix), bytes.Repeat([]byte{0xff}, timeLength+1)...)
	if least, most, ok := a.q.Range("startTime"); ok && most >= 0 {
		from = binary.BigEndian.AppendUint64(bytes.Clone(prefix), ^uint64(most))
		if least > 0 {
			to = binary.BigEndian.AppendUint64(bytes.Clone(prefix), ^uint64(least-1))
		}
	}
	it, err := a.snapshot.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
	if err != nil {
		return nil, err
	}
	return &leaf{it: it, prefix: len(prefix), key: bytes.Clone(prefix), oldest: a.oldest}, nil
}

// Condition implements search.Folder.
func (a walker) Condition(c search.Condition) walk {
	switch c.Field {
	case "startTime":
		return walk{timed: true, exact: boundsAreKeys(c)}
	case "correlationId":
		return a.values('c', c, false)
	case "parentWorkflowId":
		return a.values('p', c, false)
	case "workflowType":
		return a.values('t', c, true)
	case "status":
		return a.values('s', c, true)
	}
	return walk{}
}

// boundsAreKeys reports whether a condition on the start time keeps exactly what lies within the query's bounds.
func boundsAreKeys(c search.Condition) bool {
	switch c.Op {
	case "=", "<", "<=", ">", ">=", "BETWEEN":
		return !slices.ContainsFunc(c.Values, func(v search.Value) bool {
			return v.Wild() || v.Number <= 0 || v.Number == math.MaxInt64 // bounds that keys do not have
		})
	}
	return false
}

// values walks the values of an index that fulfil a condition. few says that there are few values, every execution having one:
// then the condition may be any, and is tried on each of them.
func (a walker) values(kind byte, c search.Condition, few bool) (w walk) {
	var values []string
	plain := c.Op == "=" || c.Op == "IN"
	for _, v := range c.Values {
		plain = plain && !v.Wild() && v.Parts[0] != ""
	}
	switch {
	case plain:
		for _, v := range c.Values {
			values = append(values, v.Parts[0])
		}
		slices.Sort(values)
		values = slices.Compact(values)
	case few:
		all, err := a.distinct(kind)
		if err != nil {
			return walk{err: err}
		}
		values = slices.DeleteFunc(all, func(v string) bool { return !c.Holds(v) })
	default:
		return walk{}
	}
	u := &union{oldest: a.oldest}
	for _, v := range values {
		l, err := a.leaf(append(append([]byte{'x', kind}, v...), 0))
		if err != nil {
			return walk{err: errors.Join(err, u.close())}
		}
		u.cursors = append(u.cursors, l)
	}
	u.heads = make([]place, len(u.cursors))
	w = walk{cursor: u, exact: true}
	if len(u.cursors) == 1 {
		w.cursor = u.cursors[0]
	}
	if kind == 's' {
		w.statuses = append([]string{}, values...)
	}
	return w
}

// distinct returns the values of an index, leaping from one to the next.
func (a walker) distinct(kind byte) (values []string, err error) {
	it, err := a.snapshot.NewIter(&pebble.IterOptions{LowerBound: []byte{'x', kind}, UpperBound: []byte{'x', kind + 1}})
	if err != nil {
		return nil, err
	}
	for ok := it.First(); ok; {
		value := it.Key()[2:]
		value = value[:bytes.IndexByte(value, 0)]
		values = append(values, string(value))
		ok = it.SeekGE(append(append([]byte{'x', kind}, value...), 1))
	}
	return values, errors.Join(it.Error(), it.Close())
}

// All implements search.Folder.
func (a walker) All(parts []walk) walk {
	if len(parts) == 1 {
		return parts[0]
	}
	out := walk{exact: true}
	var known []cursor
	for _, p := range parts {
		if p.err != nil {
			return a.fail(p.err, parts)
		}
		out.exact, out.timed = out.exact && p.exact, out.timed || p.timed
		if p.cursor != nil {
			known = append(known, p.cursor)
		}
	}
	switch len(known) {
	case 0:
	case 1:
		out.cursor = known[0]
	default:
		out.cursor = &intersection{cursors: known}
	}
	return out
}

// Either implements search.Folder.
func (a walker) Either(parts []walk) walk {
	u := &union{oldest: a.oldest, heads: make([]place, len(parts))}
	exact := true
	for _, p := range parts {
		if p.err != nil || p.cursor == nil {
			return a.fail(p.err, parts)
		}
		exact = exact && p.exact && !p.timed
		u.cursors = append(u.cursors, p.cursor)
	}
	return walk{cursor: u, exact: exact}
}

// fail closes what was opened: the indexes cannot help here.
func (walker) fail(err error, parts []walk) walk {
	for _, p := range parts {
		if p.cursor != nil {
			err = errors.Join(err, p.cursor.close())
		}
	}
	return walk{err: err}
}
