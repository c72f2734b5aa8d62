// Command temporal puts the scenario "simple" of the load program on a Temporal server: workflows of activities in sequence
// that carry their input through, in a closed loop, with the workers in this process as Temporal's samples have them. It
// prints the figures that the load program prints for servers with Conductor's API.
//
// It is a module of its own, so that Podium does not depend on Temporal.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const queue = "load"

type input struct {
	Tasks   int
	Payload string
}

// sequence is the workflow: activities one after the other, each given the payload.
func sequence(ctx workflow.Context, in input) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	out := in.Payload
	for range in.Tasks {
		if err := workflow.ExecuteActivity(ctx, carry, out).Get(ctx, &out); err != nil {
			return "", err
		}
	}
	return out, nil
}

func carry(_ context.Context, payload string) (string, error) { return payload, nil }

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "temporal:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	address := flag.String("address", "127.0.0.1:7233", "the server's gRPC address")
	n := flag.Int("n", 200, "workflows to run")
	c := flag.Int("c", 50, "workflows in flight")
	tasks := flag.Int("tasks", 3, "activities in sequence")
	payload := flag.Int("payload", 256, "bytes of input that go through each activity")
	flag.Parse()

	quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	server, err := client.Dial(client.Options{HostPort: *address, Logger: quiet})
	if err != nil {
		return err
	}
	defer server.Close()
	w := worker.New(server, queue, worker.Options{MaxConcurrentWorkflowTaskPollers: 8, MaxConcurrentActivityTaskPollers: 8})
	w.RegisterWorkflow(sequence)
	w.RegisterActivity(carry)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()

	in := input{Tasks: *tasks, Payload: strings.Repeat("x", *payload)}
	times := make([]time.Duration, *n)
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	begun := time.Now()
	for range *c {
		all.Go(func() {
			for i := next.Add(1) - 1; int(i) < *n; i = next.Add(1) - 1 {
				if err := one(ctx, server, in, &times[i]); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	all.Wait()
	took := time.Since(begun)
	if err := failed.Load(); err != nil {
		return *err
	}
	slices.Sort(times)
	at := func(share float64) float64 {
		return round(float64(times[int(math.Ceil(share*float64(len(times))))-1]) / float64(time.Millisecond))
	}
	e := json.NewEncoder(os.Stdout)
	return e.Encode(map[string]any{
		"scenario": "simple", "concurrency": *c, "workflows": *n, "tasksEach": *tasks, "seconds": round(took.Seconds()),
		"workflowsPerSecond": round(float64(*n) / took.Seconds()), "tasksPerSecond": round(float64(*n**tasks) / took.Seconds()),
		"latency": map[string]float64{"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1)},
	})
}

// one runs a workflow and checks that the payload came through.
func one(ctx context.Context, server client.Client, in input, took *time.Duration) error {
	begun := time.Now()
	execution, err := server.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue}, sequence, in)
	if err != nil {
		return err
	}
	var out string
	if err := execution.Get(ctx, &out); err != nil {
		return err
	}
	if out != in.Payload {
		return fmt.Errorf("workflow %s carried %d of %d bytes", execution.GetID(), len(out), len(in.Payload))
	}
	*took = time.Since(begun)
	return nil
}

func round(f float64) float64 { return math.Round(f*100) / 100 }
