package peeringtest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/local"
	"github.com/podium-cloud/podium/provisioner/local/vpc"
	"github.com/podium-cloud/podium/provisioner/local/vpc/vpctest"
)

func TestMain(m *testing.M) { os.Exit(vpctest.Main(m)) }

// apiPort is where nodes serve in their networks.
const apiPort = 7200

// ground is a machine with the local cloud on it, and a control plane that only hears that data planes call.
type ground struct {
	config  local.Config
	cloud   *local.Cloud
	control *httptest.Server
	calls   chan string // paths that data planes called
}

func newGround(t *testing.T) *ground {
	t.Helper()
	binary, err := edgeproc.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g := &ground{calls: make(chan string, 100)}
	g.control = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case g.calls <- r.URL.Path:
		default:
		}
		http.Error(w, "not today", http.StatusServiceUnavailable)
	}))
	t.Cleanup(g.control.Close)
	g.config = local.Config{
		Dir: t.TempDir(), EdgeBinary: binary, ControlPlaneURL: g.control.URL, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	g.open(t)
	t.Cleanup(func() {
		// As a control plane that knows no cluster: whatever it finds is removed.
		g.open(t)
		if err := g.cloud.Adopt(context.Background(), nil); err != nil {
			t.Errorf("clean up: %v", err)
		}
		if ids, err := g.config.Networks.Networks.IDs(); err != nil || len(ids) > 0 {
			t.Errorf("networks are left: %v, %v", ids, err)
		}
	})
	return g
}

// open makes the cloud anew, as a control plane does at its start.
func (g *ground) open(t *testing.T) {
	t.Helper()
	networks, err := local.NewNetworks(filepath.Join(g.config.Dir, ".networks"), netip.MustParsePrefix("10.64.0.0/10"), g.config.Logger)
	if err != nil {
		t.Fatal(err)
	}
	g.config.Networks = networks
	if g.cloud, err = local.New(g.config); err != nil {
		t.Fatal(err)
	}
}

func spec(id string) provisioner.ClusterSpec {
	return provisioner.ClusterSpec{ID: id, Name: "orders", Organization: "tenant-" + id, Cloud: "local", Nodes: 1, Size: "small"}
}

// cluster makes a cluster whose data plane is healthy, as the workflow of its creation does.
func (g *ground) cluster(t *testing.T, id string) provisioner.ClusterSpec {
	t.Helper()
	s := spec(id)
	for _, part := range provisioner.Parts() {
		if err := g.cloud.Ensure(t.Context(), s, part); err != nil {
			t.Fatal(err)
		}
	}
	node := provisioner.Node{ControlPlaneURL: g.control.URL, JoinToken: "token"}
	if err := g.cloud.StartNode(t.Context(), s, node); err != nil {
		t.Fatal(err)
	}
	g.healthy(t, s)
	return s
}

func (g *ground) healthy(t *testing.T, s provisioner.ClusterSpec) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for {
		err := g.cloud.CheckNode(t.Context(), s, 0)
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal(err)
		}
	}
}

