package runner

import (
	"fmt"
	"testing"
)

// TestEndedExecutionsStayForAWhile: a few small ones, and of large ones only the last.
func TestEndedExecutionsStayForAWhile(t *testing.T) {
	for _, c := range []struct {
		name              string
		size, ended, kept int
	}{
		{"small", 3, keptEnded + 10, keptEnded},
		{"large", keptTasks + 1, 5, 1},
		{"many together", keptTasks / 4, 10, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache := newCache(0, func(uint64) bool { return true }, func(string) bool { return true })
			for i := range c.ended {
				e := cache.acquire(fmt.Sprint(i))
				cache.release(e, false)
				e.size = c.size
				cache.tasks += c.size
				cache.cool(e)
			}
			if n := len(cache.entries); n != c.kept {
				t.Errorf("%d are kept, want %d", n, c.kept)
			}
			if !cache.has(fmt.Sprint(c.ended - 1)) {
				t.Error("the last one is gone")
			}
			if want := c.kept * c.size; cache.tasks != want {
				t.Errorf("%d tasks are counted, want %d", cache.tasks, want)
			}
		})
	}
}
