package redis_test

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/queuetest"
	"github.com/podium-cloud/podium/dataplane/internal/queue/redis"
)

// outage is two nodes on a Redis of their own.
func outage(t *testing.T, limits func(string) queue.Limit) (s *server, a, b *redis.Queue) {
	t.Helper()
	s = private(t)
	s.start()
	return s, node(t, s.address, "p", limits), node(t, s.address, "p", limits)
}

func down(t *testing.T, queues ...*redis.Queue) {
	t.Helper()
	for _, q := range queues {
		until(t, "the end of Redis is not noticed", func() bool { return !q.Up() })
	}
}

func TestOutage_EachNodeGoesOnWithItsOwn(t *testing.T) {
	s, a, b := outage(t, queue.Unlimited)
	a.Push(item(1, 0))
	a.Push(item(2, 5))
	b.Push(item(3, 0))
	settle(t, a, b)
	expect(t, "taken while Redis is there", now(t, b, 1), 2)
	a.Fly(item(2, 5))
	s.stop()
	down(t, a, b)
	expect(t, "taken by the home", now(t, a, 5), 1)
	expect(t, "taken by the other home", now(t, b, 5), 3)
	for _, it := range []queue.Item{item(1, 0), item(2, 5)} {
		a.Fly(it)
		a.Remove(it.Key)
	}
	own := make(chan []queue.Item, 1)
	go func() { own <- a.Take(t.Context(), "a", "", 1, time.Minute) }()
	until(t, "the poll does not park", func() bool { return a.Parked() == 1 })
	a.Push(item(4, 0))
	expect(t, "taken by a poll that was parked", wait(t, own, time.Minute), 4)
	a.Push(item(5, 0))

	s.start()
	settle(t, a, b)
	expect(t, "taken elsewhere when Redis is back", b.Take(t.Context(), "a", "", 5, time.Minute), 5)
	settle(t, a, b)
	expect(t, "taken after that", now(t, b, 5))
}

// TestOutage_RedisIsBackWithWhatItKnew has Redis kept, and only the connections lost.
func TestOutage_RedisIsBackWithWhatItKnew(t *testing.T) {
	s, a, b := outage(t, queue.Unlimited)
	for i := range 4 {
		a.Push(item(i, 0))
	}
	settle(t, a, b)
	c := client(t, s.address)
	expect(t, "taken", now(t, b, 1), 0)
	a.Fly(item(0, 0))
	settle(t, a, b)
	for range 3 {
		if err := c.Do(t.Context(), "client", "kill", "skipme", "yes").Err(); err != nil {
			t.Fatal(err)
		}
		c.Do(t.Context(), "client", "kill", "type", "pubsub")
		down(t, a, b)
		a.Remove(item(1, 0).Key)
		settle(t, a, b)
	}
	expect(t, "left", now(t, b, 5), 2, 3)
}

func TestOutage_AnEmptiedRedisIsFilledAgain(t *testing.T) {
	s, a, b := outage(t, limit(queue.Limit{Concurrent: 3}))
	for i := range 4 {
		a.Push(item(i, 0))
	}
	settle(t, a, b)
	expect(t, "taken", now(t, b, 1), 0)
	a.Fly(item(0, 0))
	settle(t, a, b)
	if err := client(t, s.address).FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	expect(t, "taken", b.Take(t.Context(), "a", "", 5, time.Minute), 1, 2)
	a.Fly(item(1, 0))
	a.Fly(item(2, 0))
	settle(t, a, b)
	poll := park(t, b, 5)
	if err := client(t, s.address).FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	a.Remove(item(0, 0).Key) // the first that touches Redis afterwards
	expect(t, "taken as a slot is free", wait(t, poll, time.Minute), 3)
}

func TestOutage_NothingGathersWithoutRedis(t *testing.T) {
	s, a, b := outage(t, queue.Unlimited)
	a.Push(item(1, 0))
	settle(t, a, b)
	s.stop()
	down(t, a, b)
	for i := range 1000 {
		it := item(i, 0)
		a.Push(it)
		a.Take(t.Context(), "a", "", 1, 0)
		a.Fly(it)
		a.Remove(it.Key)
	}
	if n, dirty := a.Own(), a.Dirty(); n > 1 || dirty > 1 {
		t.Errorf("%d tasks are remembered, %d are to be told", n, dirty)
	}
}

func TestOutage_ANodeStartsWithoutRedis(t *testing.T) {
	s := private(t)
	a := redis.New(redis.Config{Client: client(t, s.address), Prefix: "p", Limits: limit(queue.Limit{Concurrent: 1}), Logger: quiet})
	defer a.Close()
	a.Push(item(1, 0))
	a.Push(item(2, 0))
	expect(t, "taken within the limit", now(t, a, 5), 1)
	expect(t, "taken over the limit", now(t, a, 5))
	a.Fly(item(1, 0))
	s.start()
	settle(t, a)
	expect(t, "taken over the limit, with Redis", now(t, a, 5))
	a.Remove(item(1, 0).Key)
	expect(t, "taken as a slot is free", a.Take(t.Context(), "a", "", 5, time.Minute), 2)
}

func TestCluster(t *testing.T) { queuetest.Run(t, subject(cluster(t).address)) }
