// Package queuetest is the suite that every implementation of queue.Queue passes: order, parked polls, what becomes of a task
// wherever it is, limits, and random histories beside a plain model.
package queuetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
)

// Subject is an implementation under test.
type Subject struct {
	// Open makes an empty queue; the test's end closes it.
	Open func(t *testing.T, limits func(taskType string) queue.Limit) queue.Queue
	// Settle waits until what was told to a queue acts on whoever takes from it.
	Settle func(t *testing.T, q queue.Queue)
}

// Run runs the suite.
func Run(t *testing.T, s Subject) {
	t.Helper()
	for name, f := range map[string]func(*testing.T, *fixture){
		"HigherPriorityFirstThenFirstCome": order,
		"QueuesAreApart":                   apart,
		"PushTwiceIsOneTask":               pushTwice,
		"RemoveFromAnywhere":               removeFromAnywhere,
		"OfferLeavesAlone":                 offer,
		"ReturnAndDrop":                    returnAndDrop,
		"Forget":                           forget,
		"ParkedPollsInOrderOfArrival":      parkedPolls,
		"APollEnds":                        pollEnds,
		"NothingIsLostOrHandedOutTwice":    concurrent,
		"PollsAreRemembered":               polls,
		"CloseEndsPolls":                   closeEnds,
		"Histories":                        histories,
		"ConcurrencyLimit":                 concurrencyLimit,
		"ConcurrencyLimitOverDomains":      concurrencyOverDomains,
		"RateLimit":                        rateLimit,
		"ALimitThatChanges":                limitChanges,
	} {
		t.Run(name, func(t *testing.T) {
			limits := &limits{}
			f(t, &fixture{Queue: s.Open(t, limits.of), settle: s.Settle, limits: limits})
		})
	}
}

// fixture is a queue with what the tests need of it.
type fixture struct {
	queue.Queue
	settle func(*testing.T, queue.Queue)
	limits *limits
}

type limits struct {
	mu    sync.Mutex
	limit queue.Limit
}

func (l *limits) of(taskType string) queue.Limit {
	l.mu.Lock()
	defer l.mu.Unlock()
	if taskType != "a" {
		return queue.Limit{}
	}
	return l.limit
}

func (l *limits) set(limit queue.Limit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = limit
}

func item(n, priority int) queue.Item {
	return queue.Item{Key: queue.Key{Execution: "x", Seq: n}, Type: "a", Priority: priority}
}

// take takes what is there.
func (f *fixture) take(t *testing.T, count int) []int {
	t.Helper()
	return f.takeFrom(t, "", count)
}

func (f *fixture) takeFrom(t *testing.T, domain string, count int) []int {
	t.Helper()
	f.settle(t, f.Queue)
	var seqs []int
	for _, it := range f.Take(t.Context(), "a", domain, count, 0) {
		seqs = append(seqs, it.Seq)
	}
	return seqs
}

// park begins a poll and returns when it is parked, with n polls parked by then.
func (f *fixture) park(t *testing.T, domain string, count, n int) <-chan []queue.Item {
	t.Helper()
	got := make(chan []queue.Item, 1)
	go func() { got <- f.Take(t.Context(), "a", domain, count, time.Minute) }()
	f.until(t, "the polls do not park", func() bool {
		parked := 0
		for _, i := range f.Infos() {
			parked += i.Pollers
		}
		return parked == n
	})
	return got
}

// until waits for a condition.
func (f *fixture) until(t *testing.T, problem string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %+v", problem, f.Infos())
		case <-time.After(time.Millisecond):
		}
	}
}

// got waits for what a parked poll gets.
func got(t *testing.T, poll <-chan []queue.Item) []int {
	t.Helper()
	select {
	case items := <-poll:
		var seqs []int
		for _, it := range items {
			seqs = append(seqs, it.Seq)
		}
		return seqs
	case <-time.After(time.Minute):
		t.Fatal("a parked poll gets nothing")
		return nil
	}
}

// pending fails when a poll has got something.
func pending(t *testing.T, polls ...<-chan []queue.Item) {
	t.Helper()
	for _, p := range polls {
		select {
		case items := <-p:
			t.Fatalf("a poll got %v", items)
		default:
		}
	}
}

