// Package timer calls back at due times. Due times are kept in memory, one per key; they are rebuilt from the store at start.
package timer

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Clock tells the time and wakes up later. System is the real one; tests bring their own.
type Clock interface {
	Now() time.Time
	// Until returns a channel that gets a value when it is t or later, and a function that ends the wait. The time is an
	// absolute one, so that a clock that moves before the wait begins makes it shorter.
	Until(t time.Time) (<-chan time.Time, func())
}

// System is the machine's clock.
type System struct{}

// Now implements Clock.
func (System) Now() time.Time { return time.Now() }

// Until implements Clock.
func (System) Until(t time.Time) (<-chan time.Time, func()) {
	timer := time.NewTimer(time.Until(t))
	return timer.C, func() { timer.Stop() }
}

// Timers holds due times by key.
type Timers[K comparable] struct {
	clock Clock
	fire  func(K)

	mu    sync.Mutex
	held  bool // none fires
	heap  dueHeap[K]
	where map[K]*entry[K]
	wake  chan struct{}
}

type entry[K comparable] struct {
	key   K
	at    int64
	index int
}

// New makes a set of timers; fire is called for each due key, one after the other, and must not block for long.
func New[K comparable](clock Clock, fire func(K)) *Timers[K] {
	return &Timers[K]{clock: clock, fire: fire, where: map[K]*entry[K]{}, wake: make(chan struct{}, 1)}
}

// Set arms the timer of a key for a time in epoch milliseconds, in place of the one that it has; 0 disarms it.
func (t *Timers[K]) Set(key K, at int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.where[key]
	switch {
	case at == 0 && e != nil:
		heap.Remove(&t.heap, e.index)
		delete(t.where, key)
		return
	case at == 0:
		return
	case e != nil:
		e.at = at
		heap.Fix(&t.heap, e.index)
	default:
		e = &entry[K]{key: key, at: at}
		t.where[key] = e
		heap.Push(&t.heap, e)
	}
	if e.index == 0 {
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}

// Hold keeps all timers from firing, or lets them fire again: those that came due meanwhile do at once.
func (t *Timers[K]) Hold(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held = on
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Forget disarms the timers of the keys that match.
func (t *Timers[K]) Forget(match func(K) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, e := range t.where {
		if match(k) {
			heap.Remove(&t.heap, e.index)
			delete(t.where, k)
		}
	}
}

// Len is the number of armed timers.
func (t *Timers[K]) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.heap)
}

// Run fires timers until ctx ends.
func (t *Timers[K]) Run(ctx context.Context) {
	for {
		keys, next := t.due()
		for _, k := range keys {
			t.fire(k)
		}
		if len(keys) > 0 {
			continue
		}
		wait, stop := t.clock.Until(next)
		select {
		case <-ctx.Done():
			stop()
			return
		case <-wait:
		case <-t.wake:
		}
		stop()
	}
}

// idle is how long Run sleeps when no timer is armed; Set wakes it.
const idle = time.Hour

// due takes out the keys that are due and tells when the next one is.
func (t *Timers[K]) due() ([]K, time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clock := t.clock.Now()
	now := clock.UnixMilli()
	var keys []K
	for !t.held && len(t.heap) > 0 && t.heap[0].at <= now {
		e := heap.Pop(&t.heap).(*entry[K]) //nolint:forcetypeassert // the heap holds nothing else
		delete(t.where, e.key)
		keys = append(keys, e.key)
	}
	if len(t.heap) == 0 || t.held {
		return keys, clock.Add(idle)
	}
	return keys, time.UnixMilli(t.heap[0].at)
}

type dueHeap[K comparable] []*entry[K]

func (h dueHeap[K]) Len() int           { return len(h) }
func (h dueHeap[K]) Less(i, j int) bool { return h[i].at < h[j].at }
func (h dueHeap[K]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *dueHeap[K]) Push(x any) {
	e := x.(*entry[K]) //nolint:forcetypeassert // the heap holds nothing else
	e.index = len(*h)
	*h = append(*h, e)
}

// Pop implements heap.Interface.
func (h *dueHeap[K]) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return e
}
