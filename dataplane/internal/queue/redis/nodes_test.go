package redis_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/redis"
)

func item(n, priority int) queue.Item {
	return queue.Item{Key: queue.Key{Execution: fmt.Sprint("x", n), Seq: n}, Type: "a", Priority: priority}
}

// nodes opens a number of nodes of one data plane.
func nodes(t *testing.T, n int, limits func(string) queue.Limit) []*redis.Queue {
	t.Helper()
	prefix := "t" + rand.Text()[:8]
	out := make([]*redis.Queue, n)
	for i := range out {
		out[i] = node(t, os.Getenv(env), prefix, limits)
	}
	return out
}

func seqs(items []queue.Item) []int {
	out := []int{}
	for _, it := range items {
		out = append(out, it.Seq)
	}
	return out
}

func expect(t *testing.T, what string, got []queue.Item, want ...int) {
	t.Helper()
	if g := seqs(got); !slices.Equal(g, want) {
		t.Errorf("%s: %v, want %v", what, g, want)
	}
}

// park begins a poll and returns when it is parked and its node is to be woken.
func park(t *testing.T, q *redis.Queue, count int) <-chan []queue.Item {
	t.Helper()
	out := make(chan []queue.Item, 1)
	go func() { out <- q.Take(t.Context(), "a", "", count, time.Minute) }()
	until(t, "the poll does not park", q.Covered)
	return out
}

func until(t *testing.T, problem string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(end) {
			t.Fatal(problem)
		}
		<-time.After(time.Millisecond)
	}
}

func wait(t *testing.T, poll <-chan []queue.Item, most time.Duration) []queue.Item {
	t.Helper()
	select {
	case items := <-poll:
		return items
	case <-time.After(most):
		t.Errorf("a parked poll got nothing within %s", most)
		return nil
	}
}

func now(t *testing.T, q *redis.Queue, count int) []queue.Item {
	t.Helper()
	return q.Take(t.Context(), "a", "", count, 0)
}

func limit(l queue.Limit) func(string) queue.Limit {
	return func(string) queue.Limit { return l }
}

func TestNodes_APushReachesAParkedPollElsewhereAtOnce(t *testing.T) {
	n := nodes(t, 3, queue.Unlimited)
	for _, q := range n {
		q.OnlyWoken()
	}
	for i := range 20 {
		poll := park(t, n[1+i%2], 1)
		began := time.Now()
		n[0].Push(item(i, 0))
		expect(t, "taken", wait(t, poll, time.Minute), i)
		if i == 19 {
			t.Logf("it took %s", time.Since(began))
		}
		n[0].Fly(item(i, 0))
	}
}

func TestNodes_EachTaskGoesToOnePoller(t *testing.T) {
	const tasks = 2000
	n := nodes(t, 4, queue.Unlimited)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var mu sync.Mutex
	seen := map[int]int{}
	var work sync.WaitGroup
	for p := range 12 {
		work.Go(func() {
			for ctx.Err() == nil {
				for _, it := range n[p%4].Take(ctx, "a", "", 1+p%3, time.Minute) {
					n[it.Seq%3].Fly(it) // its home
					n[it.Seq%3].Remove(it.Key)
					mu.Lock()
					if seen[it.Seq]++; len(seen) == tasks {
						stop()
					}
					mu.Unlock()
				}
			}
		})
	}
	for i := range tasks {
		n[i%3].Push(item(i, i%100))
	}
	work.Wait()
	if len(seen) != tasks {
		t.Errorf("%d of %d tasks were handed out", len(seen), tasks)
	}
	for seq, times := range seen {
		if times != 1 {
			t.Errorf("task %d was handed out %d times", seq, times)
		}
	}
	settle(t, n...)
	for _, q := range n {
		if q.Own() != 0 {
			t.Errorf("%d tasks that ended are remembered", q.Own())
		}
	}
}

