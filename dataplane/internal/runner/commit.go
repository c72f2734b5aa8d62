package runner

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// commit is one step on its way to the disk.
type commit struct {
	change  *store.Change
	entry   *entry
	after   *commit // the step of the same execution before it
	group   int     // in which it was written; 0: not yet
	release func()  // what follows when it is durable
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
// groups. With a shared store, where being durable takes a round trip, it does not wait for that before it writes the next
// one; finisher does, in the same order. A store of this process's own syncs one group after the other anyway, so what comes
// meanwhile is gathered in one: that costs less than many small ones.
type committer struct {
	store     store.Store
	committed func(*commit)
	observe   func(Group)
	queue     chan *commit
	written   chan writtenGroup
	quit      chan struct{}
	ended     chan struct{} // nothing is written any more
	settled   chan struct{} // a group has become durable, or was refused

	// With a shared store a step must not be written while the one before it may still be refused: it would then follow
	// another node's step that it knows nothing of. Such steps are held until the group before is settled.
	shared bool
	held   []*commit
	groups int

	mu          sync.Mutex
	lazy        []*store.Change // ride with the next group; lost without harm
	writing     []*store.Change // lazy changes on their way to the store
	lazyWrote   chan struct{}   // closed when they have got there, and replaced
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

func newCommitter(s store.Store, shared bool, committed func(*commit), observe func(Group)) *committer {
	return &committer{
		store: s, shared: shared, committed: committed, observe: observe, queue: make(chan *commit, maxQueue), written: make(chan writtenGroup, maxAhead),
		quit: make(chan struct{}), ended: make(chan struct{}), settled: make(chan struct{}, 1), wake: make(chan struct{}, 1), lazyWrote: make(chan struct{}),
	}
}

// full reports that so much waits that new executions should be refused.
func (c *committer) full() bool { return len(c.queue) > maxQueue*3/4 }

// add has a step written, or refused when the committer has stopped.
func (c *committer) add(k *commit) {
	c.queue <- k
	select {
	case <-c.ended:
		c.refuseRest()
	default:
	}
}

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

// settle waits until the lazy changes of an execution can be read back.
func (c *committer) settle(ctx context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if !slices.ContainsFunc(c.lazy, func(ch *store.Change) bool { return ch.ID == id }) &&
			!slices.ContainsFunc(c.writing, func(ch *store.Change) bool { return ch.ID == id }) {
			return nil
		}
		wrote := c.lazyWrote
		c.mu.Unlock()
		select {
		case <-wrote:
		case <-c.ended: // what could be written is
			c.mu.Lock()
			return nil
		case <-ctx.Done():
			c.mu.Lock()
			return ctx.Err()
		}
		c.mu.Lock()
	}
}

func (c *committer) takeLazy() (lazy []*store.Change, last uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	lazy, c.lazy = c.lazy, nil
	c.writing = lazy
	return lazy, c.lazyAdded
}

func (c *committer) wrote(last uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lazyWritten = last
	if len(c.writing) > 0 {
		c.writing = nil
		close(c.lazyWrote)
		c.lazyWrote = make(chan struct{})
	}
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
	defer c.refuseRest()
	defer close(c.ended)
	var lazyDue <-chan time.Time
	for {
		select {
		case k := <-c.queue:
			c.group(k)
			lazyDue = nil
		case <-c.settled:
			if len(c.held) > 0 {
				c.write(nil)
			}
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
				for len(c.held) > 0 {
					<-c.settled
					c.write(nil)
				}
				return
			}
		}
	}
}

// refuseRest ends the steps that came too late.
func (c *committer) refuseRest() {
	for {
		select {
		case k := <-c.queue:
			k.entry.failed.Store(true)
			k.err = errStopped
			close(k.done)
		default:
			return
		}
	}
}

// group drains what waits into one unit. As long as letting others run brings more, it lets them: what waits for a processor
// would otherwise come just after the group has left, and pay for a sync of its own. With processors to spare nothing waits for
// one, and nothing is waited for.
func (c *committer) group(first *commit) {
	group := []*commit{first}
	size := bytesOf(first.change)
	for grew := true; grew; {
		runtime.Gosched()
		before := len(group)
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
		grew = len(group) > before
	}
	c.write(group)
}

func (c *committer) write(group []*commit) {
	// A group is taken before the lazy changes, and they are written before it: so a lazy change that was added before a
	// step is never written after it.
	lazy, last := c.takeLazy()
	if len(c.held) > 0 {
		group = append(c.held, group...)
		c.held = nil
	}
	c.groups++
	changes := make([]*store.Change, 0, len(group))
	ok := make([]*commit, 0, len(group))
	for _, k := range group {
		if k.entry.failed.Load() {
			k.err = k.entry.abandoned()
			c.committed(k)
			close(k.done)
			continue
		}
		if c.shared && k.after != nil && k.after.group != c.groups && !k.after.finished() {
			c.held = append(c.held, k)
			continue
		}
		k.group = c.groups
		ok = append(ok, k)
		changes = append(changes, k.change)
	}
	defer c.wrote(last)
	if len(changes)+len(lazy) == 0 {
		return
	}
	began := time.Now()
	wait, err := c.store.Commit(context.Background(), lazy, changes)
	if err == nil && !c.shared && len(ok) > 0 {
		err, wait = wait(), nil
	}
	if err != nil {
		refuse(ok, err) // at once: the next group may hold steps that were decided on top of these
	}
	if wait == nil {
		wait = func() error { return nil }
	}
	c.written <- writtenGroup{ok, wait, err, len(lazy), began}
}

// refuse marks the executions whose steps were not written. When only some were decided on an old state, the others were.
func refuse(group []*commit, err error) {
	conflict, _ := errors.AsType[*store.Conflict](err)
	for _, k := range group {
		switch {
		case conflict == nil:
			k.err = err
		case slices.Contains(conflict.IDs, k.change.ID):
			k.err = errStale
			k.entry.stale.Store(true)
		default:
			continue
		}
		k.entry.failed.Store(true)
	}
}

// finish waits for the groups to be durable, in order, and releases what follows.
func (c *committer) finish() {
	for g := range c.written {
		if conflict, _ := errors.AsType[*store.Conflict](g.err); g.err == nil || conflict != nil {
			if err := g.wait(); err != nil {
				refuse(g.commits, err)
			}
		}
		seen := Group{Lazy: g.lazy, Took: time.Since(g.began)}
		for _, k := range g.commits {
			if k.err == nil && k.entry.failed.Load() {
				k.err = k.entry.abandoned() // it was decided on top of a step that was not written
			}
			seen.count(k.err)
		}
		c.observe(seen) // before anybody is answered, who may look at the figures
		for _, k := range g.commits {
			c.committed(k)
			close(k.done)
		}
		select {
		case c.settled <- struct{}{}:
		default:
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
