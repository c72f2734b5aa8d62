package simtest

import (
	"sync"
	"time"
)

// clock is a node's clock: the bubble's time, and how far this one is off. It can jump.
type clock struct {
	mu     sync.Mutex
	off    time.Duration
	jumped chan struct{} // closed at the next jump
}

func newClock(off time.Duration) *clock { return &clock{off: off, jumped: make(chan struct{})} }

// Now implements engine.Clock.
func (c *clock) Now() time.Time {
	now, _ := c.read()
	return now
}

func (c *clock) read() (time.Time, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off), c.jumped
}

func (c *clock) jump(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += by
	close(c.jumped)
	c.jumped = make(chan struct{})
}

// Until implements engine.Clock.
func (c *clock) Until(t time.Time) (<-chan time.Time, func()) {
	out, quit := make(chan time.Time, 1), make(chan struct{})
	go func() {
		for {
			now, jumped := c.read()
			if !now.Before(t) {
				out <- now
				return
			}
			timer := time.NewTimer(t.Sub(now))
			select {
			case <-timer.C:
			case <-jumped:
			case <-quit:
				timer.Stop()
				return
			}
			timer.Stop()
		}
	}()
	return out, sync.OnceFunc(func() { close(quit) })
}
