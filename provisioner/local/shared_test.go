package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// bank is a Backing that only remembers what it has lent. Real servers lend in the tests of the control plane.
type bank struct {
	mu     sync.Mutex
	things map[string]*lent
}

type lent struct {
	database, queue bool
	serial, former  int
	retired         []int
}

func (b *bank) of(id string) *lent {
	if b.things == nil {
		b.things = map[string]*lent{}
	}
	if b.things[id] == nil {
		b.things[id] = &lent{serial: 1}
	}
	return b.things[id]
}

func (b *bank) change(id string, f func(*lent)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(b.of(id))
	return nil
}

func (b *bank) EnsureDatabase(_ context.Context, id string) error {
	return b.change(id, func(l *lent) { l.database = true })
}

func (b *bank) EnsureQueue(_ context.Context, id string) error {
	return b.change(id, func(l *lent) { l.queue = true })
}

func (b *bank) RemoveDatabase(_ context.Context, id string) error {
	return b.change(id, func(l *lent) { l.database = false })
}

func (b *bank) RemoveQueue(_ context.Context, id string) error {
	return b.change(id, func(l *lent) { l.queue = false })
}

func (b *bank) Login(_ context.Context, id string) (Login, error) {
	var at Login
	err := b.change(id, func(l *lent) {
		at = Login{Serial: l.serial, Postgres: fmt.Sprintf("postgres://secret-%d", l.serial), Redis: "redis://x", Prefix: "podium:" + id}
	})
	return at, err
}

func (b *bank) Rotate(_ context.Context, id string) error {
	return b.change(id, func(l *lent) {
		if l.former == 0 {
			l.former = l.serial
			l.serial++
		}
	})
}

func (b *bank) Retire(_ context.Context, id string, serial int) error {
	return b.change(id, func(l *lent) {
		if l.former != 0 && l.former < serial {
			l.retired, l.former = append(l.retired, l.former), 0
		}
	})
}

func (b *bank) Loopback() []string { return nil }

func (b *bank) Left(_ context.Context, id string) (left []provisioner.Resource, err error) {
	err = b.change(id, func(l *lent) {
		if l.database {
			left = append(left, provisioner.Resource{Kind: "database", ID: id})
		}
		if l.queue {
			left = append(left, provisioner.Resource{Kind: "queue", ID: id})
		}
	})
	return left, err
}

func (b *bank) Sweep(_ context.Context, known []string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id := range b.things {
		if !slices.Contains(known, id) {
			delete(b.things, id)
		}
	}
	return nil
}

func (b *bank) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for id, l := range b.things {
		if l.database || l.queue {
			all = append(all, "what was lent to "+id)
		}
	}
	return all
}

// newSharedGround has clusters whose nodes share what they keep.
func newSharedGround(t *testing.T) *ground {
	t.Helper()
	g := newGround(t)
	g.config.Backing, g.config.Balancer, g.config.SharedBinary = &bank{}, []string{os.Args[0], "balance"}, os.Args[0]
	return g
}

func TestShared(t *testing.T) {
	cloudtest.Exercise(t, func(t *testing.T) cloudtest.Ground { return newSharedGround(t) })
}

// many makes a cluster with so many nodes that are all healthy.
func (g *ground) many(t *testing.T, id string, nodes int) provisioner.NodeInfo {
	t.Helper()
	for _, p := range provisioner.Parts() {
		if err := g.cloud.Ensure(t.Context(), cloudtest.Spec(id), p); err != nil {
			t.Fatal(err)
		}
	}
	for i := range nodes {
		g.begin(t, cloudtest.Spec(id), i)
	}
	at, err := g.cloud.Address(t.Context(), cloudtest.Spec(id))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (g *ground) begin(t *testing.T, s provisioner.ClusterSpec, index int) {
	t.Helper()
	n := g.Node()
	n.Index = index
	if err := g.cloud.StartNode(t.Context(), s, n); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error { return g.cloud.CheckNode(t.Context(), s, index) })
}

type standInSays struct {
	PID               int
	Login, Processors string
}

// say asks whoever is at the endpoint.
func say(t *testing.T, at provisioner.NodeInfo) standInSays {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at.Console+"/podium/v1/info", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var says standInSays
	if err := json.NewDecoder(res.Body).Decode(&says); err != nil {
		t.Fatal(err)
	}
	return says
}

// said asks so often that every node was asked, and returns what each says.
func said(t *testing.T, at provisioner.NodeInfo) map[int]standInSays {
	t.Helper()
	all := map[int]standInSays{}
	for range 4 * maxShared {
		s := say(t, at)
		all[s.PID] = s
	}
	return all
}

