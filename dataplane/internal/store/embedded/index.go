package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"maps"
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
func (s *Store) apply(b *pebble.Batch, delta map[workflow.Status]int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
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

// span is a part of an index: its keys, and how long what stands before the time in them is.
type span struct {
	from, to []byte
	prefix   int
}

// ranges returns the parts of the indexes that hold every match of a query.
func ranges(q *search.Query) []span {
	by := func(kind byte, values []string) []span {
		var out []span
		for _, v := range values {
			prefix := append(append([]byte{'x', kind}, v...), 0)
			out = append(out, within(q, prefix, append(prefix[:len(prefix)-1:len(prefix)-1], 1)))
		}
		return out
	}
	for _, f := range []struct {
		field string
		kind  byte
	}{{"correlationId", 'c'}, {"parentWorkflowId", 'p'}, {"status", 's'}, {"workflowType", 't'}} {
		values, ok := q.Equals(f.field)
		if ok && !slices.Contains(values, "") {
			return by(f.kind, values)
		}
	}
	return []span{within(q, []byte("xa"), []byte("xb"))}
}

// within narrows a part of an index, whose keys begin with a prefix, to the start times that a query allows.
func within(q *search.Query, prefix, end []byte) span {
	part := span{prefix, end, len(prefix)}
	least, most, ok := q.Range("startTime")
	if !ok || most < 0 {
		return part
	}
	part.from = binary.BigEndian.AppendUint64(slices.Clone(prefix), ^uint64(most))
	if least > 0 {
		part.to = binary.BigEndian.AppendUint64(slices.Clone(prefix), ^uint64(least-1))
	}
	return part
}

// Search implements store.Store.
func (s *Store) Search(ctx context.Context, q *search.Query, start, size int) ([]*workflow.Summary, int64, error) {
	if ids, ok := q.Equals("workflowId"); ok {
		return s.searchIDs(q, ids, start, size)
	}
	parts := ranges(q)
	newestFirst := q.NewestFirst() && len(parts) == 1
	var found []*workflow.Summary
	var total int64
	for _, part := range parts {
		err := s.scan(part.from, part.to, func(k, _ []byte) (bool, error) {
			if total%1024 == 0 && ctx.Err() != nil {
				return false, ctx.Err()
			}
			sum, err := s.summaryAt(k, part.prefix)
			if err != nil || sum == nil || !q.Match(search.Execution{Summary: sum}) {
				return true, err
			}
			total++
			if !newestFirst || total > int64(start) && len(found) < size {
				found = append(found, sum)
			}
			return true, nil
		})
		if err != nil {
			return nil, 0, err
		}
	}
	if newestFirst {
		return found, total, nil
	}
	return page(q, found, start, size), total, nil
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
