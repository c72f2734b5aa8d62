package converge_test

import (
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/memory"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

const (
	visible = time.Minute
	seeds   = 40
)

// world is a control plane and its AWS, with time that passes only when it is waited for.
type world struct {
	t      *testing.T
	aws    *memory.Cloud
	ledger *memory.Ledger
	c      *converge.Converger
	scope  converge.Scope
	plan   plan.Cluster
}

func newWorld(t *testing.T, seed uint64) *world {
	size, _ := plan.SizeOf("standard")
	aws, ledger := memory.New(seed), &memory.Ledger{}
	return &world{
		t: t, aws: aws, ledger: ledger, scope: converge.Scope{Cluster: "c1", Organization: "acme"},
		c: &converge.Converger{
			Driver: aws, Ledger: ledger, Now: aws.Now, Visible: visible, Logger: slog.New(slog.DiscardHandler),
		},
		plan: plan.Cluster{ID: "c1", Range: "10.20.0.0/16", Zones: []string{"z1", "z2", "z3"}, Size: size, Host: "c1.example.com"},
	}
}

// patiently repeats a call until it returns nil; errors are tried again as often as the engine would, those of the database at will.
func (w *world) patiently(what string, call func() error) {
	w.t.Helper()
	var last error
	tries := 4
	for range 3000 {
		if last = call(); last == nil {
			return
		}
		if provisioner.AsPending(last) == nil && !strings.Contains(last.Error(), "the database is away") {
			if tries--; tries < 0 {
				w.t.Fatalf("%s: a fifth time: %v", what, last)
			}
		}
		if provisioner.IsPermanent(last) {
			w.t.Fatalf("%s: permanent: %v", what, last)
		}
		after := 5 * time.Second
		if p := provisioner.AsPending(last); p != nil {
			if after = p.After; after < time.Second || p.Reason == "" {
				w.t.Fatalf("%s: a Pending of %v: %q", what, after, p.Reason)
			}
		}
		w.aws.Pass(after)
	}
	w.t.Fatalf("%s: does not end: %v", what, last)
}

func (w *world) all() []plan.Resource {
	var all []plan.Resource
	for _, p := range parts {
		all = append(all, w.plan.Part(p)...)
	}
	return all
}

var parts = []provisioner.Part{provisioner.Network, provisioner.Database, provisioner.Queue, provisioner.Storage, provisioner.Endpoint}

func (w *world) ensure(p provisioner.Part) error {
	return w.c.Ensure(w.t.Context(), w.scope, w.all(), w.plan.Part(p), nil)
}

func (w *world) start(i int) error {
	return w.c.Ensure(w.t.Context(), w.scope, w.all(), w.plan.Node(i, plan.TaskSettings{Image: "podium:1"}), nil)
}

func (w *world) stop(i int) error {
	return w.c.Remove(w.t.Context(), w.scope, converge.Selection{
		Kinds: plan.NodeKinds(), Belongs: func(k plan.Kind, role string) bool { return plan.InNode(i, k, role) },
	})
}

func (w *world) remove(p provisioner.Part) error {
	return w.c.Remove(w.t.Context(), w.scope, converge.Selection{
		Kinds: plan.PartKinds(p), Belongs: func(k plan.Kind, role string) bool { return plan.InPart(p, k, role) },
	})
}

func (w *world) create() {
	w.t.Helper()
	for _, p := range parts {
		w.patiently("ensure "+string(p), func() error { return w.ensure(p) })
	}
	for i := range 3 {
		w.patiently("start", func() error { return w.start(i) })
	}
}

func (w *world) delete() {
	w.t.Helper()
	for i := range 3 {
		w.patiently("stop", func() error { return w.stop(i) })
	}
	for _, p := range slices.Backward(parts) {
		w.patiently("remove "+string(p), func() error { return w.remove(p) })
	}
	w.patiently("sweep", func() error { return w.c.Swept(w.t.Context(), w.scope) })
	if left := w.aws.All(); len(left) > 0 {
		w.t.Fatalf("left: %v", slices.Sorted(maps.Keys(left)))
	}
}

// complete fails the test unless there is exactly one of each resource, brought to its settings.
func (w *world) complete() {
	w.t.Helper()
	have := w.aws.All()
	want := w.all()
	for i := range 3 {
		want = append(want, w.plan.Node(i, plan.TaskSettings{Image: "podium:1"})...)
	}
	if len(have) != len(want) {
		w.t.Errorf("%d resources, want %d: %v", len(have), len(want), slices.Sorted(maps.Keys(have)))
	}
	for _, r := range want {
		found := 0
		for name, settled := range have {
			if strings.HasPrefix(name, fmt.Sprintf("%s %s (", r.Kind, r.Role)) {
				found++
				if fmt.Sprint(settled) != fmt.Sprint(r.Settings) {
					w.t.Errorf("%s is settled to %v, want %v", r.Role, settled, r.Settings)
				}
			}
		}
		if found != 1 {
			w.t.Errorf("%d of %s", found, r.Role)
		}
	}
}

func TestConverger_MakesAndRemoves(t *testing.T) {
	w := newWorld(t, 1)
	w.create()
	w.complete()
	began := w.aws.Calls()
	w.create() // again: nothing to do
	w.complete()
	if looks := w.aws.Calls() - began; looks > 80 {
		t.Errorf("%d calls to find that nothing is to be done", looks)
	}
	w.delete()
	w.delete()
}

// TestConverger_Faults: whatever fails, is late, or gets lost, everything is made once, and nothing is left.
func TestConverger_Faults(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(t, seed)
		w.aws.Lag, w.aws.Faulty = visible-time.Second, 0.15
		random := rand.New(rand.NewPCG(seed, 7))
		w.ledger.Fail = func() bool { return random.IntN(20) == 0 }
		w.create()
		w.aws.Pass(visible)
		w.create() // what was made twice because an answer got lost has become visible
		w.complete()
		w.delete()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestConverger_CutShort: a creation that stops anywhere can be deleted at once.
func TestConverger_CutShort(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(t, seed)
		w.aws.Lag, w.aws.Faulty = visible-time.Second, 0.1
		random := rand.New(rand.NewPCG(seed, 9))
		calls := random.IntN(60)
	work:
		for _, p := range parts {
			for {
				if calls--; calls < 0 {
					break work
				}
				err := w.ensure(p)
				if err == nil {
					break
				}
				if pending := provisioner.AsPending(err); pending != nil {
					w.aws.Pass(pending.After)
				}
			}
		}
		w.delete()
	}
}

func TestConverger_ChangesWhatIsThere(t *testing.T) {
	w := newWorld(t, 3)
	w.create()
	w.plan.Size, _ = plan.SizeOf("large")
	before := len(w.aws.All())
	w.create()
	w.complete()
	if after := len(w.aws.All()); after != before {
		t.Errorf("%d resources became %d", before, after)
	}
	w.delete()
}

func TestConverger_MakesAgainWhatVanished(t *testing.T) {
	w := newWorld(t, 4)
	w.create()
	w.aws.Pass(visible)
	if !w.aws.Vanish("c1", "record") || !w.aws.Vanish("c1", "service-1") {
		t.Fatal("there was nothing to take away")
	}
	w.create()
	w.complete()
	w.delete()
}

func TestConverger_Quota(t *testing.T) {
	w := newWorld(t, 5)
	w.aws.Max = map[plan.Kind]int{plan.VPC: 0}
	err := w.ensure(provisioner.Network)
	if !provisioner.IsPermanent(err) || !strings.Contains(err.Error(), "Service Quotas") {
		t.Fatalf("error %v, want one about the quota", err)
	}
	w.delete()
}

func TestConverger_OtherClustersStay(t *testing.T) {
	w := newWorld(t, 6)
	w.create()
	kept := len(w.aws.All())
	other := *w
	other.scope.Cluster, other.plan.ID = "c2", "c2"
	other.create()
	for i := range 3 {
		other.patiently("stop", func() error { return other.stop(i) })
	}
	for _, p := range slices.Backward(parts) {
		other.patiently("remove", func() error { return other.remove(p) })
	}
	other.patiently("sweep", func() error { return other.c.Swept(t.Context(), other.scope) })
	if left := len(w.aws.All()); left != kept {
		t.Errorf("%d resources of the other cluster, want %d", left, kept)
	}
	w.complete()
}

func TestConverger_PartsStayWhileOthersStandOnThem(t *testing.T) {
	w := newWorld(t, 7)
	w.create()
	if p := provisioner.AsPending(w.remove(provisioner.Network)); p == nil || !strings.Contains(p.Reason, "uses it") {
		t.Errorf("removing the network under a database: %v", p)
	}
	w.create()
	w.delete()
}

// TestConverger_Peering: a connection, which bears neither a name nor a token, is asked for once, whatever fails, and removed alone.
func TestConverger_Peering(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(t, seed)
		w.patiently("ensure", func() error { return w.ensure(provisioner.Network) })
		w.aws.Pass(visible)
		before := len(w.aws.All())
		w.aws.Lag, w.aws.Faulty = visible-time.Second, 0.3
		random := rand.New(rand.NewPCG(seed, 13))
		w.ledger.Fail = func() bool { return random.IntN(8) == 0 }
		want := w.plan.Peering("p1", plan.PeeringSettings{Account: "222222222222", Network: "vpc-1", Region: "here"})
		ensure := func() error { return w.c.Ensure(t.Context(), w.scope, w.all(), []plan.Resource{want}, nil) }
		w.patiently("connect", ensure)
		w.aws.Pass(visible)
		w.patiently("connect again", ensure)
		if now := len(w.aws.All()); now != before+1 {
			t.Fatalf("seed %d: %d connections", seed, now-before)
		}
		w.patiently("disconnect", func() error {
			return w.c.Remove(t.Context(), w.scope, converge.Selection{
				Kinds: []plan.Kind{plan.Peering}, Belongs: func(_ plan.Kind, role string) bool { return role == want.Role },
			})
		})
		if now := len(w.aws.All()); now != before {
			t.Fatalf("seed %d: %d connections are left", seed, now-before)
		}
	}
}

// TestConverger_NothingComesToLightLater: a creation that is called off at once leaves nothing that AWS shows only when the removal has
// ended.
func TestConverger_NothingComesToLightLater(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(t, seed)
		w.patiently("ensure", func() error { return w.ensure(provisioner.Network) })
		w.aws.Pass(visible)
		w.aws.Lag, w.aws.Faulty = visible-time.Second, 0.5
		random := rand.New(rand.NewPCG(seed, 17))
		for range 1 + random.IntN(4) {
			_ = w.ensure(provisioner.Endpoint) // however it ends
		}
		w.aws.Faulty = 0
		w.patiently("remove", func() error { return w.remove(provisioner.Endpoint) })
		w.patiently("remove the network", func() error { return w.remove(provisioner.Network) })
		w.aws.Pass(visible)
		if left := w.aws.All(); len(left) > 0 {
			t.Fatalf("seed %d, left: %v", seed, slices.Sorted(maps.Keys(left)))
		}
	}
}