func TestNodes_PriorityOrdersOverNodes(t *testing.T) {
	n := nodes(t, 3, queue.Unlimited)
	for i, priority := range []int{0, 99, 50, 1, 50, 0} {
		n[i%2].Push(item(i, priority))
		settle(t, n[:2]...)
	}
	expect(t, "order", now(t, n[2], 10), 1, 2, 4, 3, 0, 5)
}

func TestNodes_ANodeThatDiesWithATaskLosesNothing(t *testing.T) {
	n := nodes(t, 3, queue.Unlimited)
	for _, q := range n {
		q.Hasten(2*time.Second, time.Minute)
	}
	dying := park(t, n[1], 1)
	other := park(t, n[2], 1)
	n[0].Push(item(1, 0))
	var rest <-chan []queue.Item
	select {
	case <-dying:
		rest = other
	case <-other:
		rest = dying
	case <-time.After(time.Minute):
		t.Fatal("nobody got the task")
	}
	expect(t, "taken by who is left", wait(t, rest, time.Minute), 1)
}

func TestNodes_WhatIsReturnedIsForOthers(t *testing.T) {
	n := nodes(t, 3, queue.Unlimited)
	n[0].Push(item(1, 0))
	n[0].Push(item(2, 0))
	settle(t, n...)
	expect(t, "taken", now(t, n[1], 1), 1)
	n[1].Return(item(1, 0))
	settle(t, n...)
	expect(t, "taken again, before others", now(t, n[2], 2), 1, 2)
	n[0].Fly(item(1, 0))
	n[0].Drop(item(2, 0)) // it had ended
	n[0].Remove(item(2, 0).Key)
	settle(t, n...)
	n[2].Return(item(2, 0)) // which the poller does not know
	settle(t, n...)
	expect(t, "taken after that", now(t, n[2], 5))
}

func TestNodes_ASlotThatMovesDuplicatesNothing(t *testing.T) {
	n := nodes(t, 3, queue.Unlimited)
	for i := 1; i <= 4; i++ {
		n[0].Push(item(i, 0))
	}
	settle(t, n...)
	expect(t, "taken", now(t, n[2], 2), 1, 2)
	n[0].Fly(item(1, 0))
	settle(t, n...)
	n[0].Forget(func(string) bool { return true })
	n[1].Fly(item(1, 0))
	for i := 2; i <= 4; i++ {
		n[1].Push(item(i, 0)) // 2 is handed out, and its home has not heard of it
	}
	settle(t, n...)
	expect(t, "taken after the move", now(t, n[2], 5), 3, 4)
	for i := 2; i <= 4; i++ {
		n[1].Fly(item(i, 0))
		n[1].Remove(item(i, 0).Key)
	}
	n[1].Push(item(1, 0))
	settle(t, n...)
	expect(t, "back from its worker", now(t, n[2], 5), 1)
	if n[0].Own() != 0 {
		t.Errorf("the home before remembers %d tasks", n[0].Own())
	}
}

func TestNodes_LimitsHoldOverNodes(t *testing.T) {
	n := nodes(t, 4, limit(queue.Limit{Concurrent: 2}))
	const tasks = 60
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var mu sync.Mutex
	flying, most, done := 0, 0, 0
	var work sync.WaitGroup
	for p := range 8 {
		work.Go(func() {
			for ctx.Err() == nil {
				for _, it := range n[p%4].Take(ctx, "a", "", 2, time.Minute) {
					mu.Lock()
					flying++
					most = max(most, flying)
					mu.Unlock()
					n[it.Seq%2].Fly(it)
					mu.Lock()
					flying--
					if done++; done == tasks {
						stop()
					}
					mu.Unlock()
					n[it.Seq%2].Remove(it.Key)
				}
			}
		})
	}
	for i := range tasks {
		n[i%2].Push(item(i, 0))
	}
	work.Wait()
	if done != tasks || most > 2 {
		t.Errorf("%d of %d tasks were handed out, at most %d at a time", done, tasks, most)
	}
}

