package redis_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/queuetest"
	"github.com/podium-cloud/podium/dataplane/internal/queue/redis"
)

const env = "PODIUM_TEST_REDIS"

var quiet = slog.New(slog.DiscardHandler)

func client(t testing.TB, address string) goredis.UniversalClient {
	t.Helper()
	if address == "" {
		t.Fatalf("%s is not set: this test needs a Redis server, e.g. %s=redis://127.0.0.1:6379/0", env, env)
	}
	c, err := redis.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// node opens a node's queue and waits until it uses Redis.
func node(t testing.TB, address, prefix string, limits func(string) queue.Limit) *redis.Queue {
	t.Helper()
	q := redis.New(redis.Config{Client: client(t, address), Prefix: prefix, Limits: limits, Logger: quiet})
	t.Cleanup(q.Close)
	settle(t, q)
	return q
}

func settle(t testing.TB, queues ...*redis.Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, q := range queues {
		if err := q.Settle(ctx); err != nil {
			t.Fatalf("the queue does not settle: %v", err)
		}
	}
}

func subject(address string) queuetest.Subject {
	return queuetest.Subject{
		Open: func(t *testing.T, limits func(string) queue.Limit) queue.Queue {
			t.Helper()
			return node(t, address, "t"+rand.Text()[:8], limits)
		},
		Settle: func(t *testing.T, q queue.Queue) {
			t.Helper()
			settle(t, q.(*redis.Queue))
		},
	}
}

func TestQueue(t *testing.T) { queuetest.Run(t, subject(os.Getenv(env))) }
