package store

import (
	"context"
	"time"
)

// callCount is what is used in a window.
type callCount struct {
	used int
	ends time.Time
}

// Count adds n to the calls that are used under a key in its window (ratelimit.Counter).
func (s *Store) Count(ctx context.Context, key string, n int, now time.Time, window time.Duration) (int, time.Time, error) {
	c, err := one(ctx, s.write, func(r scanner) (c callCount, err error) {
		var ends int64
		err = r.Scan(&c.used, &ends)
		c.ends = timeOf(ends)
		return c, err
	}, nil, "CountCalls", key, n, micros(now), micros(now.Add(window)))
	return c.used, c.ends, err
}

// PurgeCounts forgets windows of calls that have ended, and returns how many.
func (s *Store) PurgeCounts(ctx context.Context, now time.Time) (int64, error) {
	return exec(ctx, s.write, "DeleteEndedCallCounts", micros(now))
}
