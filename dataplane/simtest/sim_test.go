// Package simtest plays the whole engine through random histories: nodes over one store and one queue, under a fake clock
// (testing/synctest), with workers, callers and operators. A seed decides what is asked for and what goes wrong: every call
// of the store, the queue, the directory and of other nodes can fail before or after its effect or take its time, tasks are
// handed out twice or to nobody, nodes die, freeze, are cut off and come back, the queue loses everything, clocks jump.
// In the end nothing may stand still, and all must be as callers were told.
//
// What a seed decides is the same each time; how goroutines interleave between two calls is the scheduler's, so a failure may
// take some runs of its seed to come again:
//
//	go test ./dataplane/simtest -run Simulation -sim.seed=N -count=20 -failfast -v
//
// With many more threads than processors (GOMAXPROCS=32) goroutines are interrupted in places where they seldom are otherwise.
package simtest

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/node"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

var (
	seeds = flag.Uint64("sim.seeds", 150, "how many random histories are played")
	first = flag.Uint64("sim.first", 1, "the seed of the first of them")
	seed  = flag.Uint64("sim.seed", 0, "play only the history of this seed, and tell it with -v")
)

const (
	disturbed       = 40 * time.Second // how long things go wrong
	responseTimeout = 10 * time.Second
	patient         = time.Hour // after which an execution stands still
)

func TestSimulation(t *testing.T) {
	if *seed != 0 {
		log := slog.DiscardHandler
		if testing.Verbose() {
			log = slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})
		}
		if bad := play(t, *seed, slog.New(log)); len(bad) > 0 {
			t.Errorf("seed %d:\n%s", *seed, strings.Join(bad, "\n"))
		}
		return
	}
	var next, failed atomic.Uint64
	next.Store(*first - 1)
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for n := next.Add(1); n < *first+*seeds && failed.Load() < 5; n = next.Add(1) {
				if bad := play(t, n, slog.New(slog.DiscardHandler)); len(bad) > 0 {
					failed.Add(1)
					t.Errorf("seed %d (again: go test ./dataplane/simtest -run Simulation -sim.seed=%[1]d -count=20 -failfast -v):\n%s", n, strings.Join(bad, "\n"))
				}
			}
		})
	}
	group.Wait()
}

// play plays the history of a seed and tells what was wrong.
func play(t *testing.T, seed uint64, log *slog.Logger) (bad []string) {
	defer func() {
		if p := recover(); p != nil {
			panic(fmt.Sprintf("seed %d: %v", seed, p))
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(seed, log)
		bad = w.play(t.Context())
		for _, m := range slices.Clone(w.nodes) {
			w.leave(m, false)
		}
		w.closing.Wait()
		w.queue.ready.Close()
	})
	return bad
}

func (w *world) play(ctx context.Context) []string {
	w.calm.Store(true)
	for range map[bool]int{false: 1, true: 1 + w.chance("nodes", 3)}[w.weather.shared] {
		if err := w.join(ctx); err != nil {
			return []string{err.Error()}
		}
	}
	if err := w.define(ctx); err != nil {
		return []string{err.Error()}
	}
	sleep(ctx, node.Expiry) // all know the definitions
	l := newLoad(w)
	working, stop := context.WithCancel(ctx)
	var group, starters sync.WaitGroup
	for _, name := range taskTypes {
		group.Go(func() { l.work(working, name) })
	}
	group.Go(func() { l.read(working) })
	w.calm.Store(false)
	for i := range 3 + w.chance("load", 6) {
		r := rand.New(rand.NewPCG(w.seed, uint64(1000+i)))
		starters.Go(func() {
			sleep(ctx, time.Duration(r.Int64N(int64(disturbed/2))))
			l.start(working, r)
		})
	}
	w.disturb(ctx)
	w.settle(ctx)
	started := make(chan struct{})
	go func() {
		starters.Wait()
		close(started)
	}()
	left := ""
	for waited := time.Duration(0); waited < patient; waited += time.Second {
		sleep(ctx, time.Second)
		w.tend(ctx)
		select {
		case <-started:
			left = w.unfinished(waited < 2*time.Minute)
		default:
			left = l.waiting() + w.unfinished(true)
		}
		if left == "" {
			break
		}
	}
	if left != "" {
		w.wrong("what stands still:\n%s", left)
	}
	sleep(ctx, aware)
	stop()
	starters.Wait()
	group.Wait()
	if len(w.bad) > 0 {
		return w.bad
	}
	return w.judge(ctx, l)
}

