package redis

import (
	"context"
	"time"
)

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

// mark has Redis told of an entry, in the order of the marks. Without Redis only those are noted of which it has heard: resync finds the others.
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
		q.wakeWriter()
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
		q.wakeWriter()
	}
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
	var due <-chan time.Time
	for {
		select {
		case <-q.wake:
		case <-due:
		case <-q.ctx.Done():
			return
		}
		due = nil
		for more := true; more && q.ctx.Err() == nil; {
			var later bool
			if more, later = q.flush(q.ctx); later && !more {
				due = time.After(headStart / 2)
			}
		}
	}
}

// flush writes one pipeline; it reports whether there was something to write, and it was written, and whether there will be
// later.
func (q *Queue) flush(ctx context.Context) (wrote, later bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.down {
		return false, false
	}
	batches := q.gather()
	said, later := q.said, len(q.dirty) > 0
	if q.said = nil; len(batches)+len(said) == 0 {
		return false, later
	}
	q.writing = true
	session := q.session
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
	if err != nil && q.session == session {
		q.fail(err)
	}
	return err == nil, later
}

// gather takes what the next pipeline is to tell. What is not yet to be told stays.
func (q *Queue) gather() (out []*batch) {
	kinds := q.dirty
	q.dirty = nil
	for i, k := range kinds {
		if len(out) == maxKinds {
			q.dirty = append(q.dirty, kinds[i:]...)
			break
		}
		b := &batch{kind: k, kept: k.kept}
		for _, n := range k.notes {
			b.ops = append(b.ops, n.code, n.member, n.domain, "")
		}
		k.notes = nil
		n := 0
		for n < len(k.dirty) && n < maxBatch && !q.early(k.dirty[n]) {
			q.tellOf(k.dirty[n], b)
			n++
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

// tellOf adds what is to be told of an entry.
func (q *Queue) tellOf(e *entry, b *batch) {
	e.flags &^= marked
	switch code := e.code(); {
	case e.has(void):
	case code == opGone && !e.has(there): // it came and went, and Redis never heard of it
		q.wrote(e, b.kept)
	default:
		b.ops = append(b.ops, code, member(e.item()), e.line.domain, e.rank)
		b.entries = append(b.entries, e)
		e.flags |= there
	}
}

// early reports whether a task has its head start: Redis has not heard of it, and a poll that comes soon can take it.
func (q *Queue) early(e *entry) bool {
	return e.state == ready && !e.has(there|back|void) && e.line.covered && q.ctx.Err() == nil && now()-e.pushed < moment(q.times.headStart.Milliseconds()) &&
		!q.limits(e.line.kind.name).Limited() && !q.polledElsewhere(e.line)
}

// polledElsewhere reports whether another node is polled for tasks of a queue.
func (q *Queue) polledElsewhere(l *line) bool {
	for _, p := range q.peers {
		if r := p.queues[name{l.kind.name, l.domain}]; r.Pollers > 0 || time.Since(r.At) < silence {
			return true
		}
	}
	return false
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
	for more := true; more; {
		more, _ = q.flush(ctx)
	}
}
