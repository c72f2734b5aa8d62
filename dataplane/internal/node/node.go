// Package node knows the live nodes of a data plane and carries calls between them. A node writes its heartbeat into the
// [Directory] that all share, once a second, and reads who else lives; one that is silent for [Expiry] is dead. From that
// follows where executions live (package home): every node computes it by itself, and when two see it differently for a
// moment the store settles it. Calls are HTTP with JSON, on an address of their own, and carry a secret that only those
// know who can read the directory.
package node

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/home"
)

// Times of the membership.
const (
	Beat   = time.Second
	Expiry = 4 * time.Second // without a heartbeat
)

// Node is a live node.
type Node struct {
	ID      string
	Address string // host:port for calls of other nodes
}

// Directory is where nodes find each other.
type Directory interface {
	// Beat notes that a node lives and returns all live ones, and the revision of the configuration.
	Beat(ctx context.Context, self Node) (live []Node, revision int64, err error)
	// Leave takes a node out.
	Leave(ctx context.Context, id string) error
	// Revise raises the revision: definitions or documents have changed.
	Revise(ctx context.Context) (revision int64, err error)
	// Secret returns the secret of calls between nodes, the same for all.
	Secret(ctx context.Context) (string, error)
}

// Events are told to whoever joined. Both may come at the same time.
type Events struct {
	// Moved tells of slots that live here now; dead: the last home of some may have died, or this is the only node. Slots that left
	// need no list: Mine says it.
	Moved func(ctx context.Context, gained []int, dead bool)
	// Revised says that definitions or documents have changed on another node.
	Revised func(ctx context.Context)
}

// Cluster is the membership of one node.
type Cluster struct {
	self      Node
	directory Directory
	log       *slog.Logger
	caller    *caller
	view      atomic.Pointer[view]

	beating  chan struct{} // a lock that is held while the directory and the store are asked
	revising chan struct{} // a lock that is held while a revision is told
	back     time.Time     // when heartbeats could be written again; guarded by beating
	last     atomic.Int64  // the last heartbeat that was written, in nanoseconds after begin
	begin    time.Time
	mu       sync.Mutex
	revision int64       // of the configuration that is known here
	rescan   map[int]int // heartbeats until a slot is looked through once more
	later    []int       // heartbeats until everything that lives here is; nothing is settled before

	stop context.CancelFunc
	done sync.WaitGroup
}

// view is who lives, and where slots are.
type view struct {
	nodes []Node // by id
	homes [home.Slots]uint16
	self  uint16
}

// Config makes a Cluster.
type Config struct {
	Directory Directory
	Self      Node
	Logger    *slog.Logger
	Transport http.RoundTripper // carries calls to other nodes; nil: HTTP over TCP
}

// Join enters the directory and reads who lives. Run must follow.
func Join(ctx context.Context, c Config) (*Cluster, error) {
	secret, err := c.Directory.Secret(ctx)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	begun := time.Now()
	live, revision, err := c.Directory.Beat(ctx, c.Self)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	n := &Cluster{
		self: c.Self, directory: c.Directory, log: c.Logger, caller: newCaller(secret, c.Transport), revision: revision, rescan: map[int]int{},
		begin: begun, back: begun.Add(-Expiry), beating: make(chan struct{}, 1), revising: make(chan struct{}, 1),
	}
	n.view.Store(newView(live, c.Self))
	return n, nil
}

func newView(live []Node, self Node) *view {
	if !slices.ContainsFunc(live, func(o Node) bool { return o.ID == self.ID }) {
		live = append(slices.Clone(live), self) // the directory is slow: whoever asks lives
	}
	slices.SortFunc(live, func(a, b Node) int { return strings.Compare(a.ID, b.ID) })
	v := &view{nodes: live}
	ids := make([]string, len(live))
	at := map[string]uint16{}
	for i, n := range live {
		ids[i], at[n.ID] = n.ID, uint16(i)
	}
	v.self = at[self.ID]
	for slot := range v.homes {
		v.homes[slot] = at[home.Of(slot, ids)]
	}
	return v
}

// Self is this node.
func (c *Cluster) Self() Node { return c.self }

// Mine reports whether what has this id (an execution, a task, a name) lives here.
func (c *Cluster) Mine(id string) bool { return c.MineSlot(home.Slot(id)) }

// MineSlot reports whether a slot lives here.
func (c *Cluster) MineSlot(slot int) bool {
	v := c.view.Load()
	return v.homes[slot] == v.self
}

