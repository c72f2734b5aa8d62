package simtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/node"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/seal"
)

// world is all that a history has: nodes, what they share, and what goes wrong.
type world struct {
	seed    uint64
	weather weather
	log     *slog.Logger
	store   *tables
	book    *directory
	queue   *exchange
	calm    atomic.Bool // nothing goes wrong any more

	mu      sync.Mutex
	dice    map[string]*rand.Rand // by purpose, so that one use does not shift the others
	nodes   []*machine            // that live
	joined  int                   // so far
	outage  time.Time             // nobody can use the store until then
	closing sync.WaitGroup
	bad     []string // what cannot be true
}

func (w *world) wrong(format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	w.mu.Lock()
	w.bad = append(w.bad, what)
	w.mu.Unlock()
	w.log.Error("this is wrong", "what", what)
}

// weather is how much goes wrong in a history: the probability of each kind of fault at a call.
type weather struct {
	fails, lost, slow float64
	long              float64 // of the slow ones, that they take longer than a node is waited for
	shared            bool    // several nodes
	jumps             bool    // clocks are off, and jump
}

func newWorld(seed uint64, log *slog.Logger) *world {
	w := &world{
		seed: seed, log: log, store: newTables(), book: &directory{live: map[string]entry{}}, queue: newExchange(), dice: map[string]*rand.Rand{},
	}
	r := w.die("weather")
	some := func(most float64) float64 { return []float64{0, most / 8, most}[r.IntN(3)] }
	w.weather = weather{fails: some(0.1), lost: some(0.1), slow: some(0.2), long: some(0.3), shared: r.IntN(8) > 0, jumps: r.IntN(4) == 0}
	return w
}

// die is the source of chance for a purpose. It is not safe for concurrent use; see chance.
func (w *world) die(purpose string) *rand.Rand {
	r := w.dice[purpose]
	if r == nil {
		h := uint64(14695981039346656037)
		for _, c := range []byte(purpose) {
			h = (h ^ uint64(c)) * 1099511628211
		}
		r = rand.New(rand.NewPCG(w.seed, h))
		w.dice[purpose] = r
	}
	return r
}

// chance draws a number below n for a purpose.
func (w *world) chance(purpose string, n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.die(purpose).IntN(n)
}

// fault is what goes wrong with one call.
type fault struct {
	delay         time.Duration // before it is made
	before, after bool          // it fails: before it has an effect, or after
}

func (w *world) draw(purpose string) fault {
	if w.calm.Load() {
		return fault{}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.die(purpose)
	// All numbers are always drawn, so that weather does not shift them.
	fails, lost, slow, long, part := r.Float64(), r.Float64(), r.Float64(), r.Float64(), r.Float64()
	f := fault{before: fails < w.weather.fails, after: lost < w.weather.lost}
	if slow < w.weather.slow {
		most := 300 * time.Millisecond
		if long < w.weather.long {
			most = 3 * node.Expiry
		}
		f.delay = time.Duration(part * float64(most))
	}
	return f
}

var (
	errFault = errors.New("this call fails, as the simulation wants it")
	errDead  = errors.New("this node is dead")
)

// machine is a node for as long as it runs.
type machine struct {
	w      *world
	name   string
	log    *slog.Logger
	clock  *clock
	engine *engine.Engine
	nodes  *node.Cluster // nil: it is alone
	life   context.Context
	die    context.CancelFunc

	mu     sync.Mutex
	frozen time.Time // until then
	apart  time.Time // from the directory, until then
	deaf   time.Time // to the other nodes, until then
}

func (m *machine) dead() bool { return m.life.Err() != nil }

// until reads one of a machine's times as a duration from now.
func (m *machine) until(t *time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Until(*t)
}

func (m *machine) set(t *time.Time, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	*t = time.Now().Add(d)
}

func (m *machine) fault(purpose string) fault { return m.w.draw(purpose) }

// thaw waits as long as the node is frozen.
func (m *machine) thaw() {
	for m.until(&m.frozen) > 0 && !m.dead() {
		sleep(m.life, m.until(&m.frozen))
	}
}

// sleep waits and reports whether the whole time is over.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// join starts a node. One that has the store for itself waits until the last one has closed it.
func (w *world) join(ctx context.Context) error {
	if !w.weather.shared {
		w.closing.Wait()
	}
	w.mu.Lock()
	w.joined++
	name := fmt.Sprint("node-", w.joined)
	off := time.Duration(0)
	if w.weather.jumps {
		off = time.Duration(w.die("clocks").IntN(10)-5) * time.Second
	}
	w.mu.Unlock()
	m := &machine{w: w, name: name, log: w.log.With("node", name), clock: newClock(off)}
	m.life, m.die = context.WithCancel(context.Background())
	shared := engine.Shared{
		Store: &held{w.store, m},
		Queue: func(func(string) queue.Limit, engine.Clock) queue.Queue { return newPart(w.queue, m) },
	}
	var err error
	if w.weather.shared {
		m.nodes, err = node.Join(ctx, node.Config{
			Directory: &seat{w.book, m}, Self: node.Node{ID: name, Address: name}, Logger: m.log, Transport: &line{w, m},
		})
		if err != nil {
			return err
		}
		shared.Nodes = m.nodes
	}
	m.engine, err = engine.OpenShared(ctx, engine.Config{
		Clock: m.clock, Logger: m.log, SecretKey: make([]byte, seal.KeySize), HTTP: &http.Client{Transport: &service{w: w}},
	}, shared)
	if err != nil {
		m.die()
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nodes = append(w.nodes, m)
	return nil
}

// leave ends a node, or kills it: then nothing that it does has an effect any more.
func (w *world) leave(m *machine, kill bool) {
	w.mu.Lock()
	w.nodes = slices.DeleteFunc(w.nodes, func(o *machine) bool { return o == m })
	w.mu.Unlock()
	if kill {
		m.die()
	}
	w.closing.Go(func() {
		if err := m.engine.Close(); err != nil && !m.dead() {
			w.log.Info("a node left with an error", "node", m.name, "error", err)
		}
		m.die()
	})
}

// any returns a node that lives, nil when there is none.
func (w *world) any(purpose string) *machine {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.nodes) == 0 {
		return nil
	}
	return w.nodes[w.die(purpose).IntN(len(w.nodes))]
}

func (w *world) find(name string) *machine {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.nodes {
		if m.name == name {
			return m
		}
	}
	return nil
}
