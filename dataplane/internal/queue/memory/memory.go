// Package memory is the queue of one process. Polls write nothing; the content is rebuilt from the store at start.
package memory

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/ranked"
	"github.com/podium-cloud/podium/dataplane/internal/timer"
)

// Queue implements queue.Queue. The zero value is not usable; see New.
type Queue struct {
	limits func(taskType string) queue.Limit
	clock  timer.Clock
	closed chan struct{}

	mu     sync.Mutex
	kinds  map[string]*kind
	queues map[name]*line
	tasks  map[queue.Key]*task
	order  uint64
}

var _ queue.Queue = (*Queue)(nil)

type name struct{ taskType, domain string }

// kind is a task type; its limits act over all its queues.
type kind struct {
	name   string
	lines  []*line
	flying int
	window queue.Window
	due    time.Time // when the window moves on; zero: nobody waits for that
}

// line is one queue.
type line struct {
	kind   *kind
	domain string
	ready  ranked.Heap[*task]
	parked []*waiter
	flying int
	last   queue.Poll
}

type task struct {
	queue.Item
	line  *line
	order uint64
	place int
	state state
}

type state uint8

const (
	ready  state = iota
	handed       // Take returned it
	flying       // a worker has it
)

// Before implements ranked.Element.
func (t *task) Before(o *task) bool {
	if t.Priority != o.Priority {
		return t.Priority > o.Priority
	}
	return t.order < o.order
}

// Place implements ranked.Element.
func (t *task) Place() int { return t.place }

// SetPlace implements ranked.Element.
func (t *task) SetPlace(i int) { t.place = i }

type waiter struct {
	count int
	got   []queue.Item
	done  chan struct{}
}

// New makes an empty queue with limits by task type, which are asked for at every hand-out and must answer from memory; the
// clock tells when the window of a rate moves on.
func New(limits func(taskType string) queue.Limit, clock timer.Clock) *Queue {
	return &Queue{
		limits: limits, clock: clock, closed: make(chan struct{}),
		kinds: map[string]*kind{}, queues: map[name]*line{}, tasks: map[queue.Key]*task{},
	}
}

// Close implements queue.Queue.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.closed:
	default:
		close(q.closed)
	}
}

func (q *Queue) kind(taskType string) *kind {
	k := q.kinds[taskType]
	if k == nil {
		k = &kind{name: taskType}
		q.kinds[taskType] = k
	}
	return k
}

func (q *Queue) line(taskType, domain string) *line {
	n := name{taskType, domain}
	l := q.queues[n]
	if l == nil {
		l = &line{kind: q.kind(taskType), domain: domain}
		l.kind.lines = append(l.kind.lines, l)
		q.queues[n] = l
	}
	return l
}

// Push implements queue.Queue.
func (q *Queue) Push(it queue.Item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.tasks[it.Key]
	if t != nil && t.state == ready && t.Item == it {
		return
	}
	q.order++
	q.replace(t, it, q.order)
}

// Offer implements queue.Queue.
func (q *Queue) Offer(it queue.Item) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.tasks[it.Key] != nil {
		return false
	}
	q.order++
	q.replace(nil, it, q.order)
	return true
}

// replace makes a task ready in place of what was known of it.
func (q *Queue) replace(old *task, it queue.Item, order uint64) {
	if old != nil {
		q.remove(old)
	}
	t := &task{Item: it, line: q.line(it.Type, it.Domain), order: order}
	q.tasks[it.Key] = t
	t.line.ready.Push(t)
	q.serve(t.line)
	if old != nil {
		q.freed(old.line.kind)
	}
}

// remove takes a task out; freed follows.
func (q *Queue) remove(t *task) {
	if t.state == ready {
		t.line.ready.Remove(t)
	} else {
		t.line.flying--
		t.line.kind.flying--
	}
	delete(q.tasks, t.Key)
}

// Remove implements queue.Queue.
func (q *Queue) Remove(k queue.Key) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if t := q.tasks[k]; t != nil {
		q.remove(t)
		q.freed(t.line.kind)
	}
}

