// Package queue holds the tasks that are ready to be worked on and the polls that wait for them, in memory: per task type
// and domain a heap (higher priority first, then first come) and the parked polls in order of arrival. A task that
// becomes ready goes straight to a parked poll. Polls write nothing. The content is rebuilt from the store at start.
package queue

import (
	"container/heap"
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// Key names a task by its execution and number.
type Key struct {
	Execution string
	Seq       int
}

// Item is a task that is ready.
type Item struct {
	Key
	Type     string
	Domain   string
	Priority int
}

// Info is the state of one queue.
type Info struct {
	Type, Domain             string
	Depth, InFlight, Pollers int
}

// Poll says who polled a queue last.
type Poll struct {
	Type, Domain, Worker string
	At                   time.Time
}

// Queue holds ready tasks and parked polls. No method but Take waits, and none returns an error: an implementation that
// cannot reach what it shares with other nodes goes on with what it has in memory, and catches up later. All methods are
// safe for concurrent use.
type Queue interface {
	// Push makes a task ready; one that is ready already is left alone, one that was with a worker is back.
	Push(it Item)
	// Offer makes a task ready unless it is ready, or with a worker; it reports whether it did.
	Offer(it Item) bool
	// Remove takes a task out, wherever it is.
	Remove(k Key)
	// Fly notes that a worker has a task; Push and Remove end that.
	Fly(it Item)
	// Take returns up to count ready tasks. When there are none it waits for the first, until the wait or ctx ends.
	Take(ctx context.Context, taskType, domain string, count int, wait time.Duration) []Item
	// Seen records a poll.
	Seen(taskType, domain, worker string, at time.Time)
	// Active reports whether a queue was polled since, or is being polled.
	Active(taskType, domain string, since time.Time) bool
	// Polls returns the last poll of each queue of a type, "" for all.
	Polls(taskType string) []Poll
	// Infos returns the state of every queue, by type and domain.
	Infos() []Info
	// Forget drops the tasks of the executions that match: they live on another node now, which knows of them.
	Forget(match func(execution string) bool)
}

// Memory is the queue of one process. The zero value is not usable; see New.
type Memory struct {
	mu     sync.Mutex
	queues map[name]*line
	where  map[Key]*slot // ready tasks
	flying map[Key]name  // tasks that a worker has
	order  uint64
}

type name struct{ taskType, domain string }

// line is one queue.
type line struct {
	ready  ready
	parked []*waiter
	flying int
	last   Poll
}

type slot struct {
	item  Item
	order uint64
	index int
	line  *line
}

type waiter struct {
	count int
	got   []Item
	done  chan struct{}
}

// New makes an empty queue.
func New() *Memory {
	return &Memory{queues: map[name]*line{}, where: map[Key]*slot{}, flying: map[Key]name{}}
}

func (m *Memory) line(n name) *line {
	l := m.queues[n]
	if l == nil {
		l = &line{}
		m.queues[n] = l
	}
	return l
}

// Push makes a task ready; one that is ready already is left alone.
func (m *Memory) Push(it Item) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.land(it.Key)
	if m.where[it.Key] == nil {
		m.push(it)
	}
}

// Offer makes a task ready unless it is ready, or with a worker; it reports whether it did.
func (m *Memory) Offer(it Item) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, flies := m.flying[it.Key]; flies || m.where[it.Key] != nil {
		return false
	}
	m.push(it)
	return true
}

func (m *Memory) push(it Item) {
	l := m.line(name{it.Type, it.Domain})
	if len(l.parked) > 0 {
		w := l.parked[0]
		l.parked = l.parked[1:]
		w.got = append(w.got, it)
		close(w.done)
		return
	}
	m.order++
	s := &slot{item: it, order: m.order, line: l}
	m.where[it.Key] = s
	heap.Push(&l.ready, s)
}

// Remove takes a task out, wherever it is.
func (m *Memory) Remove(k Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.land(k)
	if s := m.where[k]; s != nil {
		heap.Remove(&s.line.ready, s.index)
		delete(m.where, k)
	}
}

