package runner

import (
	"context"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// commit is one step on its way to the disk.
type commit struct {
	change  *store.Change
	entry   *entry
	release func() // what follows when it is durable
	done    chan struct{}
	err     error
}

func (c *commit) finished() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// committer writes everything that waits as one group: the time that the last group took to write is what the next one
// gathers in, so there is no timer, and a lone step waits for nobody. One committer beats several, which would split the
// groups. It does not wait for a group to be durable before it writes the next one; finisher does, in the same order.
type committer struct {
	store     store.Store
	committed func(*commit)
	observe   func(steps, lazy int, took time.Duration, err error)
	queue     chan *commit
	written   chan writtenGroup
	quit      chan struct{}

	mu          sync.Mutex
	lazy        []*store.Change // ride with the next group; lost without harm
	lazyAdded   uint64          // how many there were so far
	lazyWritten uint64          // and how many of them can be read back
	wake        chan struct{}
}

// writtenGroup is a group that is written and not yet known to be durable.
type writtenGroup struct {
	commits []*commit
	wait    func() error
	err     error
	lazy    int
	began   time.Time
}

// Bounds of a group and of what may wait for one.
const (
	maxGroup  = 512
	maxBytes  = 4 << 20
	maxQueue  = 8192
	maxAhead  = 8                     // groups written and not yet durable
	lazyDelay = 50 * time.Millisecond // how long lazy changes wait for a group to ride with
)

func newCommitter(s store.Store, committed func(*commit), observe func(int, int, time.Duration, error)) *committer {
	return &committer{store: s, committed: committed, observe: observe, queue: make(chan *commit, maxQueue), written: make(chan writtenGroup, maxAhead), quit: make(chan struct{}), wake: make(chan struct{}, 1)}
}

// full reports that so much waits that new executions should be refused.
func (c *committer) full() bool { return len(c.queue) > maxQueue*3/4 }

func (c *committer) add(k *commit) { c.queue <- k }

// addLazy adds a change that nobody waits for. It comes before any change that is added later. The number that it returns
// is for readable.
func (c *committer) addLazy(ch *store.Change) uint64 {
	c.mu.Lock()
	first := len(c.lazy) == 0
	c.lazy = append(c.lazy, ch)
	c.lazyAdded++
	n := c.lazyAdded
	c.mu.Unlock()
	if first {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	return n
}

// readable reports whether a lazy change can be read back from the store.
func (c *committer) readable(n uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return n <= c.lazyWritten
}

func (c *committer) takeLazy() (lazy []*store.Change, last uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	lazy, c.lazy = c.lazy, nil
	return lazy, c.lazyAdded
}

func (c *committer) wrote(last uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lazyWritten = last
}

func (c *committer) stop() { close(c.quit) }

// run commits groups until stop, and then what still waits.
func (c *committer) run() {
	var finisher sync.WaitGroup
	finisher.Go(func() {
		c.finish()
	})
	defer finisher.Wait()
	defer close(c.written)
	var lazyDue <-chan time.Time
	for {
		select {
		case k := <-c.queue:
			c.group(k)
			lazyDue = nil
		case <-c.wake:
			lazyDue = time.After(lazyDelay)
		case <-lazyDue:
			lazyDue = nil
			c.write(nil)
		case <-c.quit:
			for {
				select {
				case k := <-c.queue:
					c.group(k)
					continue
				default:
				}
				c.write(nil)
				return
			}
		}
	}
}

// group drains what waits into one unit.
func (c *committer) group(first *commit) {
	group := []*commit{first}
	size := bytesOf(first.change)
	for len(group) < maxGroup && size < maxBytes {
		select {
		case k := <-c.queue:
			group = append(group, k)
			size += bytesOf(k.change)
			continue
		default:
		}
		break
	}
	c.write(group)
}

func (c *committer) write(group []*commit) {
	// A group is taken before the lazy changes, and they are written before it: so a lazy change that was added before a
	// step is never written after it.
	lazy, last := c.takeLazy()
	changes := make([]*store.Change, 0, len(group))
	ok := group[:0:len(group)]
	for _, k := range group {
		if k.entry.failed.Load() {
			k.err = errAbandoned
			close(k.done)
			continue
		}
		ok = append(ok, k)
		changes = append(changes, k.change)
	}
	defer c.wrote(last)
	if len(changes)+len(lazy) == 0 {
		return
	}
	began := time.Now()
	wait, err := c.store.Commit(context.Background(), lazy, changes)
	if err != nil {
		for _, k := range ok {
			k.entry.failed.Store(true) // at once: the next group may hold steps that were decided on top of these
		}
	}
	c.written <- writtenGroup{ok, wait, err, len(lazy), began}
}

// finish waits for the groups to be durable, in order, and releases what follows.
func (c *committer) finish() {
	for g := range c.written {
		if g.err == nil {
			g.err = g.wait()
		}
		c.observe(len(g.commits), g.lazy, time.Since(g.began), g.err)
		for _, k := range g.commits {
			if k.err = g.err; k.err == nil && k.entry.failed.Load() {
				k.err = errAbandoned
			}
			if k.err != nil {
				// What was decided on top of this step must not count as durable either.
				k.entry.failed.Store(true)
			}
			c.committed(k)
			close(k.done)
		}
	}
}

func bytesOf(c *store.Change) int {
	n := 0
	for _, t := range c.Tasks {
		n += len(t.Task) + len(t.Input) + len(t.Output)
	}
	if c.Input != nil {
		n += len(*c.Input)
	}
	if c.Output != nil {
		n += len(*c.Output)
	}
	return n
}
