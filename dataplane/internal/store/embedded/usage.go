package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// Kinds of rows of usage.
const (
	usageCounts  = 'c' // executions, tasks
	usageStorage = 's' // bytes
)

// added is what a batch adds to the usage.
type added struct{ executions, tasks int64 }

func (n *added) add(c *store.Change) {
	executions, tasks := c.Counted()
	n.executions += executions
	n.tasks += tasks
}

// meter counts the usage of today. Each batch carries the whole count so far, so the row is right whenever the batch is there.
type meter struct {
	epoch   string
	day     int64
	sum     added
	storage int64
}

// turn begins a new day. A day that comes again, as the clock was put back, would begin its count anew: its rows get another
// epoch.
func (m *meter) turn(day int64) {
	if day < m.day {
		m.epoch += "-"
	}
	if day != m.day {
		m.day, m.sum, m.storage = day, added{}, 0
	}
}

func (m *meter) count(b *pebble.Batch, n added) error {
	if n == (added{}) {
		return nil
	}
	m.turn(store.Day(time.Now()))
	m.sum.executions += n.executions
	m.sum.tasks += n.tasks
	value := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(m.sum.executions)), uint64(m.sum.tasks))
	return b.Set(m.key(usageCounts), value, nil)
}

func (m *meter) key(kind byte) []byte {
	return append(append(usageDay(m.day), m.epoch...), 0, kind)
}

func usageDay(day int64) []byte { return binary.BigEndian.AppendUint32([]byte{'u'}, uint32(day)) }

// forgetUsage deletes the usage of days that are long past.
func (s *Store) forgetUsage() error {
	return s.db.DeleteRange(usageDay(0), usageDay(store.Day(time.Now())-store.UsageDays), pebble.NoSync)
}

// Measure implements store.Store.
func (s *Store) Measure(_ context.Context, beside int64) (err error) {
	defer s.broken.recover(&err)
	bytes := int64(s.db.Metrics().DiskSpaceUsage()) + beside
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meter.turn(store.Day(time.Now()))
	if bytes <= s.meter.storage {
		return nil
	}
	s.meter.storage = bytes
	if err := s.written(s.db.Set(s.meter.key(usageStorage), binary.AppendUvarint(nil, uint64(bytes)), pebble.NoSync)); err != nil {
		return fmt.Errorf("note usage: %w", err)
	}
	return nil
}

// Usage implements store.Store.
func (s *Store) Usage(context.Context) (all []store.Usage, err error) {
	defer s.broken.recover(&err)
	err = s.scan([]byte{'u'}, []byte{'v'}, func(k, v []byte) (bool, error) {
		end := len(k) - 2
		if end < 5 || k[end] != 0 {
			return false, errors.New("usage row is damaged")
		}
		row := store.Usage{Day: int64(binary.BigEndian.Uint32(k[1:5])), Epoch: string(k[5:end])}
		if n := len(all); n > 0 && all[n-1].Day == row.Day && all[n-1].Epoch == row.Epoch {
			row, all = all[n-1], all[:n-1]
		}
		first, size := binary.Uvarint(v)
		switch k[end+1] {
		case usageCounts:
			second, _ := binary.Uvarint(v[max(size, 0):])
			row.Executions, row.Tasks = int64(first), int64(second)
		case usageStorage:
			row.StorageBytes = int64(first)
		}
		all = append(all, row)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	// What is told must not be lost by a crash: it would be counted, and then counted again with what is done again.
	if err := s.written(s.db.LogData(nil, pebble.Sync)); err != nil {
		return nil, fmt.Errorf("read usage: %w", err)
	}
	return slices.Clip(all), nil
}