func (g *ground) delete(t *testing.T, s provisioner.ClusterSpec) {
	t.Helper()
	if err := g.cloud.StopNode(t.Context(), s, 0); err != nil {
		t.Fatal(err)
	}
	for _, part := range []provisioner.Part{provisioner.Endpoint, provisioner.Storage, provisioner.Network} {
		if err := g.cloud.Remove(t.Context(), s, part); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := g.cloud.Leftovers(t.Context(), s); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func peering(s provisioner.ClusterSpec, c vpctest.Customer) provisioner.Peering {
	return provisioner.Peering{
		ID: "peer_" + s.ID, Cluster: s,
		Peer: provisioner.Peer{Account: vpc.Account, Region: vpc.Region, Network: c.Name, Ranges: []netip.Prefix{c.Range}, Zones: []string{"local-a"}},
	}
}

// connect makes a peering as its workflow does; the customer follows the invitation.
func (g *ground) connect(t *testing.T, q provisioner.Peering) {
	t.Helper()
	peered := g.cloud.Provider().(provisioner.Peered)
	invitation, err := peered.EnsurePeering(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	vpctest.Shell(t, strings.Split(invitation.Ways[0].Code, "\n")...)
	if state, err := peered.PeeringState(t.Context(), q); err != nil || state != provisioner.PeeringActive {
		t.Fatalf("the peering is %s, %v", state, err)
	}
	for _, step := range []func(context.Context, provisioner.Peering) error{
		peered.EnsurePeeringRoutes, peered.EnsurePeeringRules, peered.EnsurePeeringNames,
	} {
		if err := step(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	probes, err := peered.ProbePeering(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range probes {
		if p.Problem != "" {
			t.Errorf("probe: %+v", p)
		}
	}
}

// TestTenants is the whole story of two tenants on one machine, with a crash of the control plane in between.
func TestTenants(t *testing.T) {
	g := newGround(t)
	a, b := g.cluster(t, "a"), g.cluster(t, "b")
	tenantA, tenantB := vpctest.NewCustomer(t, "tenant-a", "10.20.0.0/16"), vpctest.NewCustomer(t, "tenant-b", "10.20.0.0/16")
	select {
	case <-g.calls:
	case <-time.After(time.Minute):
		t.Error("no data plane called the control plane")
	}
	g.connect(t, peering(a, tenantA))
	g.connect(t, peering(b, tenantB))

	info := func(s provisioner.ClusterSpec) provisioner.NetworkInfo {
		network, err := g.cloud.Provider().(provisioner.Peered).Network(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return network
	}
	served := func(c vpctest.Customer, s provisioner.ClusterSpec, endpoint string) {
		t.Helper()
		if got := c.Get(t, strings.TrimSuffix(endpoint, "/api")+"/podium/v1/info"); !strings.Contains(got, `"`+s.ID+`"`) {
			t.Errorf("a worker of %s at %s sees %q, want cluster %s", c.Name, endpoint, got, s.ID)
		}
	}
	nodeOf := func(s provisioner.ClusterSpec) netip.AddrPort {
		network, _, err := g.config.Networks.Networks.Get(s.ID)
		if err != nil {
			t.Fatal(err)
		}
		return netip.AddrPortFrom(network.PlaceOf(0).Address, apiPort)
	}
	check := func(when string) {
		t.Helper()
		t.Log(when)
		served(tenantA, a, info(a).Endpoint)
		served(tenantA, a, info(a).Zones[0].Endpoint)
		served(tenantB, b, info(b).Endpoint)
		if err := tenantA.Reach(t, nodeOf(a)); err != nil {
			t.Errorf("a worker of tenant A does not reach its cluster by its private address: %v", err)
		}
		if tenantA.Reach(t, nodeOf(b)) == nil || tenantB.Reach(t, nodeOf(a)) == nil {
			t.Error("a tenant reaches the cluster of another")
		}
		address, err := g.cloud.Address(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		door := netip.MustParseAddrPort(strings.TrimSuffix(strings.TrimPrefix(address.Endpoint, "http://"), "/api"))
		if tenantA.Reach(t, door) == nil || tenantA.Reach(t, netip.MustParseAddrPort(g.control.Listener.Addr().String())) == nil {
			t.Error("a worker reaches the machine")
		}
	}
	check("connected")

	if err := g.cloud.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.open(t)
	if err := g.cloud.Adopt(t.Context(), []provisioner.ClusterSpec{a, b}); err != nil {
		t.Fatal(err)
	}
	g.healthy(t, a)
	g.healthy(t, b)
	check("after a new start of the control plane")

	peered, q := g.cloud.Provider().(provisioner.Peered), peering(a, tenantA)
	for _, step := range []func(context.Context, provisioner.Peering) error{
		peered.RemovePeeringNames, peered.RemovePeeringRules, peered.RemovePeeringRoutes, peered.RemovePeering,
	} {
		if err := step(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if tenantA.Reach(t, nodeOf(a)) == nil {
		t.Error("the peering was removed, and the path is still there")
	}
	served(tenantB, b, info(b).Endpoint)
	g.delete(t, a)
	g.delete(t, b)
}