func TestShared_CallsGoToAllNodesAndNoneIsLostWhileTheyAreReplaced(t *testing.T) {
	t.Parallel()
	g := newSharedGround(t)
	g.open(t)
	at := g.many(t, "c1", 2)
	before := said(t, at)
	if len(before) != 2 {
		t.Fatalf("answered by %v", before)
	}
	ctx, stop := context.WithCancel(t.Context())
	calls := make(chan error, 1)
	go func() { calls <- keepCalling(ctx, at.Console+"/podium/v1/info") }()
	s := cloudtest.Spec("c1")
	s.Size = "large"
	for i := range 3 { // the last is new
		g.begin(t, s, i)
	}
	if err := g.cloud.StopNode(t.Context(), s, 2); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-calls; err != nil {
		t.Error(err)
	}
	after := said(t, at)
	if len(after) != 2 {
		t.Fatalf("answered by %v", after)
	}
	for pid, says := range after {
		if _, same := before[pid]; same || says.Processors != "4" {
			t.Errorf("process %d with %s processors, before %v", pid, says.Processors, before)
		}
	}
}

// keepCalling posts until ctx ends, and returns the first call that went wrong.
func keepCalling(ctx context.Context, url string) error {
	for n := 0; ; n++ {
		req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, url, strings.NewReader("x"))
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return fmt.Errorf("call %d: %w", n, err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("call %d: %s", n, res.Status)
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // that was the last one
		}
	}
}

func TestShared_EveryProcessIsStartedAgainWhenItEnds(t *testing.T) {
	t.Parallel()
	g := newSharedGround(t)
	g.open(t)
	at := g.many(t, "c1", 2)
	for _, adopted := range []bool{false, true} {
		if adopted {
			g.Crash(t)
			say(t, at) // without a control plane
			g.Open(t, "c1")
		}
		for _, u := range []unit{nodeOf("c1", 1), balancerOf("c1")} {
			s, err := g.cloud.load(u)
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(s.PID, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually(t, func() error {
				now, err := g.cloud.load(u)
				if err == nil && now.PID == s.PID {
					err = errors.New("the same process")
				}
				return err
			})
		}
		eventually(t, func() error {
			return errors.Join(g.cloud.CheckNode(t.Context(), cloudtest.Spec("c1"), 0), g.cloud.CheckNode(t.Context(), cloudtest.Spec("c1"), 1))
		})
		if all := said(t, at); len(all) != 2 {
			t.Errorf("answered by %v", all)
		}
	}
}

func TestShared_FormerCredentialsEndWhenNoNodeHasThem(t *testing.T) {
	t.Parallel()
	g := newSharedGround(t)
	g.open(t)
	at := g.many(t, "c1", 2)
	lent := g.config.Backing.(*bank)
	for range 2 { // the second call repeats the first
		if err := g.cloud.Rotate(t.Context(), cloudtest.Spec("c1")); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2 {
		if len(lent.of("c1").retired) > 0 {
			t.Error("credentials are retired that a node has")
		}
		g.begin(t, cloudtest.Spec("c1"), i)
	}
	if l := lent.of("c1"); !slices.Equal(l.retired, []int{1}) || l.serial != 2 {
		t.Errorf("lent: %+v", l)
	}
	for _, says := range said(t, at) {
		if says.Login != "postgres://secret-2" {
			t.Errorf("logs in with %s", says.Login)
		}
	}
	files, err := os.ReadFile(g.cloud.path(string(nodeOf("c1", 0)), stateName))
	if err != nil || strings.Contains(string(files), "secret") {
		t.Errorf("%s, %v", files, err)
	}
}

func TestShared_ClustersStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	if err := g.cloud.Ensure(t.Context(), cloudtest.Spec("old"), provisioner.Network); err != nil {
		t.Fatal(err)
	}
	g.start(t, "old")
	g.Crash(t)
	g.config.Backing, g.config.Balancer, g.config.SharedBinary = &bank{}, []string{os.Args[0], "balance"}, os.Args[0]
	g.Open(t, "old")
	for _, p := range provisioner.Parts() { // as a resize does with some
		if err := g.cloud.Ensure(t.Context(), cloudtest.Spec("old"), p); err != nil {
			t.Fatal(err)
		}
	}
	n := g.Node()
	n.Index = 1
	contains(t, g.cloud.StartNode(t.Context(), cloudtest.Spec("old"), n), "nodes: a cluster with an embedded store has one")
	g.many(t, "new", 2)
	g.Crash(t)
	g.config.Backing = nil
	g.Open(t, "old", "new") // what runs goes on
	if err := g.cloud.StartNode(t.Context(), cloudtest.Spec("new"), g.Node()); !errors.Is(err, errNoBacking) {
		t.Errorf("without what it stands on: %v", err)
	}
}

func TestShared_WithoutNodesTheEndpointIsClosed(t *testing.T) {
	t.Parallel()
	g := newSharedGround(t)
	g.open(t)
	at := g.many(t, "c1", 2)
	for _, index := range []int{4, 1, 0, 0} {
		if err := g.cloud.StopNode(t.Context(), cloudtest.Spec("c1"), index); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ask(at); err == nil {
		t.Error("somebody answers")
	}
	g.Crash(t)
	g.Open(t, "c1")
	if left := slices.DeleteFunc(g.Left(t), func(s string) bool { return !strings.HasPrefix(s, "process") }); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	g.begin(t, cloudtest.Spec("c1"), 0)
	if says := say(t, at); says.PID == 0 {
		t.Error("nobody answers")
	}
}
