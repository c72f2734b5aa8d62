package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Load implements store.Store.
func (s *Store) Load(_ context.Context, id string, withTasks bool) (*store.Record, error) {
	r := &store.Record{Picked: map[int]store.Picked{}}
	lower, upper := bounds('w', id)
	kind := len(lower)
	if !withTasks {
		upper = append(bytes.Clone(lower), record)
	}
	err := s.scan(lower, upper, func(k, v []byte) (bool, error) {
		switch k[kind] {
		case header:
			return true, wire.Decode(v, &r.Header)
		case payloads[0]:
			r.Input = bytes.Clone(v)
		case payloads[1]:
			r.Variables = bytes.Clone(v)
		case payloads[2]:
			r.Output = bytes.Clone(v)
		case record:
			_, row, err := unframe(bytes.Clone(v))
			row.Seq = int(binary.BigEndian.Uint32(k[kind+1:]))
			r.Tasks = append(r.Tasks, row)
			return true, err
		}
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	}
	if r.Header.ID == "" {
		return nil, store.ErrNotFound
	}
	if r.Plan, err = s.get(prefixed('p', r.Header.Plan)); err != nil {
		return nil, fmt.Errorf("definition of %s: %w", id, err)
	}
	if !withTasks {
		return r, nil
	}
	lower, upper = bounds('a', id)
	err = s.scan(lower, upper, func(k, v []byte) (bool, error) {
		seq := int(binary.BigEndian.Uint32(k[len(k)-4:]))
		if seq == 0 {
			return true, nil
		}
		var w store.Work
		err := wire.Decode(v, &w)
		if err == nil && w.Picked != nil {
			r.Picked[seq] = *w.Picked
		}
		return true, err
	})
	return r, err
}

// FindTask implements store.Store.
func (s *Store) FindTask(_ context.Context, taskID string) (string, int, error) {
	v, err := s.get(prefixed('k', taskID))
	if err != nil {
		return "", 0, err
	}
	n := len(v) - 5
	return string(v[:n]), int(binary.BigEndian.Uint32(v[n+1:])), nil
}

// Outstanding implements store.Store.
func (s *Store) Outstanding(_ context.Context, slots []int, f func(string, *store.Work, *decide.Outstanding) error) error {
	return s.outstanding([]byte{'a'}, []byte{'b'}, func(id string, work *store.Work, own *decide.Outstanding) error {
		if slots != nil && !slices.Contains(slots, home.Slot(id)) {
			return nil
		}
		return f(id, work, own)
	})
}

// outstanding decodes the rows of outstanding work between two keys.
func (s *Store) outstanding(lower, upper []byte, f func(string, *store.Work, *decide.Outstanding) error) error {
	return s.scan(lower, upper, func(k, v []byte) (bool, error) {
		id := string(k[1 : len(k)-5])
		if binary.BigEndian.Uint32(k[len(k)-4:]) == 0 {
			var own decide.Outstanding
			if err := wire.Decode(v, &own); err != nil {
				return false, fmt.Errorf("outstanding of %s: %w", id, err)
			}
			return true, f(id, nil, &own)
		}
		var w store.Work
		if err := wire.Decode(v, &w); err != nil {
			return false, fmt.Errorf("outstanding of %s: %w", id, err)
		}
		return true, f(id, &w, nil)
	})
}

// AddLogs implements store.Store.
func (s *Store) AddLogs(_ context.Context, taskID string, logs []workflow.TaskLog) error {
	b := s.db.NewBatch()
	defer b.Close() //nolint:errcheck // closing a batch only returns its memory
	w := newWriter(b)
	defer w.free()
	for _, l := range logs {
		key := prefixed('l', taskID, 0)
		key = binary.BigEndian.AppendUint64(key, uint64(l.CreatedTime))
		key = binary.BigEndian.AppendUint64(key, s.logSeq.Add(1))
		w.setJSON(key, l)
	}
	if w.err != nil {
		return w.err
	}
	return b.Commit(nil)
}

// Logs implements store.Store.
func (s *Store) Logs(_ context.Context, taskID string) ([]workflow.TaskLog, error) {
	lower, upper := bounds('l', taskID)
	var out []workflow.TaskLog
	err := s.scan(lower, upper, func(_, v []byte) (bool, error) {
		var l workflow.TaskLog
		err := json.Unmarshal(v, &l)
		out = append(out, l)
		return true, err
	})
	return out, err
}
