package redis_test

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
)

// advance is a head start that does not end within a test.
const advance = 50 * time.Second

// TestHeadStart_RedisDoesNotHearOfWhatTheNextPollTakes counts what Redis holds of a type.
func TestHeadStart_RedisDoesNotHearOfWhatTheNextPollTakes(t *testing.T) {
	prefix := "t" + rand.Text()[:8]
	q := node(t, os.Getenv(env), prefix, queue.Unlimited)
	q.Advance(advance)
	known := func() int {
		keys, err := client(t, os.Getenv(env)).Exists(t.Context(), "{"+prefix+":a}:r:", "{"+prefix+":a}:h").Result()
		if err != nil {
			t.Fatal(err)
		}
		return int(keys)
	}
	q.Push(item(1, 0))
	settle(t, q)
	if known() != 1 {
		t.Error("without a poll before, Redis was not told at once")
	}
	expect(t, "what Redis was told", now(t, q, 1), 1)
	q.Fly(item(1, 0))
	q.Remove(item(1, 0).Key)

	poll := park(t, q, 1)
	q.Push(item(2, 0))
	expect(t, "the parked poll's", wait(t, poll, time.Minute), 2)
	for i := 3; i < 6; i++ {
		q.Push(item(i, i%2))
	}
	if q.Dirty() == 0 || known() != 0 {
		t.Error("Redis was told of a task with a head start")
	}
	expect(t, "the next polls, by priority", append(now(t, q, 2), now(t, q, 5)...), 3, 5, 4)
	for i := 2; i < 6; i++ {
		q.Fly(item(i, i%2))
		q.Remove(item(i, i%2).Key)
	}
	settle(t, q)
	if known() != 0 || q.Own() != 0 {
		t.Errorf("Redis holds %d keys, and the node %d tasks", known(), q.Own())
	}
}

// TestHeadStart_EndsByItself waits for Redis to be told of a task that no poll came for.
func TestHeadStart_EndsByItself(t *testing.T) {
	n := nodes(t, 2, queue.Unlimited)
	poll := park(t, n[0], 1)
	n[0].Push(item(1, 0))
	expect(t, "the parked poll's", wait(t, poll, time.Minute), 1)
	n[0].Fly(item(1, 0))
	n[0].Push(item(2, 0))
	settle(t, n[0])
	expect(t, "after the head start, elsewhere", n[1].Take(t.Context(), "a", "", 1, time.Minute), 2)
	n[0].Fly(item(2, 0))
}

// TestHeadStart_NotWhereOthersArePolled has the push of one node reach the parked poll of another although its own polls
// came before.
func TestHeadStart_NotWhereOthersArePolled(t *testing.T) {
	n := nodes(t, 2, queue.Unlimited)
	n[0].Advance(advance)
	ctx, leave := context.WithCancel(t.Context())
	go n[0].Take(ctx, "a", "", 1, time.Minute)
	until(t, "the poll does not park", n[0].Covered)
	leave()
	until(t, "the poll does not leave", func() bool { return n[0].Parked() == 0 })
	poll := park(t, n[1], 1)
	until(t, "the other node's poll is not heard of", func() bool { return n[0].Knows("a") == 1 })
	n[0].Push(item(1, 0))
	expect(t, "elsewhere", wait(t, poll, time.Minute), 1)
}