// Home returns the node where what has this id lives.
func (c *Cluster) Home(id string) Node {
	v := c.view.Load()
	return v.nodes[v.homes[home.Slot(id)]]
}

// View names the live nodes, in an order that is the same everywhere.
func (c *Cluster) View() string {
	var ids []string
	for _, n := range c.view.Load().nodes {
		ids = append(ids, n.ID)
	}
	return strings.Join(ids, " ")
}

// Others returns the other live nodes.
func (c *Cluster) Others() []Node {
	var out []Node
	for _, n := range c.view.Load().nodes {
		if n.ID != c.self.ID {
			out = append(out, n)
		}
	}
	return out
}

// Run tells of this node and of changes until Leave. All slots that live here are told first.
func (c *Cluster) Run(e Events) {
	ctx, cancel := context.WithCancel(context.Background())
	c.stop = cancel
	c.Handle(revise, func(ctx context.Context, body []byte) (any, error) {
		var revision int64
		if err := json.Unmarshal(body, &revision); err != nil {
			return nil, fmt.Errorf("revision: %w", err)
		}
		c.revised(ctx, e, revision)
		return nil, nil //nolint:nilnil // there is nothing to say
	})
	c.Handle(look, func(context.Context, []byte) (any, error) {
		c.beat(ctx, e)
		return nil, nil //nolint:nilnil // there is nothing to say
	})
	c.done.Go(func() {
		c.tell(ctx)
		v := c.view.Load()
		c.disturbed() // whoever had these slots until now may be frozen, and not dead
		c.gain(ctx, e, v.mine(), len(v.nodes) == 1)
		ticker := time.NewTicker(Beat)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				c.beat(ctx, e)
			case <-ctx.Done():
				return
			}
		}
	})
}

// settle is how many heartbeats after a gain the slots are looked through once more: by then the last home has learned that
// they moved, and what it did in between is in the store.
const settle = 5

// After a disturbance (nodes come or go, heartbeats fail) everything that lives here is looked through after so many
// heartbeats more: a node that was frozen, or a commit that the database held up, can be later than anybody waits for.
var laterLooks = []int{10, 20}

// disturbed notes that something has happened.
func (c *Cluster) disturbed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.later = slices.Clone(laterLooks)
}

// lookDue reports whether the time of a later look has come.
func (c *Cluster) lookDue() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	due := false
	for i := range c.later {
		c.later[i]--
		due = due || c.later[i] == 0
	}
	c.later = slices.DeleteFunc(c.later, func(n int) bool { return n <= 0 })
	return due
}

func (c *Cluster) beat(ctx context.Context, e Events) {
	c.beating <- struct{}{}
	defer func() { <-c.beating }()
	begun := time.Now()
	limited, cancel := context.WithTimeout(ctx, Expiry)
	live, revision, err := c.directory.Beat(limited, c.self)
	cancel()
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error("no heartbeat could be written", "error", err)
		}
		c.back = time.Time{}
		c.disturbed()
		return
	}
	before := c.view.Load()
	late := c.silent(begun)
	if c.back.IsZero() {
		c.back = begun
	}
	c.last.Store(int64(begun.Sub(c.begin)))
	if begun.Sub(c.back) < Expiry {
		// Nobody could write a heartbeat while the directory was away, so silence is no sign of death yet. A node that
		// was frozen is another matter: the directory knows who has left or died meanwhile.
		live = union(live, before.nodes)
	}
	if late {
		c.disturbed()
		c.regain(ctx, e, live)
	} else if !slices.Equal(before.nodes, sorted(live)) {
		c.disturbed()
		after := newView(live, c.self)
		c.view.Store(after)
		c.caller.live(after.nodes)
		var gained []int
		dead := false
		for _, slot := range after.mine() {
			if was := before.nodes[before.homes[slot]]; was.ID != c.self.ID {
				gained = append(gained, slot)
				dead = dead || !slices.Contains(after.nodes, was)
			}
		}
		c.log.Info("the nodes have changed", "nodes", len(after.nodes), "slots_gained", len(gained))
		c.gain(ctx, e, gained, dead)
	}
	slots := c.due()
	if c.lookDue() {
		slots = c.view.Load().mine()
	}
	if len(slots) > 0 {
		e.Moved(ctx, slots, false)
	}
	c.revised(ctx, e, revision)
}

// suspicious is how late a heartbeat is after which other nodes may have taken this one for dead, and have worked on what
// lives here: a little less than Expiry, as their clock began earlier.
const suspicious = Expiry - Beat