func (f *fixture) info(t *testing.T) queue.Info {
	t.Helper()
	all := f.Infos()
	if len(all) != 1 {
		t.Fatalf("queues: %+v", all)
	}
	return all[0]
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s: %s, want %s", what, g, w)
	}
}

func order(t *testing.T, q *fixture) {
	for i, priority := range []int{0, 5, 0, 99, 5} {
		q.Push(item(i, priority))
	}
	expect(t, "order", fmt.Sprint(q.take(t, 2), q.take(t, 10), q.take(t, 1)), "[3 1] [4 0 2] []")
	many := 500
	var want []int
	for i := range many {
		q.Push(item(i, 7))
		want = append(want, i)
	}
	expect(t, "order of many", q.take(t, many), want)
}

func apart(t *testing.T, q *fixture) {
	q.Push(queue.Item{Key: queue.Key{Execution: "x", Seq: 1}, Type: "a", Domain: "d"})
	q.Push(queue.Item{Key: queue.Key{Execution: "x", Seq: 2}, Type: "b"})
	q.Push(queue.Item{Key: queue.Key{Execution: "ö {x}:1", Seq: 3}, Type: "a {b}", Domain: "d:1", Priority: 3})
	expect(t, "taken from another queue", q.take(t, 10), "[]")
	expect(t, "taken", q.takeFrom(t, "d", 1), "[1]")
	got := q.Take(t.Context(), "a {b}", "d:1", 1, 0)
	expect(t, "taken whole", got, "[{{ö {x}:1 3} a {b} d:1 3}]")
}

func pushTwice(t *testing.T, q *fixture) {
	q.Push(item(1, 0))
	q.Push(item(1, 0))
	q.settle(t, q.Queue)
	q.Push(item(1, 0))
	expect(t, "taken", q.take(t, 10), "[1]")
}

func removeFromAnywhere(t *testing.T, q *fixture) {
	for i := range 10 {
		q.Push(item(i, i%3))
	}
	q.settle(t, q.Queue)
	for _, i := range []int{0, 9, 4} {
		q.Remove(queue.Key{Execution: "x", Seq: i})
	}
	q.Remove(queue.Key{Execution: "x", Seq: 99})
	expect(t, "left", q.take(t, 10), "[2 5 8 1 7 3 6]")
}

func offer(t *testing.T, q *fixture) {
	if !q.Offer(item(1, 0)) || q.Offer(item(1, 0)) {
		t.Error("a ready task was offered again")
	}
	q.take(t, 1)
	if q.Offer(item(1, 0)) {
		t.Error("a task that was handed out was offered")
	}
	q.Fly(item(1, 0))
	q.Fly(item(1, 0))
	if q.Offer(item(1, 0)) {
		t.Error("a task that a worker has was offered")
	}
	if i := q.info(t); i.InFlight != 1 || i.Depth != 0 {
		t.Errorf("info: %+v", i)
	}
	q.Push(item(1, 0)) // it comes back
	if i := q.info(t); i.InFlight != 0 || i.Depth != 1 {
		t.Errorf("info after it came back: %+v", i)
	}
	expect(t, "taken", q.take(t, 1), "[1]")
	q.Fly(item(1, 0))
	q.Remove(item(1, 0).Key)
	if i := q.info(t); i.InFlight != 0 || i.Depth != 0 {
		t.Errorf("info after it ended: %+v", i)
	}
	expect(t, "taken after the end", q.take(t, 1), "[]")
}

func returnAndDrop(t *testing.T, q *fixture) {
	for i := range 3 {
		q.Push(item(i, 0))
	}
	expect(t, "taken", q.take(t, 1), "[0]")
	q.Return(item(0, 0))
	expect(t, "a returned task comes first", q.take(t, 2), "[0 1]")
	q.Drop(item(0, 0))
	q.Fly(item(1, 0))
	q.Drop(item(1, 0))
	q.Return(item(1, 0))
	if i := q.info(t); i.InFlight != 1 || i.Depth != 1 {
		t.Errorf("info: %+v", i)
	}
	expect(t, "left", q.take(t, 5), "[2]")
	q.Push(item(0, 0))
	expect(t, "a dropped task that is pushed", q.take(t, 5), "[0]")
	q.Push(item(0, 0))
	expect(t, "a task that is pushed after it was handed out", q.take(t, 5), "[0]")
}

