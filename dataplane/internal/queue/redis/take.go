package redis

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
)

// waiter is a parked poll.
type waiter struct {
	count int
	stays bool // otherwise it ends when somebody has looked for it
	asked bool // somebody is looking
	got   []queue.Item
	done  chan struct{}
}

func (w *waiter) give(items ...queue.Item) {
	w.got = items
	close(w.done)
}

const (
	maxPop = 500          // tasks in one answer of Redis
	maxAsk = poolSize / 2 // questions to Redis at a time, of all queues: a question that waits is no slow answer
)

// Take implements queue.Queue.
func (q *Queue) Take(ctx context.Context, taskType, domain string, count int, wait time.Duration) []queue.Item {
	if count <= 0 || ctx.Err() != nil || q.ctx.Err() != nil {
		return nil
	}
	w := &waiter{count: count, stays: wait > 0, done: make(chan struct{})}
	q.mu.Lock()
	l := q.line(taskType, domain)
	if items := q.serveNew(l, count); items != nil {
		q.mu.Unlock()
		return items
	}
	l.parked = append(l.parked, w)
	q.attend(l)
	q.mu.Unlock()

	timeout := make(<-chan time.Time)
	if w.stays {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-w.done:
	case <-timeout:
	case <-ctx.Done():
	case <-q.ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.got == nil {
		l.parked = slices.DeleteFunc(l.parked, func(o *waiter) bool { return o == w })
	}
	return w.got
}

// serveNew hands out own tasks of which Redis has not heard yet. It has nothing that comes before them as long as this node is
// to be woken when it does.
func (q *Queue) serveNew(l *line, count int) []queue.Item {
	if q.down || !l.covered || len(l.parked) > 0 {
		return nil
	}
	return q.takeNew(l, count)
}

// takeNew takes own tasks of which Redis has not heard yet, of types without limits.
func (q *Queue) takeNew(l *line, count int) (items []queue.Item) {
	if q.limits(l.kind.name).Limited() {
		return nil
	}
	for len(items) < count && l.ready.Len() > 0 && !l.ready.All()[0].has(there) {
		e := l.ready.All()[0]
		q.set(e, handed)
		items = append(items, e.item())
	}
	return items
}

// attend sees to the parked polls of a queue.
func (q *Queue) attend(l *line) {
	switch {
	case q.down:
		q.serveOwn(l)
	case !l.fetching && l.unmet() && q.ctx.Err() == nil:
		l.fetching = true
		q.work.Go(func() { q.fetch(l) })
	}
}

// unmet reports whether Redis has to be asked for a poll. One that waits need not ask while this node is to be woken.
func (l *line) unmet() bool {
	return slices.ContainsFunc(l.parked, func(w *waiter) bool { return !w.stays || !l.covered })
}

// fetch asks Redis for as long as a poll needs it; one at a time per queue.
func (q *Queue) fetch(l *line) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.down && l.unmet() && q.ctx.Err() == nil {
		q.mu.Unlock()
		q.asking <- struct{}{}
		q.mu.Lock()
		if q.down { // since it waited to ask
			<-q.asking
			break
		}
		want, stays := 0, false
		for _, w := range l.parked {
			w.asked = true
			want += w.count
			stays = stays || w.stays
		}
		want = min(want, maxPop)
		wakes, limit, session := l.wakes, q.limits(l.kind.name), q.session
		q.mu.Unlock()
		items, again, err := q.pop(l, want, stays, limit)
		<-q.asking
		q.mu.Lock()
		if err != nil {
			if q.session == session { // otherwise that is known, or over
				q.fail(err)
			}
			continue
		}
		q.deal(l, items)
		if len(items) < want { // Redis has no more: what it has not heard of comes next
			q.dealNew(l)
		}
		// A wake-up that came in the meantime may be later than the answer.
		l.covered = stays && len(items) < want && l.wakes == wakes
		if again > 0 && len(l.parked) > 0 {
			q.lookAfter(l, again)
		}
		l.dismiss(func(w *waiter) bool { return w.asked })
	}
	l.fetching = false
	q.attend(l)
}

