package app

import (
	"context"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 400}, {4 << 20, 400}, {24 << 20, 400}, {48 << 20, 200}, {96 << 20, 100}, {192 << 20, 50}, {4 << 30, 50}} {
		if got := percent(c.live); got != c.want {
			t.Errorf("%d MiB live: %d, want %d", c.live>>20, got, c.want)
		}
	}
}

func TestPaceCollectorFollowsTheHeap(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	current := func() int {
		sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(sample)
		return int(sample[0].Value.Uint64())
	}
	until := func(what string, ok func(int) bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); !ok(current()); {
			if time.Now().After(deadline) {
				t.Fatalf("%s: the percentage is %d", what, current())
			}
			runtime.GC()
		}
	}
	before := current()
	paceCollector(ctx)
	until("small", func(n int) bool { return n == mostGarbage })
	large := make([]byte, 200<<20)
	until("large", func(n int) bool { return n == leastGarbage })
	runtime.KeepAlive(large)
	until("small again", func(n int) bool { return n == mostGarbage })
	cancel()
	until("ended", func(n int) bool { return n == before })
}
