package ratelimit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"sync"
	"time"
)

const (
	// patience is how long a call waits for the count of all processes.
	patience = 250 * time.Millisecond
	// rest is how long a counter that failed is left alone.
	rest = 2 * time.Second
)

// Counter counts for all processes of a control plane together. It is safe for concurrent use. countertest is its suite.
type Counter interface {
	// Count adds n, which may be negative, to what is used under a key, and returns what is used then, never less than 0, and
	// when the window ends. A window begins with the first count after the end of the one before.
	Count(ctx context.Context, key string, n int, now time.Time, window time.Duration) (used int, ends time.Time, err error)
}

// Shared is a Counter on which nobody depends: while it is away or slow it has no answer, and who asks goes by what this
// process has counted alone. nil never has an answer. It is safe for concurrent use; make it with Share.
type Shared struct {
	counter Counter
	now     func() time.Time
	log     *slog.Logger

	mu    sync.Mutex
	again time.Time // when a counter that failed is asked again; zero: it works
}

// Share returns what asks c. now is the clock.
func Share(c Counter, now func() time.Time, log *slog.Logger) *Shared {
	return &Shared{counter: c, now: now, log: log}
}

// Count is Counter.Count; false: there is no answer. Keys may be secret or personal: the counter gets a hash.
func (s *Shared) Count(ctx context.Context, key string, n int, window time.Duration) (used int, ends time.Time, ok bool) {
	now := s.clock()
	if now.IsZero() {
		return 0, time.Time{}, false
	}
	// A caller who hangs up is counted too, and is no failure of the counter.
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer stop()
	sum := sha256.Sum256([]byte(key))
	used, ends, err := s.counter.Count(ctx, hex.EncodeToString(sum[:16]), n, now, window)
	s.note(ctx, err)
	return used, ends, err == nil
}

// clock returns the time, or the zero time while the counter is not asked.
func (s *Shared) clock() time.Time {
	if s == nil {
		return time.Time{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if now.Before(s.again) {
		return time.Time{}
	}
	return now
}

// note remembers and logs when the counter goes away and comes back.
func (s *Shared) note(ctx context.Context, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		if s.again.IsZero() {
			s.log.WarnContext(ctx, "limits of calls are counted by each process alone", "error", err)
		}
		s.again = s.now().Add(rest)
	case !s.again.IsZero():
		s.log.InfoContext(ctx, "limits of calls are counted for all processes again")
		s.again = time.Time{}
	}
}
