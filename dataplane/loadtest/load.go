package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	completed = "COMPLETED"
	pollWait  = time.Second // how long a poll waits for its first task
)

// load is one run of one scenario.
type load struct {
	Options
	api    *conductor
	prefix string // of all names that the run registers; the workflow's own name

	tasksEach  int
	flights    []flight
	startsTook time.Duration // scenario backlog: the starts alone
	took       time.Duration

	mu      sync.Mutex
	samples []sample
	polls   atomic.Int64

	failures     atomic.Int64
	firstFailure error // guarded by mu
}

// flight is one workflow seen by the workers of this process. Its number travels in the input of each task.
type flight struct {
	left atomic.Int64  // tasks to complete
	done chan struct{} // closed with the last of them
}

// sample is what one workflow took.
type sample struct {
	id    string
	start time.Duration // until the start was answered
	total time.Duration // until its last task was accepted, or its end was seen; 0 when the scenario does not say
}

func (l *load) prepare(tasksEach int) {
	l.tasksEach = tasksEach
	l.flights = make([]flight, l.Workflows)
	for i := range l.flights {
		l.flights[i].left.Store(int64(tasksEach))
		l.flights[i].done = make(chan struct{})
	}
}

// drive runs one for each workflow, Concurrency at a time, in a closed loop.
func (l *load) drive(ctx context.Context, one func(context.Context, int) (sample, error)) {
	var next atomic.Int64
	begun := time.Now()
	l.inParallel(min(l.Concurrency, l.Workflows), func(int) {
		for {
			i := int(next.Add(1)) - 1
			if i >= l.Workflows || ctx.Err() != nil {
				return
			}
			s, err := one(ctx, i)
			if err != nil {
				l.fail(err)
			}
			if s.id != "" {
				l.mu.Lock()
				l.samples = append(l.samples, s)
				l.mu.Unlock()
			}
		}
	})
	l.took = time.Since(begun)
}

// work starts Workers workers for each task type; stop ends them and waits for it.
func (l *load) work(ctx context.Context, types int) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for t := range types {
		for w := range l.Workers {
			running.Go(func() { l.worker(ctx, l.taskType(t), fmt.Sprintf("worker-%d", w)) })
		}
	}
	return func() {
		cancel()
		running.Wait()
	}
}

// worker polls for as many tasks as it has free slots, and completes each on a goroutine of its own, as SDKs do.
func (l *load) worker(ctx context.Context, taskType, name string) {
	slots := make(chan struct{}, l.Batch)
	var running sync.WaitGroup
	defer running.Wait()
	for {
		free := l.takeSlots(ctx, slots)
		if ctx.Err() != nil {
			return
		}
		tasks, err := l.api.poll(ctx, taskType, name, free, pollWait)
		l.polls.Add(1)
		if err != nil && ctx.Err() == nil {
			l.fail(err)
			return
		}
		if len(tasks) > free {
			l.fail(fmt.Errorf("a poll for %d tasks was answered with %d", free, len(tasks)))
			return
		}
		for range free - len(tasks) {
			<-slots
		}
		for _, t := range tasks {
			running.Go(func() {
				l.complete(ctx, t, name)
				<-slots
			})
		}
	}
}

// takeSlots waits for a free slot and takes all that are free.
func (l *load) takeSlots(ctx context.Context, slots chan struct{}) (taken int) {
	select {
	case slots <- struct{}{}:
		taken = 1
	case <-ctx.Done():
		return 0
	}
	for {
		select {
		case slots <- struct{}{}:
			taken++
		default:
			return taken
		}
	}
}

func (l *load) complete(ctx context.Context, t polled, worker string) {
	if t.Input.Flight < 0 || t.Input.Flight >= len(l.flights) {
		l.fail(fmt.Errorf("task %s came with the input flight %d of %d", t.TaskID, t.Input.Flight, len(l.flights)))
		return
	}
	if err := l.api.complete(ctx, t, worker); err != nil {
		if ctx.Err() == nil {
			l.fail(err)
		}
		return
	}
	f := &l.flights[t.Input.Flight]
	switch left := f.left.Add(-1); {
	case left == 0:
		close(f.done)
	case left < 0:
		l.fail(fmt.Errorf("workflow %s handed out more than its %d tasks", t.WorkflowID, l.tasksEach))
	}
}

// untilEnded looks at a workflow, ever less often, until it is no longer open.
func (l *load) untilEnded(ctx context.Context, id string) (status string, err error) {
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		status, err = l.api.status(ctx, id)
		if err != nil || status != "RUNNING" {
			return status, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return status, ctx.Err()
		}
	}
}

func (l *load) inParallel(n int, f func(i int)) {
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { f(i) })
	}
	running.Wait()
}

func (l *load) fail(err error) {
	l.failures.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.firstFailure == nil {
		l.firstFailure = err
	}
}
