package runner

import (
	"container/list"
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// entry is one execution in memory.
type entry struct {
	mu      lock
	id      string
	state   *decide.State       // nil until loaded
	summary *workflow.Summary   // the search row as last written
	own     *decide.Outstanding // what the execution itself needs, as last written
	tail    *commit             // the last step that was handed to the committer
	before  *commit             // the last step of the entry that this one follows, when it was not durable yet: it has to be read back
	adding  []*commit           // steps that made tasks, with a shared store; those that are durable may be missing
	lazy    uint64              // the last lazy change of it
	gone    bool                // no longer in the cache: look it up again
	failed  atomic.Bool         // a step could not be made durable: the state in memory is void
	stale   atomic.Bool         // and that because another node was faster

	users int // who holds or waits for it; guarded by the cache's lock
	place *list.Element
	size  int // task records, as last seen
	bytes int // of payloads, as last seen
}

// maker returns the step that made a task when it is not durable, nil otherwise.
func (e *entry) maker(seq int) *commit {
	for _, k := range e.adding {
		if (!k.finished() || k.err != nil) && slices.ContainsFunc(k.change.Tasks, func(row store.Row) bool { return row.New && row.Seq == seq }) {
			return k
		}
	}
	return nil
}

// pending returns the last step that is not durable yet, nil when all are. Without it what is in the store is old.
func (e *entry) pending() *commit {
	for _, k := range []*commit{e.tail, e.before} {
		if k != nil && !k.finished() {
			return k
		}
	}
	return nil
}

// settle waits until the step before this entry is in the store, or refused: what is read earlier would be decided on an old
// state, and written over that step.
func (e *entry) settle(ctx context.Context) error {
	if e.before == nil {
		return nil
	}
	select {
	case <-e.before.done:
		e.before = nil
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// abandoned is the error of a step that was decided on a void state.
func (e *entry) abandoned() error {
	if e.stale.Load() {
		return errStale
	}
	return errAbandoned
}

// cache holds open executions, least recently used ones last, bounded by their number, their tasks and their payloads.
type cache struct {
	mu      sync.Mutex
	entries map[string]*entry
	order   *list.List                 // of *entry
	leaving map[string]*commit         // the last steps of entries that were dropped before these were durable
	ended   []cooled                   // in the order of their ends
	kept    struct{ tasks, bytes int } // of those that have ended
	max     int
	tasks   int
	bytes   int

	readable func(lazy uint64) bool // whether a lazy change can be read back
	mine     func(id string) bool   // others are not kept: their homes change them
}

// cooled is an entry that has ended, and its size then.
type cooled struct {
	*entry

	tasks, bytes int
}

// Default bounds of the cache.
const (
	defaultMaxOpen = 4096
	maxTasks       = 400_000   // over all entries
	maxPayloads    = 256 << 20 // of payloads
	keptEnded      = 256
	keptTasks      = 4096 // over those that have ended
	keptBytes      = 32 << 20
)

func newCache(maxOpen int, readable func(uint64) bool, mine func(string) bool) *cache {
	if maxOpen <= 0 {
		maxOpen = defaultMaxOpen
	}
	return &cache{entries: map[string]*entry{}, leaving: map[string]*commit{}, order: list.New(), max: maxOpen, readable: readable, mine: mine}
}

// acquire returns the locked entry of an execution, which may be new and empty. release must follow.
func (c *cache) acquire(id string) *entry {
	for {
		c.mu.Lock()
		e := c.entries[id]
		if e == nil {
			e = &entry{id: id, mu: newLock(), before: c.leaving[id]}
			delete(c.leaving, id)
			e.place = c.order.PushFront(e)
			c.entries[id] = e
		} else {
			c.order.MoveToFront(e.place)
		}
		e.users++
		c.mu.Unlock()
		e.mu.Lock()
		if !e.gone {
			return e
		}
		c.release(e, true)
	}
}

// has reports whether an execution is in memory, or was a moment ago, and the store may not know it as it is.
func (c *cache) has(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entries[id] != nil || c.leaving[id] != nil
}

// size is the number of executions in memory.
func (c *cache) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entries)
}

// release unlocks an entry and evicts what is over the bounds; forget evicts this one.
func (c *cache) release(e *entry, forget bool) {
	size, bytes := 0, 0
	if e.state != nil {
		size, bytes = e.state.TaskCount(), e.state.Bytes()
	}
	e.gone = e.gone || forget || !c.mine(e.id)
	gone, pending := e.gone, e.pending()
	e.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	e.users--
	c.tasks += size - e.size
	c.bytes += bytes - e.bytes
	e.size, e.bytes = size, bytes
	if gone {
		if pending != nil && c.entries[e.id] == e {
			maps.DeleteFunc(c.leaving, func(_ string, k *commit) bool { return k.finished() })
			c.leaving[e.id] = pending
		}
		c.drop(e)
		return
	}
	for over := c.order.Back(); over != nil && (len(c.entries) > c.max || c.tasks > maxTasks || c.bytes > maxPayloads); {
		victim, prev := over.Value.(*entry), over.Prev() //nolint:forcetypeassert // the list holds nothing else
		c.evict(victim)
		over = prev
	}
}

func (c *cache) drop(e *entry) {
	if c.entries[e.id] == e {
		delete(c.entries, e.id)
		c.order.Remove(e.place)
		c.tasks -= e.size
		c.bytes -= e.bytes
		e.size, e.bytes = 0, 0
	}
}

// forget drops the entries that match, as the store may know better.
func (c *cache) forget(match func(id string) bool) {
	c.mu.Lock()
	var ids []string
	for id := range c.entries {
		if match(id) {
			ids = append(ids, id)
		}
	}
	c.mu.Unlock()
	for _, id := range ids {
		c.release(c.acquire(id), true)
	}
}

// cool marks an entry as ended. A few of those stay, as whoever waited for the end will look at it; the others go.
func (c *cache) cool(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[e.id] != e {
		return
	}
	c.ended = append(c.ended, cooled{e, e.size, e.bytes})
	c.kept.tasks += e.size
	c.kept.bytes += e.bytes
	for len(c.ended) > keptEnded || len(c.ended) > 1 && (c.kept.tasks > keptTasks || c.kept.bytes > keptBytes) {
		first := c.ended[0]
		c.kept.tasks -= first.tasks
		c.kept.bytes -= first.bytes
		c.evict(first.entry)
		c.ended[0] = cooled{}
		c.ended = c.ended[1:]
	}
}

// evict drops an entry that nobody uses. What is not in the store yet must not be read back from it, so an entry whose last
// step is not durable, or whose picked tasks are not written, stays. The cache is locked.
func (c *cache) evict(e *entry) {
	if e.users > 0 || c.entries[e.id] != e || !e.mu.TryLock() {
		return
	}
	if e.pending() == nil && c.readable(e.lazy) {
		e.gone = true
		c.drop(e)
	}
	e.mu.Unlock()
}
