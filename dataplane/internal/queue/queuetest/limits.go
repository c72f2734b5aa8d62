package queuetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
)

func concurrencyLimit(t *testing.T, q *fixture) {
	q.limits.set(queue.Limit{Concurrent: 2})
	for i := range 6 {
		q.Push(item(i, 0))
	}
	expect(t, "taken", q.take(t, 10), "[0 1]")
	q.Fly(item(0, 0))
	expect(t, "taken over the limit", q.take(t, 10), "[]")
	one := q.park(t, "", 10, 1)
	two := q.park(t, "", 10, 2)
	q.settle(t, q.Queue)
	pending(t, one, two)
	q.Remove(item(0, 0).Key) // ends
	expect(t, "taken as a slot is free", got(t, one), "[2]")
	q.settle(t, q.Queue)
	pending(t, two)
	q.Drop(item(1, 0)) // was not to be had
	expect(t, "taken as a task was not to be had", got(t, two), "[3]")
	q.Fly(item(2, 0))
	q.Fly(item(3, 0))
	three := q.park(t, "", 1, 1)
	q.Push(item(2, 9)) // comes back from its worker
	expect(t, "taken as a task came back", got(t, three), "[2]")
	four := q.park(t, "", 1, 1)
	q.Return(item(2, 9))
	expect(t, "taken as a task was returned", got(t, four), "[2]")
	for _, i := range []int{2, 3} {
		q.Remove(item(i, 0).Key)
	}
	expect(t, "the rest", q.take(t, 10), "[4 5]")
}

func concurrencyOverDomains(t *testing.T, q *fixture) {
	q.limits.set(queue.Limit{Concurrent: 1})
	in := func(n int, domain string) queue.Item {
		return queue.Item{Key: queue.Key{Execution: "x", Seq: n}, Type: "a", Domain: domain}
	}
	q.Push(in(1, ""))
	q.Push(in(2, "d"))
	q.Push(in(3, "e"))
	expect(t, "taken", q.take(t, 1), "[1]")
	d := q.park(t, "d", 1, 1)
	e := q.park(t, "e", 1, 2)
	q.settle(t, q.Queue)
	pending(t, d, e)
	q.Remove(in(1, "").Key)
	select {
	case items := <-d:
		expect(t, "taken", items[0].Seq, 2)
		q.Remove(in(2, "d").Key)
		expect(t, "taken", got(t, e), "[3]")
	case items := <-e:
		expect(t, "taken", items[0].Seq, 3)
		q.Remove(in(3, "e").Key)
		expect(t, "taken", got(t, d), "[2]")
	case <-time.After(time.Minute):
		t.Fatal("a free slot serves nobody")
	}
}

func rateLimit(t *testing.T, q *fixture) {
	const (
		per    = 400 * time.Millisecond
		clocks = 20 * time.Millisecond // the queue's and ours
	)
	q.limits.set(queue.Limit{Rate: 3, Per: per})
	for i := range 9 {
		q.Push(item(i, 0))
	}
	q.settle(t, q.Queue)
	var at []time.Time
	var seqs []int
	began := time.Now()
	for len(seqs) < 9 {
		items := q.Take(t.Context(), "a", "", 2, time.Minute)
		if len(items) == 0 {
			t.Fatal("nothing comes")
		}
		for _, it := range items {
			seqs = append(seqs, it.Seq)
			at = append(at, time.Now())
			q.Fly(it)
			q.Remove(it.Key)
		}
	}
	expect(t, "order", seqs, "[0 1 2 3 4 5 6 7 8]")
	// What is seen is when the hand-out has arrived: never before it was allowed.
	for i, when := range at {
		if d := when.Sub(began); d < time.Duration(i/3)*per-clocks {
			t.Errorf("task %d was handed out after %s", i, d)
		}
	}
}

func limitChanges(t *testing.T, q *fixture) {
	set := func(l queue.Limit) {
		q.limits.set(l)
		q.Limited("a")
	}
	for i := range 9 {
		q.Push(item(i, 0))
	}
	expect(t, "taken without a limit", q.take(t, 2), "[0 1]")
	q.Fly(item(0, 0))
	q.Fly(item(1, 0))
	q.settle(t, q.Queue)
	set(queue.Limit{Concurrent: 3})
	expect(t, "what was in flight before counts", fmt.Sprint(q.take(t, 5), q.take(t, 5)), "[2] []")
	poll := q.park(t, "", 2, 1)
	q.settle(t, q.Queue)
	pending(t, poll)
	set(queue.Limit{Concurrent: 4})
	expect(t, "taken as the limit was raised", got(t, poll), "[3]")
	poll = q.park(t, "", 2, 1)
	set(queue.Limit{Concurrent: 9, Rate: 1, Per: time.Hour})
	expect(t, "taken as the limit was changed", got(t, poll), "[4]")
	poll = q.park(t, "", 2, 1)
	q.settle(t, q.Queue)
	pending(t, poll)
	set(queue.Limit{})
	expect(t, "taken as the limit was lifted", got(t, poll), "[5 6]")
}
