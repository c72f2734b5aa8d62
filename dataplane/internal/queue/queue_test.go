package queue_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
)

func item(n, priority int) queue.Item {
	return queue.Item{Key: queue.Key{Execution: "x", Seq: n}, Type: "a", Priority: priority}
}

func take(t *testing.T, q *queue.Memory, count int) []int {
	t.Helper()
	var seqs []int
	for _, it := range q.Take(t.Context(), "a", "", count, 0) {
		seqs = append(seqs, it.Seq)
	}
	return seqs
}

// parked waits until a queue has this many polls parked.
func parked(t *testing.T, q *queue.Memory, want int) {
	t.Helper()
	for {
		n := 0
		for _, i := range q.Infos() {
			n += i.Pollers
		}
		if n == want {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the polls do not park")
		case <-time.After(time.Millisecond):
		}
	}
}

func info(t *testing.T, q *queue.Memory) queue.Info {
	t.Helper()
	all := q.Infos()
	if len(all) != 1 {
		t.Fatalf("queues: %+v", all)
	}
	return all[0]
}

func TestHigherPriorityFirstThenFirstCome(t *testing.T) {
	q := queue.New()
	for i, priority := range []int{0, 5, 0, 9, 5} {
		q.Push(item(i, priority))
	}
	if got := fmt.Sprint(take(t, q, 2), take(t, q, 10), take(t, q, 1)); got != "[3 1] [4 0 2] []" {
		t.Errorf("order: %s", got)
	}
}

func TestQueuesAreApart(t *testing.T) {
	q := queue.New()
	q.Push(queue.Item{Key: queue.Key{Execution: "x", Seq: 1}, Type: "a", Domain: "d"})
	q.Push(queue.Item{Key: queue.Key{Execution: "x", Seq: 2}, Type: "b"})
	if got := take(t, q, 10); len(got) != 0 {
		t.Errorf("taken from another queue: %v", got)
	}
	if got := q.Take(t.Context(), "a", "d", 1, 0); len(got) != 1 || got[0].Seq != 1 {
		t.Errorf("taken: %v", got)
	}
}

func TestPushTwiceIsOneTask(t *testing.T) {
	q := queue.New()
	q.Push(item(1, 0))
	q.Push(item(1, 0))
	if got := take(t, q, 10); len(got) != 1 {
		t.Errorf("taken: %v", got)
	}
}

func TestRemoveFromAnywhere(t *testing.T) {
	q := queue.New()
	for i := range 10 {
		q.Push(item(i, i%3))
	}
	for _, i := range []int{0, 9, 4} {
		q.Remove(queue.Key{Execution: "x", Seq: i})
	}
	q.Remove(queue.Key{Execution: "x", Seq: 99})
	if got := fmt.Sprint(take(t, q, 10)); got != "[2 5 8 1 7 3 6]" {
		t.Errorf("left: %s", got)
	}
}

func TestOfferLeavesAloneWhatIsReadyOrFlies(t *testing.T) {
	q := queue.New()
	if !q.Offer(item(1, 0)) || q.Offer(item(1, 0)) {
		t.Error("a ready task was offered again")
	}
	take(t, q, 1)
	q.Fly(item(1, 0))
	q.Fly(item(1, 0))
	if q.Offer(item(1, 0)) {
		t.Error("a task that a worker has was offered")
	}
	if i := info(t, q); i.InFlight != 1 || i.Depth != 0 {
		t.Errorf("info: %+v", i)
	}
	q.Push(item(1, 0)) // it comes back
	if i := info(t, q); i.InFlight != 0 || i.Depth != 1 {
		t.Errorf("info after it came back: %+v", i)
	}
	take(t, q, 1)
	q.Fly(item(1, 0))
	q.Remove(item(1, 0).Key)
	if i := info(t, q); i.InFlight != 0 || i.Depth != 0 {
		t.Errorf("info after it ended: %+v", i)
	}
}

func TestAParkedPollGetsWhatBecomesReadyInOrderOfArrival(t *testing.T) {
	q := queue.New()
	got := [2]chan []queue.Item{make(chan []queue.Item), make(chan []queue.Item)}
	for i := range got {
		go func() { got[i] <- q.Take(t.Context(), "a", "", 5, time.Minute) }()
		parked(t, q, i+1)
	}
	q.Push(item(1, 0))
	q.Push(item(2, 9))
	for i, want := range []int{1, 2} {
		if items := <-got[i]; len(items) != 1 || items[0].Seq != want {
			t.Errorf("poll %d got %v, want %d", i, items, want)
		}
	}
}

func TestAPollEndsWithItsWaitAndWithItsContext(t *testing.T) {
	q := queue.New()
	if got := q.Take(t.Context(), "a", "", 1, time.Millisecond); len(got) != 0 {
		t.Errorf("taken: %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := q.Take(ctx, "a", "", 1, time.Minute); len(got) != 0 {
		t.Errorf("taken: %v", got)
	}
	q.Push(item(1, 0))
	if got := take(t, q, 1); len(got) != 1 {
		t.Error("a poll that had gone swallowed the task")
	}
}

// TestNothingIsLostOrHandedOutTwice lets polls come, wait and be cancelled while tasks come.
func TestNothingIsLostOrHandedOutTwice(t *testing.T) {
	const tasks, pollers = 3000, 12
	q := queue.New()
	var mu sync.Mutex
	seen := map[int]int{}
	var work sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for p := range pollers {
		work.Go(func() {
			for ctx.Err() == nil {
				one, cancel := context.WithTimeout(ctx, time.Duration(p)*200*time.Microsecond)
				items := q.Take(one, "a", "", 1+p%3, time.Minute)
				cancel()
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
		go func() {
			for i := g; i < tasks; i += 3 {
				q.Push(item(i, i%5))
			}
		}()
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

func TestPollsAreRemembered(t *testing.T) {
	q := queue.New()
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
}
