package redis

import "context"

// Codes of operations; see apply.lua.
const (
	opReady  = "R"
	opBack   = "B"
	opFlying = "F"
	opKeep   = "K"
	opGone   = "D"
	opUndo   = "U"
	opPass   = "P"
	opLeave  = "L"
)

// note is an operation that is not about a task of this node.
type note struct{ code, member, domain string }

const (
	maxBatch = 500 // operations in one script
	maxKinds = 32  // scripts in one pipeline
)

// mark has Redis told of an entry. Without Redis only those are noted of which it has heard: resync finds the others.
func (q *Queue) mark(e *entry) {
	if !e.has(marked|void) && (!q.down || e.has(there)) {
		e.flags |= marked
		e.line.kind.dirty = append(e.line.kind.dirty, e)
		q.enqueue(e.line.kind)
	}
}

// note has Redis told of something else; nobody needs that when Redis has been away.
func (q *Queue) note(k *kind, n note) {
	if !q.down {
		k.notes = append(k.notes, n)
		q.enqueue(k)
	}
}

// say sends a message to all nodes, this one included; nobody needs it when Redis is away.
func (q *Queue) say(message string) {
	if !q.down {
		q.said = append(q.said, message)
		q.wakeWriter()
	}
}

func (q *Queue) enqueue(k *kind) {
	if !k.queued {
		k.queued = true
		q.dirty = append(q.dirty, k)
	}
	q.wakeWriter()
}

func (q *Queue) wakeWriter() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// batch is what one script applies.
type batch struct {
	kind    *kind
	ops     []any
	entries []*entry
	kept    bool
}

// write tells Redis what has changed, one pipeline after the other: what changes meanwhile gathers for the next.
func (q *Queue) write() {
	for {
		select {
		case <-q.wake:
		case <-q.ctx.Done():
			return
		}
		for q.ctx.Err() == nil && q.flush(q.ctx) {
		}
	}
}

// flush writes one pipeline; it reports whether there was something to write, and it was written.
func (q *Queue) flush(ctx context.Context) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.down {
		return false
	}
	batches, said := q.gather(), q.said
	if q.said = nil; len(batches)+len(said) == 0 {
		return false
	}
	q.writing = true
	q.mu.Unlock()
	err := q.apply(ctx, batches, said)
	q.mu.Lock()
	q.writing = false
	for _, b := range batches {
		for _, e := range b.entries {
			if err != nil {
				q.mark(e)
			} else {
				q.wrote(e, b.kept)
			}
		}
	}
	if err != nil {
		q.fail(err)
	}
	return err == nil
}

// gather takes what the next pipeline is to tell.
func (q *Queue) gather() []*batch {
	var out []*batch
	for len(out) < maxKinds && len(q.dirty) > 0 {
		k := q.dirty[0]
		q.dirty = q.dirty[1:]
		b := &batch{kind: k, kept: k.kept}
		for _, n := range k.notes {
			b.ops = append(b.ops, n.code, n.member, n.domain, "")
		}
		k.notes = nil
		n := min(len(k.dirty), maxBatch)
		for _, e := range k.dirty[:n] {
			e.flags &^= marked
			if !e.has(void) {
				b.ops = append(b.ops, e.code(), member(e.item()), e.line.domain, e.rank)
				b.entries = append(b.entries, e)
				e.flags |= there
			}
		}
		clear(k.dirty[:n])
		if k.dirty = k.dirty[n:]; len(k.dirty) > 0 {
			q.dirty = append(q.dirty, k)
		} else {
			k.queued, k.dirty = false, nil
		}
		if len(b.ops) > 0 {
			out = append(out, b)
		}
	}
	return out
}

// code is the operation that brings Redis to the state of an entry.
func (e *entry) code() string {
	switch {
	case e.state == ready && e.has(back):
		return opBack
	case e.state == ready:
		return opReady
	case e.state != gone && e.line.kind.kept:
		return opFlying
	default:
		return opGone // of tasks in flight that no limit counts Redis need not know
	}
}

// wrote notes that Redis has been told of an entry. What has changed since is told again.
func (q *Queue) wrote(e *entry, kept bool) {
	if e.has(marked | void) {
		return
	}
	e.flags &^= back
	if e.state == gone || e.state != ready && !kept {
		e.flags &^= there
	}
	if e.state == gone && q.tasks[e.key()] == e {
		delete(q.tasks, e.key())
	}
}

// renew extends the leases of what is in flight.
func (q *Queue) renew() {
	for _, k := range q.kinds {
		if !k.kept {
			continue
		}
		for e := range k.away {
			if e.state == flying {
				q.note(k, note{opKeep, member(e.item()), e.line.domain})
			}
		}
	}
}

// leave tells Redis what it has not been told yet, and the other nodes that this one has gone.
func (q *Queue) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	q.mu.Lock()
	for _, l := range q.lines {
		if l.covered {
			q.note(l.kind, note{opLeave, q.id, l.domain})
		}
	}
	q.say("b\x00" + q.id)
	q.mu.Unlock()
	for q.flush(ctx) {
	}
}
