// Package ratelimit bounds how many calls each caller makes: in the memory of this process, and over all processes of a
// control plane where they share a Counter.
package ratelimit

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// maxCallers bounds the memory that strangers can make a limiter use.
	maxCallers = 100_000
	// window is what the processes count together in.
	window = time.Minute
	// parts is into how many parts the calls of a caller are divided, of which a process takes one at a time.
	parts = 20
)

// Limiter lets each caller make a number of calls a minute, all of which may come at once. It is safe for concurrent use.
type Limiter struct {
	Config
	mu      sync.Mutex
	callers map[string]*caller
	swept   time.Time
}

// Config says how many calls. Name and Shared are needed only where processes share a count.
type Config struct {
	PerMinute int // 0: any number
	Now       func() time.Time
	Name      string  // of the limit, among those that share a count
	Shared    *Shared // nil: each process counts for itself
}

// caller is what a process knows of one. Its calls are counted for all processes one part at a time, and the first part of a
// window only when the second is asked for: who calls seldom costs nothing, and nobody gets more than a part too much.
type caller struct {
	calls *rate.Limiter // by this process

	mu   sync.Mutex
	ends time.Time // of the window; zero: there is none
	left int       // of the part that was taken last
	owed int       // calls of the first part, while they are not counted
	none bool      // all are used up
}

// New returns a limiter.
func New(c Config) *Limiter {
	return &Limiter{Config: c, callers: map[string]*caller{}, swept: c.Now()}
}

// Take counts a call. A caller who has none left is told how long to wait for the next one; 0: the call may go on.
func (l *Limiter) Take(ctx context.Context, name string) time.Duration {
	if l.PerMinute == 0 {
		return 0
	}
	c := l.caller(name)
	if l.Shared != nil {
		if wait := l.together(ctx, name, c); wait > 0 {
			return wait
		}
	}
	now := l.Now()
	next := c.calls.ReserveN(now, 1)
	wait := next.DelayFrom(now)
	if wait > 0 {
		next.CancelAt(now) // one who does not wait does not push the next one out
	}
	return wait
}

// caller returns what is known of one.
func (l *Limiter) caller(name string) *caller {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.Now(); now.Sub(l.swept) >= time.Minute || len(l.callers) >= maxCallers {
		l.sweep(now)
	}
	c := l.callers[name]
	if c == nil {
		c = &caller{calls: rate.NewLimiter(rate.Limit(float64(l.PerMinute)/time.Minute.Seconds()), l.PerMinute)}
		l.callers[strings.Clone(name)] = c
	}
	return c
}

// together counts a call for all processes.
func (l *Limiter) together(ctx context.Context, name string, c *caller) time.Duration {
	part := max(1, l.PerMinute/parts)
	c.mu.Lock()
	defer c.mu.Unlock()
	now := l.Now()
	if !now.Before(c.ends) {
		c.ends, c.left, c.owed, c.none = now.Add(window), part, part, false
	}
	switch {
	case c.left > 0:
		c.left--
		return 0
	case c.none:
		return c.ends.Sub(now)
	}
	used, ends, ok := l.Shared.Count(ctx, l.Name+"\x00"+name, c.owed+part, window)
	if !ok {
		return 0 // this process has counted it
	}
	c.ends, c.owed = ends, 0
	got := min(part, l.PerMinute-(used-part))
	if got <= 0 {
		c.none = true
		return max(ends.Sub(now), time.Second)
	}
	c.left = got - 1
	return 0
}

// sweep forgets who has all calls left again and, when that is not enough, everybody: under such a flood the memory comes first.
func (l *Limiter) sweep(now time.Time) {
	for name, c := range l.callers {
		if c.calls.TokensAt(now) >= float64(l.PerMinute) {
			delete(l.callers, name)
		}
	}
	if len(l.callers) >= maxCallers {
		clear(l.callers)
	}
	l.swept = now
}

// Address names the caller at a network address. Of IPv6 it is the network: one customer has all addresses in it.
func Address(text string) string {
	ip, err := netip.ParseAddr(text)
	if err != nil || ip.Unmap().Is4() {
		return text
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return text
	}
	return network.String()
}