// dismiss ends the polls that do not stay.
func (l *line) dismiss(these func(*waiter) bool) {
	l.parked = slices.DeleteFunc(l.parked, func(w *waiter) bool {
		if w.stays || !these(w) {
			return false
		}
		close(w.done)
		return true
	})
}

// deal gives what Redis handed out to the parked polls, in order, and back what nobody waits for any more.
func (q *Queue) deal(l *line, items []queue.Item) {
	items = slices.DeleteFunc(items, func(it queue.Item) bool {
		e := q.own(it)
		if e == nil {
			return false // another node's
		}
		e.flags |= there | back
		if e.state == ready {
			q.set(e, handed)
			return false
		}
		q.mark(e) // Redis did not know yet
		return true
	})
	for len(items) > 0 && len(l.parked) > 0 {
		w := l.parked[0]
		l.parked = l.parked[1:]
		n := min(w.count, len(items))
		w.give(items[:n:n]...)
		items = items[n:]
	}
	for _, it := range items {
		if e := q.tasks[it.Key]; e != nil {
			q.set(e, ready)
			q.mark(e)
		} else {
			q.giveBack(it)
		}
	}
}

// dealNew gives own tasks of which Redis has not heard yet to the parked polls, in order.
func (q *Queue) dealNew(l *line) {
	for len(l.parked) > 0 {
		items := q.takeNew(l, l.parked[0].count)
		if len(items) == 0 {
			return
		}
		l.parked[0].give(items...)
		l.parked = l.parked[1:]
	}
}

// serveOwn hands out own tasks of a type without Redis, within the limits as far as this node can tell.
func (q *Queue) serveOwn(lines ...*line) {
	for _, l := range lines {
		for len(l.parked) > 0 && l.ready.Len() > 0 {
			now, limit := time.Now(), q.limits(l.kind.name)
			w := l.parked[0]
			n, again := l.kind.window.Room(limit, len(l.kind.away), min(w.count, l.ready.Len()), now)
			if n == 0 {
				if again > 0 {
					q.lookAfter(l, again)
				}
				break
			}
			l.kind.window.Add(limit, n, now)
			items := make([]queue.Item, n)
			for i := range items {
				e := l.ready.All()[0]
				q.set(e, handed)
				q.mark(e)
				items[i] = e.item()
			}
			l.parked = l.parked[1:]
			w.give(items...)
		}
		l.dismiss(func(*waiter) bool { return true })
	}
}

// lookAfter has Redis asked for the parked polls of a queue after a time, unless that is due earlier.
func (q *Queue) lookAfter(l *line, wait time.Duration) {
	due := time.Now().Add(wait)
	if !l.due.IsZero() && !l.due.After(due) {
		return
	}
	l.due = due
	time.AfterFunc(wait, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if l.due.Equal(due) {
			l.due = time.Time{}
		}
		q.look(l)
	})
}

// look has Redis asked for the parked polls of a queue, although this node is to be woken.
func (q *Queue) look(l *line) {
	l.wakes++
	l.covered = false
	q.attend(l)
}

// woken handles the news that a queue has something for a node.
func (q *Queue) woken(node, taskType, domain string) {
	l := q.lines[name{taskType, domain}]
	waits := l != nil && len(l.parked) > 0
	switch {
	case node != q.id && waits:
		// In case that node has gone.
		q.lookAfter(l, q.times.backup+rand.N(q.times.backup/2)) //nolint:gosec // only spreads the nodes
	case node == q.id && waits:
		q.look(l)
	case node == q.id:
		if l != nil {
			l.wakes++
			l.covered = false
		}
		q.note(q.kind(taskType), note{code: opPass, domain: domain})
	}
}