// Fly implements queue.Queue.
func (q *Queue) Fly(it queue.Item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.tasks[it.Key]
	if t == nil {
		t = &task{Item: it, line: q.line(it.Type, it.Domain)}
		q.tasks[it.Key] = t
		t.line.ready.Push(t)
	}
	if t.state == ready {
		t.line.ready.Remove(t)
		q.hand(t)
	}
	t.state = flying
}

// hand puts a task in flight that has left the heap.
func (q *Queue) hand(t *task) {
	t.state = handed
	t.line.flying++
	t.line.kind.flying++
}

// Return implements queue.Queue.
func (q *Queue) Return(it queue.Item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if t := q.tasks[it.Key]; t != nil && t.state == handed {
		q.replace(t, it, t.order)
	}
}

// Drop implements queue.Queue.
func (q *Queue) Drop(it queue.Item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if t := q.tasks[it.Key]; t != nil && t.state == handed {
		q.remove(t)
		q.freed(t.line.kind)
	}
}

// Forget implements queue.Queue.
func (q *Queue) Forget(of func(execution string) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for k, t := range q.tasks {
		if of(k.Execution) {
			q.remove(t)
		}
	}
	for _, k := range q.kinds {
		q.freed(k)
	}
}

// Limited implements queue.Queue.
func (q *Queue) Limited(taskType string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if k := q.kinds[taskType]; k != nil {
		q.serve(k.lines...)
	}
}

// Take implements queue.Queue.
func (q *Queue) Take(ctx context.Context, taskType, domain string, count int, wait time.Duration) []queue.Item {
	q.mu.Lock()
	l := q.line(taskType, domain)
	q.serve(l) // who waits has the first claim
	items := q.pop(l, count)
	if len(items) > 0 || wait <= 0 {
		q.mu.Unlock()
		return items
	}
	w := &waiter{count: count, done: make(chan struct{})}
	l.parked = append(l.parked, w)
	q.serve(l) // arms the timer of a rate
	q.mu.Unlock()

	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	select {
	case <-w.done:
	case <-timeout.C:
	case <-ctx.Done():
	case <-q.closed:
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(w.got) == 0 {
		l.parked = slices.DeleteFunc(l.parked, func(o *waiter) bool { return o == w })
		return nil
	}
	return append(w.got, q.pop(l, count-len(w.got))...)
}

// pop hands out up to count tasks of a queue.
func (q *Queue) pop(l *line, count int) []queue.Item {
	n, _ := q.room(l.kind, min(count, l.ready.Len()))
	if n == 0 {
		return nil
	}
	out := make([]queue.Item, n)
	for i := range out {
		t := l.ready.Pop()
		q.hand(t)
		out[i] = t.Item
	}
	l.kind.window.Add(q.limits(l.kind.name), n, q.clock.Now())
	return out
}

func (q *Queue) room(k *kind, wanted int) (int, time.Duration) {
	if wanted == 0 {
		return 0, 0
	}
	return k.window.Room(q.limits(k.name), k.flying, wanted, q.clock.Now())
}

// freed serves who waits for a task of a type to end.
func (q *Queue) freed(k *kind) {
	if q.limits(k.name).Limited() {
		q.serve(k.lines...)
	}
}

// serve gives the parked polls of queues of a type what may be handed out now.
func (q *Queue) serve(lines ...*line) {
	for _, l := range lines {
		for len(l.parked) > 0 && l.ready.Len() > 0 {
			w := l.parked[0]
			if w.got = q.pop(l, w.count); len(w.got) == 0 {
				if _, wait := q.room(l.kind, 1); wait > 0 {
					q.serveAfter(l.kind, wait)
				}
				return
			}
			l.parked = l.parked[1:]
			close(w.done)
		}
	}
}

// serveAfter serves a type again when the window of its rate has moved on.
func (q *Queue) serveAfter(k *kind, wait time.Duration) {
	due := q.clock.Now().Add(wait)
	if !k.due.IsZero() && !k.due.After(due) {
		return
	}
	k.due = due
	moved, stop := q.clock.Until(due)
	go func() {
		defer stop()
		select {
		case <-moved:
		case <-q.closed:
			return
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		if k.due.Equal(due) {
			k.due = time.Time{}
		}
		q.serve(k.lines...)
	}()
}
