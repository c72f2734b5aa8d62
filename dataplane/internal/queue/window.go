package queue

import "time"

// Window remembers the hand-outs of a task type for as long as they count against its rate. The zero value is empty.
type Window struct {
	times []time.Time // oldest first
}

// Room tells how many of wanted may be handed out under a limit, with so many in flight. When the rate allows none, wait
// tells when the window moves on.
func (w *Window) Room(l Limit, inFlight, wanted int, now time.Time) (n int, wait time.Duration) {
	n = wanted
	if l.Concurrent > 0 {
		n = max(0, min(n, l.Concurrent-inFlight))
	}
	if !l.rated() {
		return n, 0
	}
	start := now.Add(-l.Per)
	for len(w.times) > 0 && !w.times[0].After(start) {
		w.times = w.times[1:]
	}
	free := max(0, l.Rate-len(w.times))
	if free == 0 {
		wait = w.times[0].Sub(start)
	}
	return min(n, free), wait
}

// Add notes hand-outs.
func (w *Window) Add(l Limit, n int, now time.Time) {
	if !l.rated() {
		w.times = nil
		return
	}
	for range n {
		w.times = append(w.times, now)
	}
}
