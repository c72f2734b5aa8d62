package embedded

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded/block"
	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// The parts of an execution. Task records, which a number follows, come last: the others are read without them.
const (
	header    = 'h'
	payloads  = "ivo" // input, variables, output
	searchRow = 's'
	record    = 'z'
)

// writer puts changes into a batch and keeps the first error.
type writer struct {
	b     *pebble.Batch
	key   []byte
	value []byte
	notes []note // for the search index
	usage added
	err   error
}

var writers = sync.Pool{New: func() any { return &writer{} }}

func newWriter(b *pebble.Batch) *writer {
	w := writers.Get().(*writer) //nolint:forcetypeassert // the pool holds nothing else
	w.b = b
	return w
}

// keepBuffer is the largest buffer that goes back to the pool; a rare giant must not stay in memory.
const keepBuffer = 1 << 20

// free gives the writer's buffers to the next one.
func (w *writer) free() {
	if cap(w.value) <= keepBuffer {
		clear(w.notes)
		w.notes = w.notes[:0]
		w.b, w.err, w.usage = nil, nil, added{}
		writers.Put(w)
	}
}

func (w *writer) set(key, value []byte) {
	if err := w.b.Set(key, value, nil); err != nil && w.err == nil {
		w.err = err
	}
}

func (w *writer) setJSON(key []byte, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.set(key, b)
}

// setRow writes a struct in the form of package wire.
func (w *writer) setRow(key []byte, v wire.Fielder) {
	var err error
	if w.value, err = wire.Append(w.value[:0], v); err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.set(key, w.value)
}

func (w *writer) delete(key []byte) {
	if err := w.b.Delete(key, nil); err != nil && w.err == nil {
		w.err = err
	}
}

// k builds a key in the writer's buffer; it is valid until the next call.
func (w *writer) k(kind byte, id string) []byte {
	w.key = append(append(w.key[:0], kind), id...)
	return w.key
}

// part builds the key of a part of an execution.
func (w *writer) part(id string, kind byte) []byte {
	w.key = append(append(append(w.key[:0], 'w'), id...), 0, kind)
	return w.key
}

// task builds the key of a task record.
func (w *writer) task(id string, seq int) []byte {
	w.key = binary.BigEndian.AppendUint32(w.part(id, record), uint32(seq))
	return w.key
}

// work builds the key of what is outstanding for a task.
func (w *writer) work(id string, seq int) []byte {
	w.key = append(append(append(w.key[:0], 'a'), id...), 0)
	w.key = binary.BigEndian.AppendUint32(w.key, uint32(seq))
	return w.key
}

func (w *writer) change(c *store.Change) {
	w.usage.add(c)
	if c.Plan != nil && c.Header != nil {
		w.set(w.k('p', c.Header.Plan), c.Plan)
	}
	if c.Header != nil {
		w.setRow(w.part(c.ID, header), c.Header)
	}
	for i, p := range [...]*workflow.Payload{c.Input, c.Variables, c.Output} {
		if p != nil {
			w.set(w.part(c.ID, payloads[i]), *p)
		}
	}
	if c.Summary != nil {
		w.setRow(w.part(c.ID, searchRow), (*block.Row)(c.Summary))
	}
	for _, t := range c.Deleted {
		w.delete(w.task(c.ID, t.Seq))
	}
	for _, t := range c.Tasks {
		w.value = frame(w.value[:0], t)
		w.set(w.task(c.ID, t.Seq), w.value)
	}
	for _, t := range c.Deleted {
		w.delete(w.k('k', t.ID))
		w.delete(w.work(c.ID, t.Seq))
	}
	for _, t := range c.Tasks {
		if t.New {
			w.value = binary.BigEndian.AppendUint32(append(append(w.value[:0], c.ID...), 0), uint32(t.Seq))
			w.set(w.k('k', t.ID), w.value)
		}
	}
	for i := range c.Work {
		k := &c.Work[i]
		if k.Kind == decide.NoWork && k.Picked == nil {
			w.delete(w.work(c.ID, k.Seq))
		} else {
			w.setRow(w.work(c.ID, k.Seq), k)
		}
	}
	if c.Own != nil {
		if c.Own.Any() {
			w.setRow(w.work(c.ID, 0), c.Own)
		} else {
			w.delete(w.work(c.ID, 0))
		}
	}
	if c.Summary != nil {
		w.index(c.Before, c.Summary)
	}
}

// frame appends a task row: the id, the record, its input and its output, each behind its length.
func frame(b []byte, t store.Row) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(t.ID))), t.ID...)
	for _, part := range [...][]byte{t.Task, t.Input, t.Output} {
		b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
	}
	return b
}

// unframe takes a task row apart. The parts lie in b.
func unframe(b []byte) (id []byte, r store.Row, err error) {
	for _, part := range [...]*[]byte{&id, &r.Task, (*[]byte)(&r.Input), (*[]byte)(&r.Output)} {
		n, k := binary.Uvarint(b)
		if k <= 0 || uint64(len(b)-k) < n {
			return nil, r, errors.New("task row is damaged")
		}
		if n > 0 {
			end := k + int(n)
			*part = b[k:end:end]
		}
		b = b[k+int(n):]
	}
	return id, r, nil
}

// remove deletes all rows of an execution that are on disk; its logs go with its tasks.
func (s *Store) remove(w *writer, id string) {
	lower, upper := bounds('w', id)
	err := s.scan(lower, upper, func(k, v []byte) (bool, error) {
		switch k[len(lower)] {
		case searchRow:
			var row block.Row
			if err := wire.Decode(v, &row); err != nil {
				return false, err
			}
			w.notes = append(w.notes, note{place: placeOf((*workflow.Summary)(&row))})
		case record:
			task, _, err := unframe(v)
			if err != nil {
				return false, err
			}
			w.delete(prefixed('k', task))
			return true, w.b.DeleteRange(prefixed('l', task, 0), prefixed('l', task, 1), nil)
		}
		return true, nil
	})
	w.err = errors.Join(w.err, err, w.b.DeleteRange(lower, upper, nil))
	lower, upper = bounds('a', id)
	w.err = errors.Join(w.err, w.b.DeleteRange(lower, upper, nil))
}

// prefixed builds a key of a kind, an id and what follows it.
func prefixed[T ~string | ~[]byte](kind byte, id T, after ...byte) []byte {
	return append(append([]byte{kind}, id...), after...)
}

// bounds are the keys of a kind that belong to an id.
func bounds(kind byte, id string) (lower, upper []byte) {
	return prefixed(kind, id, 0), prefixed(kind, id, 1)
}
