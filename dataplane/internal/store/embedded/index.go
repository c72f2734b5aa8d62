package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// The search rows have indexes whose keys end in the inverted start time and the id:
//
//	xa                    every execution
//	xs status 0           by status
//	xt workflowType 0     by definition
//	xc correlationId 0    by correlation id
//	xp parent 0           by parent
//
// A search walks the narrowest index that its query allows and matches the rows there.

// indexes are the kinds of index entries.
const indexes = "astcp"

// indexed returns the value that an execution has in an index; ok is false when it has no entry there.
func indexed(kind byte, sum *workflow.Summary) (value string, ok bool) {
	switch kind {
	case 's':
		return string(sum.Status), true
	case 't':
		return sum.WorkflowType, true
	case 'c':
		return sum.CorrelationID, sum.CorrelationID != ""
	case 'p':
		return sum.ParentWorkflowID, sum.ParentWorkflowID != ""
	}
	return "", true
}

// x builds the key of an index entry in the writer's buffer; it is valid until the next call.
func (w *writer) x(kind byte, value string, sum *workflow.Summary) []byte {
	w.key = append(append(w.key[:0], 'x', kind), value...)
	if kind != 'a' {
		w.key = append(w.key, 0)
	}
	w.key = binary.BigEndian.AppendUint64(w.key, ^uint64(sum.StartTime))
	w.key = append(w.key, sum.WorkflowID...)
	return w.key
}

// index moves the index entries of a search row.
func (w *writer) index(before, after *workflow.Summary) {
	if before != nil {
		w.counts[before.Status]--
	}
	w.counts[after.Status]++
	for i := range len(indexes) {
		value, ok := indexed(indexes[i], after)
		if before != nil {
			old, had := indexed(indexes[i], before)
			if had && ok && old == value && before.StartTime == after.StartTime {
				continue
			}
			if had {
				w.delete(w.x(indexes[i], old, before))
			}
		}
		if ok {
			w.set(w.x(indexes[i], value, after), nil)
		}
	}
}

func (w *writer) unindex(sum *workflow.Summary) {
	w.counts[sum.Status]--
	for i := range len(indexes) {
		if value, ok := indexed(indexes[i], sum); ok {
			w.delete(w.x(indexes[i], value, sum))
		}
	}
}

// summary is a search row as it is stored.
type summary workflow.Summary

// Fields implements wire.Fielder.
func (r *summary) Fields(c *wire.Codec) {
	wire.Text(c, 1, &r.WorkflowType)
	wire.Int(c, 2, &r.Version)
	wire.Text(c, 3, &r.WorkflowID)
	wire.Text(c, 4, &r.CorrelationID)
	wire.Int(c, 5, &r.StartTime)
	wire.Int(c, 6, &r.UpdateTime)
	wire.Int(c, 7, &r.EndTime)
	wire.Text(c, 8, &r.Status)
	wire.Text(c, 9, &r.Input)
	wire.Text(c, 10, &r.Output)
	wire.Text(c, 11, &r.ReasonForIncompletion)
	wire.Text(c, 12, &r.Event)
	wire.Texts(c, 13, &r.FailedReferenceTaskNames)
	wire.Texts(c, 14, &r.FailedTaskNames)
	wire.Int(c, 15, &r.Priority)
	wire.Text(c, 16, &r.ParentWorkflowID)
	wire.Text(c, 17, &r.CreatedBy)
	wire.Text(c, 18, &r.IdempotencyKey)
}

// apply writes a batch and adds to the counts by status, once they are kept. Both go together, or whoever counts for the
// first time in between would count twice.
func (s *Store) apply(b *pebble.Batch, delta map[workflow.Status]int64, n added) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.meter.count(b, n); err != nil {
		return err
	}
	if err := s.db.ApplyNoSyncWait(b, pebble.Sync); err != nil || s.counts == nil {
		return err
	}
	for st, n := range delta {
		s.counts[st] += n
	}
	return nil
}

// Counts implements store.Store. The first call counts the index; from then on the counts are kept.
func (s *Store) Counts(context.Context) (map[workflow.Status]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		counts := map[workflow.Status]int64{}
		err := s.scan([]byte("xs"), []byte("xt"), func(k, _ []byte) (bool, error) {
			end := slices.Index(k, 0)
			counts[workflow.Status(k[2:end])]++
			return true, nil
		})
		if err != nil {
			return nil, err
		}
		s.counts = counts
	}
	out := maps.Clone(s.counts)
	maps.DeleteFunc(out, func(_ workflow.Status, n int64) bool { return n == 0 })
	return out, nil
}

// part is a part of an index: keys that begin alike.
type part struct {
	from, to []byte
	prefix   int // length of the beginning, which the start time follows
}

// plan is how a query is answered.
type plan struct {
	parts   []part   // they hold every match
	decided bool     // and nothing but matches
	counted []string // statuses whose counts are the count of all matches
	all     bool     // all counts together are
}

func planOf(q *search.Query) plan {
	p := plan{}
	for _, f := range []struct {
		field string
		kind  byte
	}{{"correlationId", 'c'}, {"parentWorkflowId", 'p'}, {"status", 's'}, {"workflowType", 't'}} {
		values, ok := q.Equals(f.field)
		if !ok || slices.Contains(values, "") {
			continue
		}
		for _, v := range values {
			prefix := append(append([]byte{'x', f.kind}, v...), 0)
			p.parts = append(p.parts, within(q, prefix, append(prefix[:len(prefix)-1:len(prefix)-1], 1)))
		}
		p.decided = decidedBy(q, f.field)
		if _, _, timed := q.Range("startTime"); p.decided && !timed && f.kind == 's' {
			p.counted = values
		}
		return p
	}
	_, _, timed := q.Range("startTime")
	p.parts = []part{within(q, []byte("xa"), []byte("xb"))}
	p.decided = decidedBy(q, "")
	p.all = p.decided && !timed
	return p
}

