package redis_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	goredis "github.com/redis/go-redis/v9"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/redis"
)

// counted is how many commands Redis has carried out: those that came from clients, and in all, with those of scripts.
func counted(t testing.TB, c goredis.UniversalClient) (sent, all int) {
	t.Helper()
	text, err := c.Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text) {
		var calls int
		name, rest, _ := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":")
		if _, err := fmt.Sscanf(rest, "calls=%d,", &calls); err != nil || name == "info" {
			continue
		}
		all += calls
		if strings.HasPrefix(name, "eval") || name == "subscribe" || name == "ping" {
			sent += calls
		}
	}
	return sent, all
}

// bench opens nodes on a Redis of the benchmark's own.
func bench(b *testing.B, n int, limits func(string) queue.Limit) (goredis.UniversalClient, []*redis.Queue) {
	b.Helper()
	s := private(b)
	s.start()
	out := make([]*redis.Queue, n)
	for i := range out {
		out[i] = node(b, s.address, "p", limits)
	}
	return client(b, s.address), out
}

// BenchmarkTask has tasks become ready on one node, in flight and ended, with 8 workers that poll it or another one.
func BenchmarkTask(b *testing.B) {
	for name, c := range map[string]struct {
		taker  int
		limits func(string) queue.Limit
	}{
		"polled-at-home":    {0, queue.Unlimited},
		"polled-elsewhere":  {1, queue.Unlimited},
		"limited-elsewhere": {1, limit(queue.Limit{Concurrent: 1000})},
	} {
		b.Run(name, func(b *testing.B) {
			stats, n := bench(b, 2, c.limits)
			sent, all := counted(b, stats)
			var work sync.WaitGroup
			tasks := make(chan struct{}, b.N)
			for range 8 {
				work.Go(func() {
					for len(tasks) < b.N {
						for _, it := range n[c.taker].Take(b.Context(), "a", "", 1, 100*time.Millisecond) {
							n[0].Fly(it)
							n[0].Remove(it.Key)
							tasks <- struct{}{}
						}
					}
				})
			}
			b.ResetTimer()
			for i := range b.N {
				n[0].Push(item(i, 0))
			}
			work.Wait()
			b.StopTimer()
			settle(b, n...)
			sentNow, allNow := counted(b, stats)
			b.ReportMetric(float64(sentNow-sent)/float64(b.N), "scripts/op")
			b.ReportMetric(float64(allNow-all)/float64(b.N), "commands/op")
		})
	}
}

// BenchmarkWakeUp is the time from a push to a poll that is parked on another node.
func BenchmarkWakeUp(b *testing.B) {
	_, n := bench(b, 2, queue.Unlimited)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		got := make(chan []queue.Item)
		go func() { got <- n[1].Take(b.Context(), "a", "", 1, time.Minute) }()
		for !n[1].Covered() {
			<-time.After(100 * time.Microsecond)
		}
		b.StartTimer()
		n[0].Push(item(i, 0))
		<-got
		b.StopTimer()
		n[0].Remove(item(i, 0).Key)
		b.StartTimer()
	}
}

// BenchmarkIdle counts what 10,000 parked polls cost Redis in five seconds.
func BenchmarkIdle(b *testing.B) {
	for _, queues := range []int{1, 10_000} {
		b.Run(fmt.Sprint(queues, "-queues"), func(b *testing.B) {
			stats, n := bench(b, 1, queue.Unlimited)
			for i := range 10_000 {
				go n[0].Take(b.Context(), fmt.Sprint("t", i%queues), "", 1, time.Hour)
			}
			for n[0].Parked() < 10_000 || !n[0].Covered() {
				<-time.After(50 * time.Millisecond)
			}
			// Until the other nodes have heard of them.
			<-time.After(2 * time.Second)
			_, before := counted(b, stats)
			for b.Loop() {
				<-time.After(5 * time.Second)
			}
			_, after := counted(b, stats)
			b.ReportMetric(float64(after-before)/float64(b.N), "commands/op")
		})
	}
}

// BenchmarkBacklog has a million tasks wait, and another node take them.
func BenchmarkBacklog(b *testing.B) {
	const tasks = 1_000_000
	for b.Loop() {
		stats, n := bench(b, 2, queue.Unlimited)
		ids := make([]string, tasks)
		for i := range ids {
			ids[i] = uuid.NewString()
		}
		heap := func() float64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return float64(m.HeapAlloc)
		}
		before := heap()
		began := time.Now()
		for i, id := range ids {
			n[0].Push(queue.Item{Key: queue.Key{Execution: id, Seq: 1}, Type: "a", Priority: i % 3})
		}
		pushed := time.Since(began)
		for n[0].Settle(b.Context()) != nil {
		}
		told := time.Since(began)
		b.ReportMetric((heap()-before)/tasks, "B/task")
		memory, err := stats.Info(b.Context(), "memory").Result()
		if err != nil {
			b.Fatal(err)
		}
		var used float64
		_, rest, _ := strings.Cut(memory, "used_memory:")
		fmt.Sscanf(rest, "%f", &used)
		b.ReportMetric(used/tasks, "redis-B/task")
		b.ReportMetric(float64(pushed.Nanoseconds())/tasks, "ns/push")
		b.ReportMetric(tasks/told.Seconds(), "told/s")
		began = time.Now()
		for taken := 0; taken < tasks; {
			for _, it := range n[1].Take(b.Context(), "a", "", 100, time.Second) {
				n[0].Fly(it)
				n[0].Remove(it.Key)
				taken++
			}
		}
		b.ReportMetric(tasks/time.Since(began).Seconds(), "taken/s")
		settle(b, n...)
		runtime.KeepAlive(ids)
	}
}