func TestNodes_ALimitThatIsRaisedElsewhereActsAtOnce(t *testing.T) {
	var mu sync.Mutex
	l := queue.Limit{Concurrent: 1}
	n := nodes(t, 2, func(string) queue.Limit {
		mu.Lock()
		defer mu.Unlock()
		return l
	})
	n[0].Push(item(1, 0))
	n[0].Push(item(2, 0))
	settle(t, n...)
	expect(t, "taken", now(t, n[1], 2), 1)
	poll := park(t, n[1], 1)
	mu.Lock()
	l.Concurrent = 2
	mu.Unlock()
	n[0].Limited("a")
	expect(t, "taken as the limit was raised", wait(t, poll, time.Minute), 2)
}

func TestNodes_TheTasksOfAHomeThatDiedBlockNobodyForLong(t *testing.T) {
	n := nodes(t, 3, limit(queue.Limit{Concurrent: 1}))
	n[0].Hasten(time.Minute, 4*time.Second)
	n[0].Push(item(1, 0))
	settle(t, n...)
	expect(t, "taken", now(t, n[2], 1), 1)
	n[0].Fly(item(1, 0))
	n[1].Push(item(2, 0))
	settle(t, n...)
	poll := park(t, n[2], 1)
	select {
	case items := <-poll: // the home renews its lease
		t.Fatalf("taken over the limit: %v", items)
	case <-time.After(5 * time.Second):
	}
	n[0].Close()
	expect(t, "taken after the lease", wait(t, poll, time.Minute), 2)
}

func TestNodes_RatesHoldOverNodes(t *testing.T) {
	const (
		per    = 600 * time.Millisecond
		clocks = 20 * time.Millisecond // that of Redis and ours
	)
	n := nodes(t, 3, limit(queue.Limit{Rate: 2, Per: per}))
	for i := range 6 {
		n[i%2].Push(item(i, 0))
	}
	settle(t, n...)
	var mu sync.Mutex
	var at []time.Time
	var work sync.WaitGroup
	began := time.Now()
	for _, q := range n {
		work.Go(func() {
			for range 2 {
				items := q.Take(t.Context(), "a", "", 1, time.Minute)
				mu.Lock()
				for range items {
					at = append(at, time.Now())
				}
				mu.Unlock()
			}
		})
	}
	work.Wait()
	if len(at) != 6 {
		t.Fatalf("%d tasks came", len(at))
	}
	// What is seen is when the hand-out has arrived: never before it was allowed.
	for i, when := range at {
		if d := when.Sub(began); d < time.Duration(i/2)*per-clocks {
			t.Errorf("hand-out %d came after %s", i, d)
		}
	}
}

func TestNodes_PollsAndDepthsAreThoseOfAll(t *testing.T) {
	n := nodes(t, 2, queue.Unlimited)
	start := time.Now()
	n[0].Seen("a", "", "w", start)
	n[0].Push(item(1, 0))
	n[0].Push(item(2, 0))
	settle(t, n...)
	expect(t, "taken", now(t, n[1], 1), 1)
	n[0].Fly(item(1, 0))
	go n[1].Take(t.Context(), "b", "d", 1, time.Minute)
	want := "[{a  1 1 0} {b d 0 0 1}]"
	for i, q := range n {
		until(t, fmt.Sprintf("node %d does not hear of the other", i), func() bool { return fmt.Sprint(q.Infos()) == want })
		if p := q.Polls(""); len(p) != 1 || p[0].Worker != "w" || !p[0].At.Equal(start) {
			t.Errorf("polls on node %d: %+v", i, p)
		}
		if !q.Active("a", "", start.Add(-time.Second)) || q.Active("a", "", start) || !q.Active("b", "d", time.Now()) {
			t.Errorf("active on node %d is wrong", i)
		}
	}
	n[1].Close()
	until(t, "a node that has gone is remembered", func() bool { return len(n[0].Infos()) == 1 })
}
