// Package ratelimit bounds how many calls each caller makes, in the memory of this process.
package ratelimit

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxCallers bounds the memory that strangers can make a limiter use.
const maxCallers = 100_000

// Limiter lets each caller make a number of calls a minute, all of which may come at once. It is safe for concurrent use.
type Limiter struct {
	now       func() time.Time
	perMinute int
	mu        sync.Mutex
	callers   map[string]*rate.Limiter
	swept     time.Time
}

// New returns a limiter; 0 calls a minute stands for no limit. now is the clock.
func New(perMinute int, now func() time.Time) *Limiter {
	return &Limiter{now: now, perMinute: perMinute, callers: map[string]*rate.Limiter{}, swept: now()}
}

// Take counts a call. A caller who has none left is told how long to wait for the next one; 0: the call may go on.
func (l *Limiter) Take(caller string) time.Duration {
	if l.perMinute == 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Sub(l.swept) >= time.Minute || len(l.callers) >= maxCallers {
		l.sweep(now)
	}
	calls := l.callers[caller]
	if calls == nil {
		calls = rate.NewLimiter(rate.Limit(float64(l.perMinute)/time.Minute.Seconds()), l.perMinute)
		l.callers[strings.Clone(caller)] = calls
	}
	next := calls.ReserveN(now, 1)
	wait := next.DelayFrom(now)
	if wait > 0 {
		next.CancelAt(now) // one who does not wait does not push the next one out
	}
	return wait
}

// sweep forgets who has all calls left again and, when that is not enough, everybody: under such a flood the memory comes first.
func (l *Limiter) sweep(now time.Time) {
	for caller, calls := range l.callers {
		if calls.TokensAt(now) >= float64(l.perMinute) {
			delete(l.callers, caller)
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