// within narrows a part of an index, whose keys begin with a prefix, to the start times that a query allows.
func within(q *search.Query, prefix, end []byte) part {
	least, most, ok := q.Range("startTime")
	if !ok || most < 0 {
		return part{prefix, end, len(prefix)}
	}
	from := binary.BigEndian.AppendUint64(slices.Clone(prefix), ^uint64(most))
	if least <= 0 {
		return part{from, end, len(prefix)}
	}
	return part{from, binary.BigEndian.AppendUint64(slices.Clone(prefix), ^uint64(least-1)), len(prefix)}
}

// decided reports whether a query is about nothing but the values of a field and start times, which keys tell. It implements
// search.Folder.
type decided struct{ field string }

func decidedBy(q *search.Query, field string) bool {
	yes, some := search.Fold(q, decided{field})
	return (yes || !some) && len(q.Words()) == 0
}

// Condition implements search.Folder.
func (d decided) Condition(c search.Condition) bool {
	if slices.ContainsFunc(c.Values, search.Value.Wild) {
		return false
	}
	switch c.Op {
	case "=":
	case "IN":
		return c.Field == d.field
	case "<", "<=", ">", ">=", "BETWEEN":
		if c.Field != "startTime" {
			return false
		}
	default:
		return false
	}
	return c.Field == d.field || c.Field == "startTime" && !slices.ContainsFunc(c.Values, func(v search.Value) bool {
		return v.Number <= 0 || v.Number == math.MaxInt64 // bounds that keys do not have
	})
}

// All implements search.Folder.
func (d decided) All(parts []bool) bool { return !slices.Contains(parts, false) }

// Either implements search.Folder.
func (d decided) Either([]bool) bool { return false }

// counted is how many matches behind a page are counted. Without end, a search would read every row for each page.
const counted = 10_000

// Search implements store.Store. With the newest first, the count of all matches is exact for up to 10,000 matches behind the
// page, and for queries that ask for nothing but a status; otherwise it is the least that there are. In any other
// order all matches are read.
func (s *Store) Search(ctx context.Context, q *search.Query, start, size int) ([]*workflow.Summary, int64, error) {
	if ids, ok := q.Equals("workflowId"); ok {
		return s.searchIDs(q, ids, start, size)
	}
	p := planOf(q)
	newest := q.NewestFirst()
	single := newest && len(p.parts) == 1 // what comes before the page need not be kept
	need, most := start+size, start+size+counted
	if p.all || p.counted != nil {
		most = need
	}
	var found []*workflow.Summary
	var total int64
	for _, part := range p.parts {
		n := 0
		read := 0
		err := s.scan(part.from, part.to, func(k, _ []byte) (bool, error) {
			if read++; read%1024 == 0 && ctx.Err() != nil {
				return false, ctx.Err()
			}
			if newest && n >= most {
				return false, nil
			}
			keep := !newest || n < need && (!single || n >= start)
			if p.decided && !keep {
				n++
				return true, nil
			}
			sum, err := s.summaryAt(k, part.prefix)
			if err != nil || sum == nil || !q.Match(search.Execution{Summary: sum}) {
				return true, err
			}
			n++
			if keep {
				found = append(found, sum)
			}
			return true, nil
		})
		if err != nil {
			return nil, 0, err
		}
		total += int64(n)
	}
	if p.all || p.counted != nil {
		var err error
		if total, err = s.count(ctx, p.counted); err != nil {
			return nil, 0, err
		}
	}
	if single {
		return found, total, nil
	}
	return page(q, found, start, size), total, nil
}

// count is the number of executions with one of the statuses; nil: with any.
func (s *Store) count(ctx context.Context, statuses []string) (total int64, err error) {
	counts, err := s.Counts(ctx)
	for status, n := range counts {
		if statuses == nil || slices.Contains(statuses, string(status)) {
			total += n
		}
	}
	return total, err
}

// timeLength is the length of the inverted start time in an index key.
const timeLength = 8

// summaryAt reads the search row of an index key, whose id follows the kind and the value, and the time.
func (s *Store) summaryAt(indexKey []byte, prefix int) (*workflow.Summary, error) {
	sum := &workflow.Summary{}
	err := s.getRow(prefixed('w', indexKey[min(prefix+timeLength, len(indexKey)):], 0, searchRow), (*summary)(sum))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // removed between the two reads: no match
	}
	return sum, err
}

func (s *Store) searchIDs(q *search.Query, ids []string, start, size int) ([]*workflow.Summary, int64, error) {
	var found []*workflow.Summary
	for _, id := range ids {
		sum := &workflow.Summary{}
		err := s.getRow(prefixed('w', id, 0, searchRow), (*summary)(sum))
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, 0, err
		case q.Match(search.Execution{Summary: sum}):
			found = append(found, sum)
		}
	}
	return page(q, found, start, size), int64(len(found)), nil
}

func page(q *search.Query, found []*workflow.Summary, start, size int) []*workflow.Summary {
	slices.SortStableFunc(found, func(a, b *workflow.Summary) int {
		return q.Compare(search.Execution{Summary: a}, search.Execution{Summary: b})
	})
	start = min(start, len(found))
	return found[start:min(start+size, len(found))]
}
