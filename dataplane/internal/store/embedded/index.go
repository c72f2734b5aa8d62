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
//	xa                    every execution, with the signature of its text
//	xs status 0           by status
//	xt workflowType 0     by definition
//	xc correlationId 0    by correlation id
//	xp parent 0           by parent
//
// A search walks those that its query names, together; see [cursor].

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
			switch {
			case !had:
			case !ok || old != value || before.StartTime != after.StartTime:
				w.delete(w.x(indexes[i], old, before))
			case indexes[i] != 'a': // the text may have changed
				continue
			}
		}
		switch {
		case indexes[i] == 'a':
			w.text = signature(w.text, after)
			w.set(w.x('a', "", after), w.text)
		case ok:
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
