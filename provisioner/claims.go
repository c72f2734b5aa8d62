package provisioner

import (
	"context"
	"sync"
)

// claims lets one execution at a time act on a cluster; tasks of the same execution (branches of a fork) act together. It
// lives in memory, as the activities of an engine run in one process, and a crash ends them all. The zero value is ready.
type claims struct {
	mu   sync.Mutex
	held map[string]*claim // by cluster
}

type claim struct {
	execution string
	tasks     int
	freed     chan struct{} // closed when the last task has left
}

// acquire waits until no other execution acts on the cluster. The caller must call release once.
func (c *claims) acquire(ctx context.Context, cluster, execution string) (release func(), err error) {
	for {
		held := c.join(cluster, execution)
		if held.execution == execution {
			return func() { c.leave(cluster, held) }, nil
		}
		select {
		case <-held.freed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// join returns the claim on the cluster, to which the caller now belongs if it is the execution's.
func (c *claims) join(cluster, execution string) *claim {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held[cluster]
	if held == nil {
		if c.held == nil {
			c.held = map[string]*claim{}
		}
		held = &claim{execution: execution, freed: make(chan struct{})}
		c.held[cluster] = held
	}
	if held.execution == execution {
		held.tasks++
	}
	return held
}

func (c *claims) leave(cluster string, held *claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held.tasks--
	if held.tasks == 0 {
		delete(c.held, cluster)
		close(held.freed)
	}
}
