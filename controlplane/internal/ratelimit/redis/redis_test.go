package redis_test

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit/countertest"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit/redis"
)

// TestCounter: S-80.
func TestCounter(t *testing.T) {
	url := os.Getenv("PODIUM_TEST_REDIS")
	if url == "" {
		t.Fatal("PODIUM_TEST_REDIS is not set: this test needs a Redis server")
	}
	countertest.Exercise(t, func(t *testing.T) ratelimit.Counter { return open(t, url, rand.Text()) })
}

func open(t *testing.T, url, prefix string) *redis.Counter {
	t.Helper()
	c, err := redis.New(url, prefix+":")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestLimiter_HoldsOverProcesses: S-80. Each of three processes may let a twentieth pass that the others do not know of.
func TestLimiter_HoldsOverProcesses(t *testing.T) {
	now := time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	const limit, part = 100, 5
	prefix := rand.Text()
	var processes []*ratelimit.Limiter
	for range 3 {
		all := ratelimit.Share(open(t, os.Getenv("PODIUM_TEST_REDIS"), prefix), clock, slog.New(slog.DiscardHandler))
		processes = append(processes, ratelimit.New(ratelimit.Config{PerMinute: limit, Now: clock, Name: "caller", Shared: all}))
	}
	passed := func() (n int) {
		for range limit {
			for _, p := range processes {
				if p.Take(t.Context(), "ada") == 0 {
					n++
				}
			}
		}
		return n
	}
	if n := passed(); n < limit || n > limit+3*part {
		t.Errorf("%d calls passed, of a limit of %d", n, limit)
	}
	if wait := processes[0].Take(t.Context(), "ada"); wait != time.Minute {
		t.Errorf("who has none left waits for %v", wait)
	}
	if processes[0].Take(t.Context(), "eve") != 0 {
		t.Error("one caller's calls count for another")
	}
	now = now.Add(time.Minute)
	if n := passed(); n < limit || n > limit+3*part {
		t.Errorf("%d calls passed in the next minute, of a limit of %d", n, limit)
	}
}

// TestLimiter_WithoutRedis: S-80. A process whose Redis is away counts alone, asks it seldom, and says so once.
func TestLimiter_WithoutRedis(t *testing.T) {
	now := time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	var log bytes.Buffer
	all := ratelimit.Share(open(t, "redis://127.0.0.1:1", ""), clock, slog.New(slog.NewTextHandler(&log, nil)))
	l := ratelimit.New(ratelimit.Config{PerMinute: 20, Now: clock, Name: "caller", Shared: all})
	for i := range 20 {
		if wait := l.Take(t.Context(), "ada"); wait != 0 {
			t.Fatalf("call %d waits for %v", i, wait)
		}
	}
	if wait := l.Take(t.Context(), "ada"); wait != 3*time.Second {
		t.Errorf("the call after the last one waits for %v", wait)
	}
	now = now.Add(3 * time.Second)
	l.Take(t.Context(), "ada")
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("said %d times:\n%s", n, &log)
	}
}
