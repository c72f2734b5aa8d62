package storebench

import (
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/internal/store/postgres"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// stores are the data plane's own, on a disk that they wait for; transactions counts what has been written as one unit,
// and is nil where that is not counted.
var stores = []struct {
	name string
	open func(b *testing.B) (s store.Store, transactions func() int64)
}{
	{"embedded", func(b *testing.B) (store.Store, func() int64) {
		s, err := embedded.Open(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		return s, nil
	}},
	{"postgres", func(b *testing.B) (store.Store, func() int64) {
		server := pgtest.Start(b)
		s, err := postgres.Open(b.Context(), postgres.Config{URL: server.URL, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		db, err := sql.Open("pgx", server.URL)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() })
		return s, func() (n int64) {
			if err := db.QueryRowContext(b.Context(), "select coalesce(sum(batch), 0)::bigint from writers").Scan(&n); err != nil {
				b.Fatal(err)
			}
			return n
		}
	}},
}

// BenchmarkSteps has clients take executions of three tasks through their four steps; each waits until its step is durable.
// One operation is one execution.
func BenchmarkSteps(b *testing.B) {
	for _, kind := range stores {
		for _, clients := range []int{1, 50, 200} {
			b.Run(fmt.Sprintf("%s/clients=%d", kind.name, clients), func(b *testing.B) {
				s, transactions := kind.open(b)
				if err := run(b, s, clients, clients); err != nil { // connects, and writes the definition
					b.Fatal(err)
				}
				before := int64(0)
				if transactions != nil {
					before = transactions()
				}
				var waits []time.Duration
				var mu sync.Mutex
				b.ResetTimer()
				if err := run(b, s, clients, b.N, func(d time.Duration) {
					mu.Lock()
					defer mu.Unlock()
					waits = append(waits, d)
				}); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				slices.Sort(waits)
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "executions/s")
				b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "p50-ms/step")
				b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms/step")
				if transactions != nil {
					b.ReportMetric(float64(transactions()-before)/float64(3*b.N), "transactions/task")
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// run takes n executions through their steps, by so many clients.
func run(b *testing.B, s store.Store, clients, n int, observe ...func(time.Duration)) error {
	var left atomic.Int64
	left.Store(int64(n))
	var failure atomic.Pointer[error]
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				lazy, steps := lifetime(uuid.Must(uuid.NewV7()).String())
				for i, c := range steps {
					began := time.Now()
					wait, err := s.Commit(b.Context(), lazy[i], []*store.Change{c})
					if err == nil {
						err = wait()
					}
					if err != nil {
						failure.Store(&err)
						return
					}
					for _, f := range observe {
						f(time.Since(began))
					}
				}
			}
		})
	}
	all.Wait()
	if err := failure.Load(); err != nil {
		return *err
	}
	return nil
}

// lifetime is what the engine writes of an execution of three tasks, with the picks that ride along.
func lifetime(id string) (lazy [][]*store.Change, steps []*store.Change) {
	const tasks = 3
	input := workflow.Payload(`{"title":"` + id + `","country":"DE","customer":{"id":4711,"tier":"gold"},"callback":"https://example.com/hooks/17"}`)
	sum := &workflow.Summary{WorkflowID: id, WorkflowType: "encode", Version: 1, Status: workflow.Running, StartTime: time.Now().UnixMilli(), Input: string(input), Output: "{}"}
	row := func(seq int, status string) store.Row {
		return store.Row{
			Seq: seq, ID: fmt.Sprintf("%s%d%s", id[:8], seq, id[9:]), Input: input,
			Task: fmt.Appendf(nil, `{"seq":%d,"id":"%s","type":"SIMPLE","name":"encode_image","ref":"encode_image_ref","status":"%s","scheduled":1750000000000,"first":1750000000000,"start":1750000000010,"update":1750000000050,"pollCount":1,"workerId":"worker-17"}`, seq, id, status),
		}
	}
	queued := decide.Work{Kind: decide.Queued, Type: "encode_image", Name: "encode_image"}
	for n := range tasks + 1 {
		h := &decide.Header{ID: id, Rev: int64(n + 1), Plan: "plan", Name: "encode", Version: 1, Status: workflow.Running, CreateTime: sum.StartTime, UpdateTime: sum.StartTime}
		c := &store.Change{ID: id, Header: h}
		var picks []*store.Change
		if n == 0 {
			c.Input, c.Plan, c.Own, c.Summary = &input, []byte(`{"name":"encode"}`), &decide.Outstanding{Due: 1}, sum
		} else {
			pick := queued
			pick.Seq = n
			picks = []*store.Change{{ID: id, Work: []store.Work{{Work: pick, Picked: &store.Picked{WorkerID: "worker-17", Start: 1, Update: 1, PollCount: 1}}}}}
			done := row(n, "COMPLETED")
			done.Output = workflow.Payload(`{"url":"s3://encodes/4711","frames":170000}`)
			c.Tasks, c.Work = append(c.Tasks, done), append(c.Work, store.Work{Work: decide.Work{Seq: n}})
		}
		if n < tasks {
			next := queued
			next.Seq = n + 1
			c.Tasks, c.Work = append(c.Tasks, row(n+1, "SCHEDULED")), append(c.Work, store.Work{Work: next})
		} else {
			ended := *sum
			h.Status, ended.Status, ended.EndTime, ended.Output = workflow.Completed, workflow.Completed, sum.StartTime+1000, `{"url":"s3://encodes/4711"}`
			output := workflow.Payload(ended.Output)
			c.Output, c.Own, c.Before, c.Summary = &output, &decide.Outstanding{}, sum, &ended
		}
		lazy, steps = append(lazy, picks), append(steps, c)
	}
	return lazy, steps
}
