package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
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

func indexKey(kind byte, value string, sum *workflow.Summary) []byte {
	key := append([]byte{'x', kind}, value...)
	if kind != 'a' {
		key = append(key, 0)
	}
	key = binary.BigEndian.AppendUint64(key, ^uint64(sum.StartTime))
	return append(key, sum.WorkflowID...)
}

func keysOf(sum *workflow.Summary) [][]byte {
	keys := [][]byte{
		indexKey('a', "", sum), indexKey('s', string(sum.Status), sum), indexKey('t', sum.WorkflowType, sum),
	}
	if sum.CorrelationID != "" {
		keys = append(keys, indexKey('c', sum.CorrelationID, sum))
	}
	if sum.ParentWorkflowID != "" {
		keys = append(keys, indexKey('p', sum.ParentWorkflowID, sum))
	}
	return keys
}

// index writes a search row and moves its index entries.
func (w *writer) index(before, after *workflow.Summary) {
	w.setJSON(w.k('s', after.WorkflowID), after)
	keys, old := keysOf(after), [][]byte(nil)
	if before != nil {
		old = keysOf(before)
		w.counts[before.Status]--
	}
	w.counts[after.Status]++
	has := func(keys [][]byte, key []byte) bool {
		return slices.ContainsFunc(keys, func(k []byte) bool { return bytes.Equal(k, key) })
	}
	for _, k := range old {
		if !has(keys, k) {
			w.delete(k)
		}
	}
	for _, k := range keys {
		if !has(old, k) {
			w.set(k, nil)
		}
	}
}

func (w *writer) unindex(sum *workflow.Summary) {
	w.counts[sum.Status]--
	for _, k := range keysOf(sum) {
		w.delete(k)
	}
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

// ranges returns the parts of the indexes that hold every match of a query.
func ranges(q *search.Query) [][2][]byte {
	by := func(kind byte, values []string) [][2][]byte {
		var out [][2][]byte
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
	return [][2][]byte{within(q, []byte("xa"), []byte("xb"))}
}

// within narrows a part of an index, whose keys begin with a prefix, to the start times that a query allows.
func within(q *search.Query, prefix, end []byte) [2][]byte {
	least, most, ok := q.Range("startTime")
	if !ok || most < 0 {
		return [2][]byte{prefix, end}
	}
	from := binary.BigEndian.AppendUint64(slices.Clone(prefix), ^uint64(most))
	if least <= 0 {
		return [2][]byte{from, end}
	}
	return [2][]byte{from, binary.BigEndian.AppendUint64(slices.Clone(prefix), ^uint64(least-1))}
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
		err := s.scan(part[0], part[1], func(k, _ []byte) (bool, error) {
			if total%1024 == 0 && ctx.Err() != nil {
				return false, ctx.Err()
			}
			sum, err := s.summaryAt(k)
			if err != nil || sum == nil || !q.Match(Row{sum}) {
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

func (s *Store) summaryAt(indexKey []byte) (*workflow.Summary, error) {
	// The id follows the 8 bytes of the time, which follow the 0 behind the value, or the two letters of the kind.
	at := 2
	if indexKey[1] != 'a' {
		at = 2 + slices.Index(indexKey[2:], 0) + 1
	}
	sum := &workflow.Summary{}
	b, closer, err := s.db.Get(append([]byte{'s'}, indexKey[at+timeLength:]...))
	if err != nil {
		return nil, nil //nolint:nilnil // removed between the two reads: no match
	}
	defer closer.Close() //nolint:errcheck // releases the block only
	return sum, json.Unmarshal(b, sum)
}

func (s *Store) searchIDs(q *search.Query, ids []string, start, size int) ([]*workflow.Summary, int64, error) {
	var found []*workflow.Summary
	for _, id := range ids {
		sum := &workflow.Summary{}
		err := s.getJSON(append([]byte{'s'}, id...), sum)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, 0, err
		case q.Match(Row{sum}):
			found = append(found, sum)
		}
	}
	return page(q, found, start, size), int64(len(found)), nil
}

func page(q *search.Query, found []*workflow.Summary, start, size int) []*workflow.Summary {
	slices.SortStableFunc(found, func(a, b *workflow.Summary) int { return q.Compare(Row{a}, Row{b}) })
	start = min(start, len(found))
	return found[start:min(start+size, len(found))]
}

// Row shows a search row to a query.
type Row struct{ *workflow.Summary }

// Field implements search.Row.
func (r Row) Field(name string) any {
	switch name {
	case "workflowId":
		return r.WorkflowID
	case "workflowType":
		return r.WorkflowType
	case "version":
		return int64(r.Version)
	case "status":
		return string(r.Status)
	case "correlationId":
		return r.CorrelationID
	case "startTime":
		return r.StartTime
	case "updateTime":
		return r.UpdateTime
	case "endTime":
		return r.EndTime
	case "input":
		return r.Input
	case "output":
		return r.Output
	case "executionTime":
		if r.EndTime == 0 {
			return int64(0)
		}
		return r.EndTime - r.StartTime
	case "failedReferenceTaskNames":
		return r.FailedReferenceTaskNames
	case "failedTaskNames":
		return r.FailedTaskNames
	case "priority":
		return int64(r.Priority)
	case "createdBy":
		return r.CreatedBy
	case "parentWorkflowId":
		return r.ParentWorkflowID
	case "event":
		return r.Event
	case "reasonForIncompletion":
		return r.ReasonForIncompletion
	}
	return nil
}

// Text implements search.Row.
func (r Row) Text() string {
	return r.WorkflowID + " " + r.WorkflowType + " " + r.CorrelationID + " " + string(r.Status) + " " + r.Input + " " +
		r.Output + " " + r.ReasonForIncompletion
}