// Fly notes that a worker has a task; Push and Remove end that.
func (m *Memory) Fly(it Item) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.flying[it.Key]; !ok {
		n := name{it.Type, it.Domain}
		m.flying[it.Key] = n
		m.line(n).flying++
	}
}

func (m *Memory) land(k Key) {
	if n, ok := m.flying[k]; ok {
		delete(m.flying, k)
		m.line(n).flying--
	}
}

// Take returns up to count ready tasks. When there are none it waits for the first, until the wait or ctx ends.
func (m *Memory) Take(ctx context.Context, taskType, domain string, count int, wait time.Duration) []Item {
	m.mu.Lock()
	l := m.line(name{taskType, domain})
	items := l.pop(m, count)
	if len(items) > 0 || wait <= 0 {
		m.mu.Unlock()
		return items
	}
	w := &waiter{count: count, done: make(chan struct{})}
	l.parked = append(l.parked, w)
	m.mu.Unlock()

	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	select {
	case <-w.done:
	case <-timeout.C:
	case <-ctx.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(w.got) == 0 {
		l.parked = slices.DeleteFunc(l.parked, func(o *waiter) bool { return o == w })
		return nil
	}
	return append(w.got, l.pop(m, count-len(w.got))...)
}

func (l *line) pop(m *Memory, count int) []Item {
	var out []Item
	for len(out) < count && l.ready.Len() > 0 {
		s := heap.Pop(&l.ready).(*slot) //nolint:forcetypeassert // the heap holds nothing else
		delete(m.where, s.item.Key)
		out = append(out, s.item)
	}
	return out
}

// Seen records a poll.
func (m *Memory) Seen(taskType, domain, worker string, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.line(name{taskType, domain})
	l.last = Poll{taskType, domain, worker, at}
}

// Active reports whether a queue was polled since, or is being polled.
func (m *Memory) Active(taskType, domain string, since time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.queues[name{taskType, domain}]
	return l != nil && (len(l.parked) > 0 || l.last.At.After(since))
}

// Polls returns the last poll of each queue of a type, "" for all.
func (m *Memory) Polls(taskType string) []Poll {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Poll
	for n, l := range m.queues {
		if (taskType == "" || n.taskType == taskType) && !l.last.At.IsZero() {
			out = append(out, l.last)
		}
	}
	slices.SortFunc(out, func(a, b Poll) int {
		return strings.Compare(a.Type+"\x00"+a.Domain, b.Type+"\x00"+b.Domain)
	})
	return out
}

// Forget implements Queue.
func (m *Memory) Forget(match func(execution string) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.flying {
		if match(k.Execution) {
			m.land(k)
		}
	}
	for k, s := range m.where {
		if match(k.Execution) {
			heap.Remove(&s.line.ready, s.index)
			delete(m.where, k)
		}
	}
}

// Infos returns the state of every queue, by type and domain.
func (m *Memory) Infos() []Info {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Info, 0, len(m.queues))
	for n, l := range m.queues {
		out = append(out, Info{n.taskType, n.domain, l.ready.Len(), l.flying, len(l.parked)})
	}
	slices.SortFunc(out, func(a, b Info) int {
		return strings.Compare(a.Type+"\x00"+a.Domain, b.Type+"\x00"+b.Domain)
	})
	return out
}

// ready is a heap of slots.
type ready []*slot

func (r ready) Len() int { return len(r) }
func (r ready) Less(i, j int) bool {
	if r[i].item.Priority != r[j].item.Priority {
		return r[i].item.Priority > r[j].item.Priority
	}
	return r[i].order < r[j].order
}

func (r ready) Swap(i, j int) {
	r[i], r[j] = r[j], r[i]
	r[i].index, r[j].index = i, j
}

// Push implements heap.Interface.
func (r *ready) Push(x any) {
	s := x.(*slot) //nolint:forcetypeassert // the heap holds nothing else
	s.index = len(*r)
	*r = append(*r, s)
}

// Pop implements heap.Interface.
func (r *ready) Pop() any {
	old := *r
	s := old[len(old)-1]
	old[len(old)-1] = nil
	*r = old[:len(old)-1]
	return s
}
