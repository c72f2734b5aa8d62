package redis

import (
	"context"
	"time"
)

// Settle waits until Redis is in use and has been told everything.
func (q *Queue) Settle(ctx context.Context) error {
	for {
		q.mu.Lock()
		settled := !q.down && !q.writing && len(q.dirty) == 0 && len(q.said) == 0
		q.mu.Unlock()
		if settled {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Microsecond):
		}
	}
}

// Own is the number of tasks that the node remembers.
func (q *Queue) Own() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.tasks)
}

// Hasten makes tasks that were handed out, and leases, come back sooner.
func (q *Queue) Hasten(patience, lease time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.times.patience, q.times.lease = patience, lease
}

// OnlyWoken keeps the node from looking for tasks by itself: what its parked polls get, they were woken for.
func (q *Queue) OnlyWoken() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.times.backup = time.Hour
}

// Advance sets how long a task is kept for the next poll of its own node.
func (q *Queue) Advance(headStart time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.times.headStart = headStart
}

// Knows is how many other nodes are polled for tasks of a type, as far as this one has heard.
func (q *Queue) Knows(taskType string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, p := range q.peers {
		if p.queues[name{taskType, ""}].Pollers > 0 {
			n++
		}
	}
	return n
}

// Covered reports whether a poll is parked and the node is to be woken for all that are.
func (q *Queue) Covered() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	parked := 0
	for _, l := range q.lines {
		if parked += len(l.parked); len(l.parked) > 0 && (!l.covered || l.fetching) {
			return false
		}
	}
	return parked > 0
}

// Dirty is the number of tasks that Redis is to be told of.
func (q *Queue) Dirty() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, k := range q.kinds {
		n += len(k.dirty)
	}
	return n
}

// Parked is the number of polls that are parked on this node.
func (q *Queue) Parked() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, l := range q.lines {
		n += len(l.parked)
	}
	return n
}
