package edgetest

import (
	"sync"
	"time"
)

// Clock stands still until it is moved. It implements [engine.Clock].
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	waits map[*wait]struct{}
}

type wait struct {
	until time.Time
	over  chan time.Time
}

// NewClock makes a clock that shows a time.
func NewClock(now time.Time) *Clock { return &Clock{now: now, waits: map[*wait]struct{}{}} }

// Now implements engine.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Until implements engine.Clock.
func (c *Clock) Until(t time.Time) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &wait{t, make(chan time.Time, 1)}
	if !t.After(c.now) {
		w.over <- c.now
		return w.over, func() {}
	}
	c.waits[w] = struct{}{}
	return w.over, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waits, w)
	}
}

// Advance moves the clock and wakes who has waited for it.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for w := range c.waits {
		if !w.until.After(c.now) {
			w.over <- c.now
			delete(c.waits, w)
		}
	}
}
