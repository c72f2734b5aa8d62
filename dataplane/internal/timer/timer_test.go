package timer_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/timer"
)

// clock stands still until it is moved. sleeping tells when somebody waits on it, and how long.
type clock struct {
	mu       sync.Mutex
	now      time.Time
	waits    map[chan time.Time]time.Time
	sleeping chan time.Duration
	before   func() // runs once, before the next wait begins
}

func newClock() *clock {
	return &clock{now: time.UnixMilli(1_000_000), waits: map[chan time.Time]time.Time{}, sleeping: make(chan time.Duration, 100)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Until(t time.Time) (<-chan time.Time, func()) {
	if f := c.before; f != nil {
		c.before = nil
		f()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w := make(chan time.Time, 1)
	if d := t.Sub(c.now); d > 0 {
		c.waits[w] = t
		c.sleeping <- d
	} else {
		w <- c.now
	}
	return w, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waits, w)
	}
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for w, at := range c.waits {
		if !at.After(c.now) {
			w <- c.now
			delete(c.waits, w)
		}
	}
}

// run starts a set of timers; what fires comes out of the channel.
func run(t *testing.T) (*timer.Timers[string], *clock, chan string) {
	t.Helper()
	c, fired := newClock(), make(chan string, 1000)
	timers := timer.New(c, func(k string) { fired <- k })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		timers.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
	<-c.sleeping
	return timers, c, fired
}

// sleeps waits until the timers sleep for this long.
func (c *clock) sleeps(t *testing.T, want time.Duration) {
	t.Helper()
	for {
		select {
		case got := <-c.sleeping:
			if got == want {
				return
			}
		case <-time.After(time.Minute):
			t.Fatalf("the timers do not sleep for %s", want)
		}
	}
}

func expect(t *testing.T, fired chan string, want ...string) {
	t.Helper()
	var got []string
	for range want {
		select {
		case k := <-fired:
			got = append(got, k)
		case <-time.After(time.Minute):
			t.Fatalf("fired %v, want %v", got, want)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("fired %v, want %v", got, want)
	}
}

func none(t *testing.T, fired chan string) {
	t.Helper()
	select {
	case k := <-fired:
		t.Fatalf("%s fired", k)
	default:
	}
}

const start = 1_000_000

func TestFiresInOrderAndAtItsTime(t *testing.T) {
	timers, c, fired := run(t)
	timers.Set("b", start+200)
	c.sleeps(t, 200*time.Millisecond)
	timers.Set("a", start+100)
	c.sleeps(t, 100*time.Millisecond)
	c.advance(99 * time.Millisecond)
	none(t, fired)
	c.advance(time.Millisecond)
	expect(t, fired, "a")
	c.sleeps(t, 100*time.Millisecond)
	c.advance(100 * time.Millisecond)
	expect(t, fired, "b")
	c.sleeps(t, time.Hour)
	if n := timers.Len(); n != 0 {
		t.Errorf("%d timers are left", n)
	}
}

func TestPastAndEqualTimesFireAtOnceAndAllOfThem(t *testing.T) {
	timers, c, fired := run(t)
	timers.Set("past", 1)
	timers.Set("now", start)
	expect(t, fired, "now", "past")
	for _, k := range []string{"x", "y", "z"} {
		timers.Set(k, start+5)
	}
	c.sleeps(t, 5*time.Millisecond)
	c.advance(5 * time.Millisecond)
	expect(t, fired, "x", "y", "z")
}

func TestMovedAndCancelled(t *testing.T) {
	timers, c, fired := run(t)
	timers.Set("moved later", start+10)
	timers.Set("moved earlier", start+1000)
	timers.Set("cancelled", start+10)
	timers.Set("nothing", 0)
	timers.Set("moved later", start+30)
	timers.Set("cancelled", 0)
	timers.Set("moved earlier", start+20)
	if n := timers.Len(); n != 2 {
		t.Errorf("%d timers, want 2", n)
	}
	c.sleeps(t, 20*time.Millisecond)
	c.advance(20 * time.Millisecond)
	expect(t, fired, "moved earlier")
	c.sleeps(t, 10*time.Millisecond)
	c.advance(10 * time.Millisecond)
	expect(t, fired, "moved later")
	c.sleeps(t, time.Hour)
	c.advance(2 * time.Hour)
	c.sleeps(t, time.Hour)
	none(t, fired)
}

func TestSetFromWhatFires(t *testing.T) {
	c, fired := newClock(), make(chan int, 10)
	var timers *timer.Timers[string]
	n := 0
	timers = timer.New(c, func(k string) {
		n++
		fired <- n
		if n < 3 {
			timers.Set(k, start+int64(n)*10)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); timers.Run(ctx) }()
	defer func() { cancel(); <-done }()
	timers.Set("k", start)
	for want := 1; want <= 3; want++ {
		if got := <-fired; got != want {
			t.Fatalf("fired %d, want %d", got, want)
		}
		if want < 3 {
			c.sleeps(t, 10*time.Millisecond)
			c.advance(10 * time.Millisecond)
		}
	}
}

func TestAClockThatMovesBeforeTheWaitBegins(t *testing.T) {
	c, fired := newClock(), make(chan string, 1)
	timers := timer.New(c, func(k string) { fired <- k })
	timers.Set("k", start+10)
	c.before = func() { c.advance(10 * time.Millisecond) }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); timers.Run(ctx) }()
	defer func() { cancel(); <-done }()
	expect(t, fired, "k")
}

func TestManySetAtATime(t *testing.T) {
	fired := make(chan int, 4000)
	timers := timer.New(timer.System{}, func(k int) { fired <- k })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); timers.Run(ctx) }()
	var set sync.WaitGroup
	for g := range 4 {
		set.Go(func() {
			for i := g; i < 4000; i += 4 {
				timers.Set(i, time.Now().Add(time.Hour).UnixMilli())
				if i%2 == 0 {
					timers.Set(i, time.Now().Add(time.Duration(i%50)*time.Millisecond).UnixMilli())
				}
			}
		})
	}
	set.Wait()
	seen := map[int]bool{}
	for range 2000 {
		k := <-fired
		if k%2 != 0 || seen[k] {
			t.Fatalf("%d fired, seen before: %v", k, seen[k])
		}
		seen[k] = true
	}
	cancel()
	<-done
	if n := timers.Len(); n != 2000 {
		t.Errorf("%d timers are left, want 2000", n)
	}
}
