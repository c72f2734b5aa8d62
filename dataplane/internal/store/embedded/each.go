package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Snapshot implements store.Store. What is deleted meanwhile takes up its place until f returns.
func (s *Store) Snapshot(_ context.Context, f func(store.View) error) (err error) {
	snapshot := s.db.NewSnapshot()
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	return f(&Store{db: s.db, read: snapshot, broken: s.broken})
}

// Clear implements store.Store.
func (s *Store) Clear(context.Context) error {
	s.lockAtRest()
	defer s.mu.Unlock()
	b := s.db.NewBatch()
	for _, kinds := range [][2]byte{{0, 'u'}, {'u' + 1, 0xff}} {
		if err := b.DeleteRange([]byte{kinds[0]}, []byte{kinds[1]}, nil); err != nil {
			return errors.Join(fmt.Errorf("clear: %w", err), b.Close())
		}
	}
	if err := errors.Join(b.Set([]byte("xv"), []byte(indexVersion), nil), b.Set(formatKey, formatValue(), nil)); err != nil {
		return errors.Join(fmt.Errorf("clear: %w", err), b.Close())
	}
	if err := s.written(b.Commit(pebble.Sync)); err != nil {
		return fmt.Errorf("clear: %w", err)
	}
	s.index.blocks, s.index.fresh, s.index.bytes = nil, map[place]entry{}, 0
	return b.Close()
}

// Each implements store.View.
func (s *Store) Each(ctx context.Context, f func(*store.Change, map[string][]workflow.TaskLog) error) error {
	return s.scan([]byte{'w'}, []byte{'x'}, func(k, _ []byte) (bool, error) {
		end := bytes.IndexByte(k, 0) // ids hold none
		if !bytes.Equal(k[end:], []byte{0, header}) {
			return true, nil // another part of an execution
		}
		id := string(k[1:end])
		c, logs, err := s.whole(ctx, id)
		if err != nil {
			return false, fmt.Errorf("read %s: %w", id, err)
		}
		return true, f(c, logs)
	})
}

// whole reads all that there is of an execution.
func (s *Store) whole(ctx context.Context, id string) (*store.Change, map[string][]workflow.TaskLog, error) {
	r, err := s.Load(ctx, id, true)
	if err != nil {
		return nil, nil, err
	}
	c := &store.Change{
		ID: id, Header: &r.Header, Input: &r.Input, Variables: &r.Variables, Output: &r.Output, Plan: r.Plan, Tasks: r.Tasks,
	}
	logs := map[string][]workflow.TaskLog{}
	lower, upper := bounds('w', id)
	i := 0
	err = s.scan(append(lower, record), upper, func(_, v []byte) (bool, error) {
		taskID, _, err := unframe(v)
		if err != nil {
			return false, err
		}
		c.Tasks[i].ID = string(taskID)
		i++
		lines, err := s.Logs(ctx, string(taskID))
		if lines != nil {
			logs[string(taskID)] = lines
		}
		return true, err
	})
	if err != nil {
		return nil, nil, err
	}
	lower, upper = bounds('a', id)
	err = s.outstanding(lower, upper, func(_ string, w *store.Work, own *decide.Outstanding) error {
		if own != nil {
			c.Own = own
		} else {
			c.Work = append(c.Work, *w)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	c.Summary, err = s.summary(id)
	return c, logs, err
}
