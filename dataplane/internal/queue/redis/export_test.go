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
