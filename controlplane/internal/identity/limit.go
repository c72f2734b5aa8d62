package identity

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
)

// allowance is how many attempts one key has in a window of limitWindow.
type allowance struct {
	key   string
	count int
}

const (
	limitWindow = 15 * time.Minute
	// limitKeys bounds the memory that strangers can make the limiter use.
	limitKeys = 100_000
)

// A person who mistypes has ten attempts. Those of everybody else on one account count together at a higher number, so that
// a stranger who guesses cannot easily lock its owner out. The numbers per address leave room for an office behind one.
func perPair(email, address string) allowance {
	return allowance{"pair\x00" + email + "\x00" + address, 10}
}
func perAccount(email string) allowance { return allowance{"account\x00" + email, 50} }

// perCode counts apart from passwords: whoever gets that far has the password.
func perCode(account string) allowance { return allowance{"code\x00" + account, 10} }

func perAddress(act, address string) allowance { return allowance{act + "\x00" + address, 200} }

// limiter counts attempts per key in fixed windows, in memory and, where there is one, in the count of all processes.
type limiter struct {
	now     func() time.Time
	shared  *ratelimit.Shared
	mu      sync.Mutex
	windows map[string]*window
}

type window struct {
	ends time.Time
	used int
}

func newLimiter(shared *ratelimit.Shared, now func() time.Time) *limiter {
	return &limiter{now: now, shared: shared, windows: map[string]*window{}}
}

// take uses up one attempt of each allowance, or none and returns TooMany when one of them has none left.
func (l *limiter) take(ctx context.Context, all ...allowance) error {
	if err := l.takeHere(all); err != nil {
		return err
	}
	for i, a := range all {
		used, ends, ok := l.shared.Count(ctx, a.key, 1, limitWindow)
		if ok && used > a.count {
			l.giveBackHere(all)
			l.giveBackShared(ctx, all[:i+1])
			return tooMany(ends.Sub(l.now()))
		}
	}
	return nil
}

// giveBack returns what take used: attempts that succeed do not count.
func (l *limiter) giveBack(ctx context.Context, all ...allowance) {
	l.giveBackHere(all)
	l.giveBackShared(ctx, all)
}

func tooMany(wait time.Duration) error {
	err := problem.New(problem.TooMany, "Too many attempts; try again later.")
	err.RetryAfter = max(wait, time.Second)
	return err
}

func (l *limiter) takeHere(all []allowance) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, a := range all {
		w := l.windows[a.key]
		if w != nil && now.Before(w.ends) && w.used >= a.count {
			return tooMany(w.ends.Sub(now))
		}
	}
	if len(l.windows)+len(all) > limitKeys {
		l.makeRoom(now)
	}
	for _, a := range all {
		w := l.windows[a.key]
		if w == nil || !now.Before(w.ends) {
			w = &window{ends: now.Add(limitWindow)}
			l.windows[strings.Clone(a.key)] = w
		}
		w.used++
	}
	return nil
}

func (l *limiter) giveBackHere(all []allowance) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range all {
		if w := l.windows[a.key]; w != nil && w.used > 0 {
			w.used--
		}
	}
}

func (l *limiter) giveBackShared(ctx context.Context, all []allowance) {
	for _, a := range all {
		l.shared.Count(ctx, a.key, -1, limitWindow)
	}
}

// makeRoom drops windows that have ended and, when that is not enough, all of them: under such a flood the cost of hashing
// is what limits the guessing.
func (l *limiter) makeRoom(now time.Time) {
	for key, w := range l.windows {
		if !now.Before(w.ends) {
			delete(l.windows, key)
		}
	}
	if len(l.windows) > limitKeys/2 {
		clear(l.windows)
	}
}