// silent reports whether the last heartbeat before a time is that late.
func (c *Cluster) silent(now time.Time) bool {
	return now.Sub(c.begin)-time.Duration(c.last.Load()) >= suspicious
}

// regain takes up all that lives here anew, as other nodes may have changed it without this one's knowledge: it was frozen,
// or could not reach the directory.
func (c *Cluster) regain(ctx context.Context, e Events, live []Node) {
	after := newView(live, c.self)
	c.view.Store(after)
	c.caller.live(after.nodes)
	c.log.Warn("the last heartbeat is long ago; what lives here is taken up anew", "nodes", len(after.nodes))
	c.gain(ctx, e, after.mine(), true)
}

// union adds the nodes that are not among those that live.
func union(live, others []Node) []Node {
	out := slices.Clone(live)
	for _, o := range others {
		if !slices.ContainsFunc(out, func(n Node) bool { return n.ID == o.ID }) {
			out = append(out, o)
		}
	}
	return out
}

func sorted(nodes []Node) []Node {
	return slices.SortedFunc(slices.Values(nodes), func(a, b Node) int { return strings.Compare(a.ID, b.ID) })
}

func (v *view) mine() []int {
	var out []int
	for slot, at := range v.homes {
		if at == v.self {
			out = append(out, slot)
		}
	}
	return out
}

func (c *Cluster) gain(ctx context.Context, e Events, slots []int, dead bool) {
	if len(slots) > 0 { // even without other nodes: one may be silent, and go on
		c.mu.Lock()
		for _, slot := range slots {
			c.rescan[slot] = settle
		}
		c.mu.Unlock()
	}
	e.Moved(ctx, slots, dead)
}

// Settled reports whether the last home of an id that lives here has had the time to learn that it moved. Before, it may go on
// to change what lives here now. Nothing is settled while this node may be taken for dead, and what lives here for another's.
func (c *Cluster) Settled(id string) bool {
	if c.silent(time.Now()) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, unsettled := c.rescan[home.Slot(id)]
	return !unsettled && len(c.later) == 0
}

// due returns the slots whose time for a second look has come.
func (c *Cluster) due() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []int
	for slot := range c.rescan {
		if c.rescan[slot]--; c.rescan[slot] > 0 {
			continue
		}
		delete(c.rescan, slot)
		if c.MineSlot(slot) {
			out = append(out, slot)
		}
	}
	slices.Sort(out)
	return out
}

// revised tells of a revision unless it is known here. When it returns that is done, whoever was told of it first.
func (c *Cluster) revised(ctx context.Context, e Events, revision int64) {
	c.revising <- struct{}{}
	defer func() { <-c.revising }()
	c.mu.Lock()
	known := revision <= c.revision
	c.mu.Unlock()
	if known {
		return
	}
	e.Revised(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revision = max(c.revision, revision)
}

// Calls of the membership itself.
const (
	revise = "revise" // definitions or documents have changed
	look   = "look"   // the nodes have changed
)

// Revise tells the other nodes that definitions or documents have changed, and returns when those that answer have taken the
// change over. One that does not will find out with its next heartbeat.
func (c *Cluster) Revise(ctx context.Context) error {
	revision, err := c.directory.Revise(ctx)
	if err != nil {
		return fmt.Errorf("tell other nodes: %w", err)
	}
	// This node has made the change itself, but may have missed another node's just before.
	c.mu.Lock()
	if revision == c.revision+1 {
		c.revision = revision
	}
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, Beat)
	defer cancel()
	var told sync.WaitGroup
	for _, n := range c.Others() {
		told.Go(func() {
			if err := c.Call(ctx, n, revise, revision, nil); err != nil {
				c.log.Warn("a node could not be told of a change", "node", n.ID, "error", err)
			}
		})
	}
	told.Wait()
	return nil
}

// Leave takes this node out of the directory and ends Run; the others take over at once.
func (c *Cluster) Leave(ctx context.Context) error {
	if c.stop != nil {
		c.stop()
	}
	c.done.Wait()
	if err := c.directory.Leave(ctx, c.self.ID); err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	c.tell(ctx)
	return nil
}

// tell has the other nodes look who lives. One that does not answer will see with its next heartbeat.
func (c *Cluster) tell(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, Beat)
	defer cancel()
	var told sync.WaitGroup
	for _, n := range c.Others() {
		told.Go(func() {
			if err := c.Call(ctx, n, look, nil, nil); err != nil {
				c.log.Debug("a node could not be told to look who lives", "node", n.ID, "error", err)
			}
		})
	}
	told.Wait()
}