// define registers what is run, on a node that nothing happens to.
func (w *world) define(ctx context.Context) error {
	e := w.nodes[0].engine
	var defs []*workflow.Def
	if err := json.Unmarshal([]byte(definitions), &defs); err != nil {
		return err
	}
	for _, d := range defs {
		if err := e.PutWorkflowDef(ctx, d, true); err != nil {
			return fmt.Errorf("%s: %w", d.Name, err)
		}
	}
	var tasks []*workflow.TaskDef
	for _, name := range append([]string{"call", "st", "ev"}, taskTypes...) {
		d := workflow.DefaultTaskDef(name)
		d.RetryCount, d.RetryDelaySeconds, d.ResponseTimeoutSeconds = 1000, 1, int64(responseTimeout/time.Second)
		tasks = append(tasks, d)
	}
	if err := e.PutTaskDefs(ctx, tasks); err != nil {
		return err
	}
	h := &workflow.EventHandler{}
	if err := json.Unmarshal([]byte(handler), h); err != nil {
		return err
	}
	return e.PutEventHandler(ctx, h, false)
}

// disturb lets things happen to the nodes and to what they share.
func (w *world) disturb(ctx context.Context) {
	for end := time.Now().Add(disturbed); time.Now().Before(end); {
		sleep(ctx, time.Duration(200+w.chance("when", 4000))*time.Millisecond)
		span := time.Duration(w.chance("span", 12000)) * time.Millisecond
		m := w.any("whom")
		what := w.chance("what", 12)
		if m == nil {
			what = 0
		}
		w.log.Info("what happens", "what", what, "span", span)
		switch what {
		case 0, 1:
			if len(w.nodes) < 4 && (w.weather.shared || m == nil) {
				if err := w.join(ctx); err != nil {
					w.log.Info("a node could not join", "error", err)
				}
			}
		case 2, 3:
			w.leave(m, true)
		case 4:
			w.leave(m, false)
		case 5, 6:
			m.set(&m.frozen, span)
		case 7:
			m.set(&m.apart, span)
		case 8:
			m.set(&m.deaf, span)
		case 9:
			w.queue.lose(span / 2)
		case 10:
			w.mu.Lock()
			w.outage = time.Now().Add(span / 2)
			w.mu.Unlock()
		case 11:
			if w.weather.jumps {
				m.clock.jump(time.Duration(w.chance("jump", 240)-120) * time.Second)
			}
		}
		w.bury()
	}
}

// bury takes away the nodes that ended by themselves.
func (w *world) bury() {
	for _, m := range slices.Clone(w.nodes) {
		if m.dead() {
			w.leave(m, true)
		}
	}
}

// settle ends the disturbance: what is broken is whole again, and there is a node.
func (w *world) settle(ctx context.Context) {
	w.calm.Store(true)
	w.mu.Lock()
	w.outage = time.Time{}
	w.mu.Unlock()
	for _, m := range w.nodes {
		m.set(&m.apart, 0)
		m.set(&m.deaf, 0)
	}
	w.tend(ctx)
}

// tend replaces nodes that ended by themselves, as whoever supervises them does: one that was frozen when the disturbance ended
// learns only later what has become of it.
func (w *world) tend(ctx context.Context) {
	w.bury()
	if len(w.nodes) == 0 {
		if err := w.join(ctx); err != nil {
			w.log.Error("no node could join", "error", err)
		}
	}
}

// judge reads every execution from every node and checks them.
func (w *world) judge(ctx context.Context, l *load) []string {
	v := &verdict{l: l, all: map[string]*workflow.Execution{}}
	for id := range w.store.executions {
		for _, m := range w.nodes {
			x, err := m.engine.Execution(ctx, id, true)
			if err != nil {
				w.wrong("read %s of %s: %v", id, m.name, err)
				continue
			}
			if before := v.all[id]; before != nil && (before.Status != x.Status || tell(before) != tell(x)) {
				w.wrong("nodes differ about %s:%s\nand%s", id, tell(before), tell(x))
			}
			v.all[id] = x
		}
	}
	return v.check()
}
