// Package countertest is the suite that every count of calls passes which processes share.
package countertest

import (
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
)

// epoch is in whole microseconds, which is what counters keep.
var epoch = time.Date(2026, 5, 17, 12, 0, 0, 123456000, time.UTC)

// Exercise runs the suite. open returns a counter in which nothing is counted.
func Exercise(t *testing.T, open func(t *testing.T) ratelimit.Counter) {
	for name, test := range map[string]func(t *testing.T, c ratelimit.Counter){
		"a window begins with its first count and ends": windows,
		"what is given back is not used":                givenBack,
		"concurrent counts are all there":               concurrent,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func windows(t *testing.T, c ratelimit.Counter) {
	const life = time.Minute
	want(t, c, "a", 3, epoch, life, 3, epoch.Add(life))
	want(t, c, "a", 2, epoch.Add(30*time.Second), life, 5, epoch.Add(life))
	want(t, c, "b", 1, epoch.Add(30*time.Second), time.Hour, 1, epoch.Add(30*time.Second+time.Hour))
	want(t, c, "a", 1, epoch.Add(life-time.Microsecond), life, 6, epoch.Add(life))
	want(t, c, "a", 4, epoch.Add(life), life, 4, epoch.Add(2*life))
	want(t, c, "b", 1, epoch.Add(life), time.Hour, 2, epoch.Add(30*time.Second+time.Hour))
}

func givenBack(t *testing.T, c ratelimit.Counter) {
	const life = time.Minute
	want(t, c, "a", 3, epoch, life, 3, epoch.Add(life))
	want(t, c, "a", -2, epoch, life, 1, epoch.Add(life))
	want(t, c, "a", -2, epoch, life, 0, epoch.Add(life))
	want(t, c, "a", 1, epoch, life, 1, epoch.Add(life))
	want(t, c, "a", -1, epoch.Add(life), life, 0, epoch.Add(2*life))
	want(t, c, "b", -1, epoch, life, 0, epoch.Add(life))
	want(t, c, "b", 1, epoch, life, 1, epoch.Add(life))
}

func concurrent(t *testing.T, c ratelimit.Counter) {
	const callers, calls = 8, 10
	var running sync.WaitGroup
	for range callers {
		running.Go(func() {
			for range calls {
				if _, _, err := c.Count(t.Context(), "a", 1, epoch, time.Minute); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	want(t, c, "a", 1, epoch, time.Minute, callers*calls+1, epoch.Add(time.Minute))
}

func want(t *testing.T, c ratelimit.Counter, key string, n int, now time.Time, life time.Duration, used int, ends time.Time) {
	t.Helper()
	gotUsed, gotEnds, err := c.Count(t.Context(), key, n, now, life)
	if err != nil {
		t.Fatal(err)
	}
	if gotUsed != used || !gotEnds.Equal(ends) {
		t.Fatalf("%s: %d are used until %v, want %d until %v", key, gotUsed, gotEnds, used, ends)
	}
}
