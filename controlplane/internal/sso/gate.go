package sso

import (
	"sync"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

const (
	gateWindow = time.Minute
	// gateKeys bounds the memory that strangers can make a gate use.
	gateKeys = 50_000
)

// gate lets so many calls of a key through in each minute.
type gate struct {
	now   func() time.Time
	limit int
	mu    sync.Mutex
	since time.Time
	used  map[string]int
}

func newGate(now func() time.Time, limit int) *gate {
	return &gate{now: now, limit: limit, used: map[string]int{}}
}

func (g *gate) pass(key string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if now.Sub(g.since) >= gateWindow || len(g.used) >= gateKeys {
		g.since = now
		clear(g.used)
	}
	if g.used[key] >= g.limit {
		err := problem.New(problem.TooMany, "Too many attempts; try again later.")
		err.RetryAfter = max(g.since.Add(gateWindow).Sub(now), time.Second)
		return err
	}
	g.used[key]++
	return nil
}
