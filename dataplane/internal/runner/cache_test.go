package runner

import (
	"context"
	"fmt"
	"testing"
)

// TestEndedExecutionsStayForAWhile: a few small ones, and of large or heavy ones only the last.
func TestEndedExecutionsStayForAWhile(t *testing.T) {
	for _, c := range []struct {
		name                     string
		size, bytes, ended, kept int
	}{
		{"small", 3, 1000, keptEnded + 10, keptEnded},
		{"large", keptTasks + 1, 1000, 5, 1},
		{"many together", keptTasks / 4, 1000, 10, 4},
		{"heavy", 3, keptBytes + 1, 5, 1},
		{"heavy together", 3, keptBytes / 4, 10, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache := newCache(0, func(uint64) bool { return true }, func(string) bool { return true })
			for i := range c.ended {
				e := cache.acquire(fmt.Sprint(i))
				cache.release(e, false)
				e.size, e.bytes = c.size, c.bytes
				cache.tasks += c.size
				cache.bytes += c.bytes
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
			if want := c.kept * c.bytes; cache.bytes != want {
				t.Errorf("%d bytes are counted, want %d", cache.bytes, want)
			}
		})
	}
}

// TestWhatIsReadAnewFollowsTheLastStep: an entry that is dropped while its last step is on its way leaves that to the next one.
func TestWhatIsReadAnewFollowsTheLastStep(t *testing.T) {
	cache := newCache(0, func(uint64) bool { return true }, func(string) bool { return true })
	step := &commit{done: make(chan struct{})}
	e := cache.acquire("x")
	e.tail = step
	cache.release(e, true)
	cache.release(cache.acquire("x"), true) // one that nothing was read into leaves it too
	if !cache.has("x") {
		t.Error("it would be read from the store at once")
	}
	e = cache.acquire("x")
	ended, end := context.WithCancel(t.Context())
	end()
	if err := e.settle(ended); err == nil {
		t.Error("it does not wait for the step")
	}
	close(step.done)
	if err := e.settle(t.Context()); err != nil {
		t.Error(err)
	}
	cache.release(e, true)
	if cache.has("x") || len(cache.leaving) > 0 {
		t.Error("the step is waited for after it is in the store")
	}
}
