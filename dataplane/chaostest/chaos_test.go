package chaostest

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	rounds = flag.Int("rounds", 1, "how often each disturbance comes")
	seed   = flag.Uint64("seed", 0, "of the random choices; 0 takes one from the clock")
	logs   = flag.String("logs", "", "folder for the nodes' logs, kept; a scratch folder otherwise")
	race   = flag.Bool("race-nodes", false, "build the nodes with the race detector")
)

const (
	nodesAtFirst = 3
	starters     = 2
	workers      = 2               // of each type
	frozen       = 6 * time.Second // longer than a node may be silent
)

func TestChaos(t *testing.T) {
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", *seed)
	c := newCluster(t, *logs)
	for range nodesAtFirst {
		if c.add(); t.Failed() {
			t.FailNow()
		}
	}
	c.define()
	l := newLoad(c)
	starting, stopStarting := context.WithCancel(t.Context())
	working, stopWorking := context.WithCancel(t.Context())
	var start, work sync.WaitGroup
	defer func() { stopStarting(); stopWorking(); start.Wait(); work.Wait() }()
	for i := range starters {
		start.Go(func() { l.startAll(starting, i) })
	}
	for _, taskType := range stepTypes {
		for i := range workers {
			work.Go(func() { l.work(working, taskType, fmt.Sprint(taskType, "-", i)) })
		}
	}
	random := rand.New(rand.NewPCG(*seed, 0))
	for range *rounds {
		c.disturb(random)
	}
	stopStarting()
	start.Wait()
	l.untilEnded(t.Context())
	stopWorking()
	work.Wait()
	l.check(t.Context())
	for i, p := range l.problems {
		if i == 30 {
			t.Errorf("and %d more", len(l.problems)-i)
			break
		}
		t.Error(p)
	}
}

// disturbance does something bad, and returns what makes it good again.
type disturbance struct {
	name string
	do   func(c *cluster, random *rand.Rand) (heal func())
}

var disturbances = []disturbance{
	{"kill a node", func(c *cluster, random *rand.Rand) func() { return c.restart(random, syscall.SIGKILL) }},
	{"send a node away", func(c *cluster, random *rand.Rand) func() { return c.restart(random, syscall.SIGTERM) }},
	{"freeze a node", func(c *cluster, random *rand.Rand) func() {
		n := c.take(random)
		if n == nil {
			return nil
		}
		n.signal(syscall.SIGSTOP)
		thawed := time.After(frozen)
		return func() {
			<-thawed
			n.signal(syscall.SIGCONT)
			n.busy.Unlock()
		}
	}},
	{"add a node", func(c *cluster, _ *rand.Rand) func() {
		if len(c.all()) > nodesAtFirst {
			return nil
		}
		return func() { c.add() }
	}},
	{"empty Redis", func(c *cluster, _ *rand.Rand) func() { c.redis.flush(); return nil }},
	{"restart Redis", func(c *cluster, _ *rand.Rand) func() { c.redis.kill(); return c.redis.start }},
	{"crash PostgreSQL", func(c *cluster, _ *rand.Rand) func() { c.postgres.Crash(); return c.postgres.Restart }},
}

func (c *cluster) restart(random *rand.Rand, sig syscall.Signal) func() {
	n := c.take(random)
	if n == nil {
		return nil
	}
	n.end(sig)
	return func() {
		n.start()
		n.busy.Unlock()
	}
}

// disturb does all disturbances in a random order, and heals each after a random time: the next one may come before that.
func (c *cluster) disturb(random *rand.Rand) {
	var healing sync.WaitGroup
	for _, i := range random.Perm(len(disturbances)) {
		d := disturbances[i]
		begun := time.Now()
		<-time.After(time.Duration(500+random.IntN(3500)) * time.Millisecond)
		lasts := time.Duration(random.IntN(6000)) * time.Millisecond
		c.t.Logf("%s, after %v, for %v", d.name, time.Since(begun).Round(time.Millisecond), lasts)
		if heal := d.do(c, random); heal != nil {
			healing.Go(func() {
				<-time.After(lasts)
				heal()
			})
		}
	}
	healing.Wait()
}