func forget(t *testing.T, q *fixture) {
	q.Push(item(1, 0))
	other := queue.Item{Key: queue.Key{Execution: "y", Seq: 1}, Type: "a"}
	q.Push(other)
	q.Fly(item(2, 0))
	q.settle(t, q.Queue)
	q.Forget(func(execution string) bool { return execution == "x" })
	if i := q.info(t); i.Depth != 1 || i.InFlight != 0 {
		t.Errorf("info: %+v", i)
	}
	q.Push(item(1, 0)) // as the next home of x does
	q.Remove(other.Key)
	expect(t, "taken", q.take(t, 5), "[1]")
}

func parkedPolls(t *testing.T, q *fixture) {
	one := q.park(t, "", 5, 1)
	two := q.park(t, "", 5, 2)
	q.Push(item(1, 0))
	expect(t, "first poll", got(t, one), "[1]")
	q.Push(item(2, 9))
	expect(t, "second poll", got(t, two), "[2]")
}

func pollEnds(t *testing.T, q *fixture) {
	if got := q.Take(t.Context(), "a", "", 1, time.Millisecond); len(got) != 0 {
		t.Errorf("taken: %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := q.Take(ctx, "a", "", 1, time.Minute); len(got) != 0 {
		t.Errorf("taken: %v", got)
	}
	q.Push(item(1, 0))
	expect(t, "taken by a poll after those that had gone", q.take(t, 1), "[1]")
}

// concurrent lets polls come, wait and be cancelled while tasks come.
func concurrent(t *testing.T, q *fixture) {
	const tasks, pollers = 3000, 12
	var mu sync.Mutex
	seen := map[int]int{}
	var work sync.WaitGroup
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for p := range pollers {
		work.Go(func() {
			for ctx.Err() == nil {
				one, cancel := context.WithTimeout(ctx, time.Duration(p)*200*time.Microsecond)
				items := q.Take(one, "a", "", 1+p%3, time.Minute)
				cancel()
				for _, it := range items {
					q.Fly(it)
				}
				mu.Lock()
				for _, it := range items {
					seen[it.Seq]++
				}
				if len(seen) == tasks {
					stop()
				}
				mu.Unlock()
			}
		})
	}
	for g := range 3 {
		work.Go(func() {
			for i := g; i < tasks; i += 3 {
				q.Push(item(i, i%5))
			}
		})
	}
	work.Wait()
	for seq, n := range seen {
		if n != 1 {
			t.Errorf("task %d was handed out %d times", seq, n)
		}
	}
	if len(seen) != tasks {
		t.Errorf("%d of %d tasks were handed out", len(seen), tasks)
	}
}

func polls(t *testing.T, q *fixture) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	q.Seen("b", "", "w1", at)
	q.Seen("a", "d", "w2", at)
	q.Seen("a", "", "w3", at)
	q.Seen("a", "", "w4", at.Add(time.Second))
	if got := fmt.Sprintf("%d %s %s %d", len(q.Polls("")), q.Polls("a")[0].Worker, q.Polls("a")[1].Worker, len(q.Polls("c"))); got != "3 w4 w2 0" {
		t.Errorf("polls: %s", got)
	}
	if !q.Active("a", "", at) || q.Active("a", "", at.Add(time.Second)) || q.Active("z", "", at) {
		t.Error("active is wrong")
	}
	poll := q.park(t, "", 1, 1)
	if !q.Active("a", "", at.Add(time.Hour)) {
		t.Error("a parked poll does not count as active")
	}
	q.Push(item(1, 0))
	got(t, poll)
}

func closeEnds(t *testing.T, q *fixture) {
	poll := q.park(t, "", 1, 1)
	q.Close()
	expect(t, "a poll ended by Close", got(t, poll), "[]")
}
