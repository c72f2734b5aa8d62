package app

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Bounds of the garbage collector's percentage: how much a heap grows, over what lives in it, before the next collection.
const (
	mostGarbage  = 400
	leastGarbage = 50
	// garbage is what may lie about, in bytes, between these bounds. A small heap may grow to several times its size, which
	// saves most of the collector's work; a large one must not, as that would be memory of the machine's others.
	garbage = 96 << 20
)

// percent is the collector's percentage for a heap in which this many bytes live.
func percent(live uint64) int {
	return int(min(max(garbage*100/max(live, 1), leastGarbage), mostGarbage))
}

// paceCollector sets the collector's percentage after each collection, until ctx ends.
func paceCollector(ctx context.Context) {
	before := debug.SetGCPercent(mostGarbage)
	now := mostGarbage
	context.AfterFunc(ctx, func() { debug.SetGCPercent(before) })
	var arm func()
	arm = func() {
		// Nothing refers to the mark, so its cleanup runs after the next collection.
		runtime.AddCleanup(new(mark), func(struct{}) {
			if ctx.Err() != nil {
				return
			}
			sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
			metrics.Read(sample)
			if next := percent(sample[0].Value.Uint64()); next != now {
				now = next
				debug.SetGCPercent(now)
			}
			arm()
		}, struct{}{})
	}
	arm()
}

// mark is large enough that the allocator gives it a place of its own.
type mark struct{ _ [64]byte }
