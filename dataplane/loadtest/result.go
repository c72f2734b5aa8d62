package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"time"
)

// Result is what a scenario showed. Rates are per second, times in milliseconds.
type Result struct {
	Scenario        string         `json:"scenario"`
	Concurrency     int            `json:"concurrency"`
	Width           int            `json:"width,omitempty"`
	Workflows       int            `json:"workflows"`
	TasksEach       int            `json:"tasksEach,omitempty"`
	Seconds         float64        `json:"seconds"`
	WorkflowsPerSec float64        `json:"workflowsPerSecond,omitempty"`
	TasksPerSec     float64        `json:"tasksPerSecond,omitempty"`
	StartsPerSec    float64        `json:"startsPerSecond,omitempty"` // scenario backlog
	PollsPerSec     float64        `json:"pollsPerSecond,omitempty"`  // scenario poll
	Latency         *Percentiles   `json:"latency,omitempty"`
	Start           *Percentiles   `json:"start,omitempty"`
	Statuses        map[string]int `json:"statuses,omitempty"` // of the started workflows at the end
	Failures        int64          `json:"failures"`
	Error           string         `json:"error,omitempty"` // the first failure
}

// Err is nil when no call failed and every workflow was completed.
func (r Result) Err() error {
	if r.Error == "" {
		return nil
	}
	return errors.New(r.Scenario + ": " + r.Error)
}

// Percentiles of a set of times, in milliseconds.
type Percentiles struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// percentilesOf is nil for no times. A percentile is the smallest time that at least that share of the times does not
// exceed.
func percentilesOf(times []time.Duration) *Percentiles {
	if len(times) == 0 {
		return nil
	}
	times = slices.Sorted(slices.Values(times))
	at := func(share float64) float64 {
		return round(float64(times[int(math.Ceil(share*float64(len(times))))-1]) / float64(time.Millisecond))
	}
	return &Percentiles{P50: at(0.50), P95: at(0.95), P99: at(0.99), Max: at(1)}
}

// result looks at the end of every workflow and sums the run up.
func (l *load) result(ctx context.Context) Result {
	r := Result{
		Scenario: l.Scenario, Concurrency: l.Concurrency, Workflows: len(l.samples), TasksEach: l.tasksEach,
		Seconds: round(l.took.Seconds()), Statuses: l.statuses(ctx),
	}
	var totals, starts []time.Duration
	for _, s := range l.samples {
		starts = append(starts, s.start)
		if s.total > 0 {
			totals = append(totals, s.total)
		}
	}
	r.Latency, r.Start = percentilesOf(totals), percentilesOf(starts)
	switch l.Scenario {
	case "poll":
		r.PollsPerSec = rate(int(l.polls.Load()), l.took)
	case "backlog":
		r.StartsPerSec = rate(len(l.samples), l.startsTook)
		fallthrough
	default:
		r.WorkflowsPerSec, r.TasksPerSec = rate(len(l.samples), l.took), rate(len(l.samples)*l.tasksEach, l.took)
		if n := r.Statuses[completed]; n != l.Workflows {
			l.fail(fmt.Errorf("%d of %d workflows are %s", n, l.Workflows, completed))
		}
	}
	if l.Scenario == "fanout" {
		r.Width = l.Width
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Failures = l.failures.Load(); l.firstFailure != nil {
		r.Error = l.firstFailure.Error()
	}
	return r
}

// toEnd is how long a workflow may take to end once all its tasks are accepted.
const toEnd = 10 * time.Second

// statuses counts the workflows by status.
func (l *load) statuses(ctx context.Context) map[string]int {
	counts := map[string]int{}
	var next atomic.Int64
	l.inParallel(min(16, len(l.samples)), func(int) {
		for i := next.Add(1) - 1; int(i) < len(l.samples); i = next.Add(1) - 1 {
			ending, cancel := context.WithTimeout(ctx, toEnd)
			status, err := l.untilEnded(ending, l.samples[i].id)
			cancel()
			if err != nil {
				l.fail(err)
			}
			l.mu.Lock()
			counts[status]++
			l.mu.Unlock()
		}
	})
	return counts
}

func rate(n int, took time.Duration) float64 {
	if took <= 0 {
		return 0
	}
	return round(float64(n) / took.Seconds())
}

func round(f float64) float64 { return math.Round(f*100) / 100 }
