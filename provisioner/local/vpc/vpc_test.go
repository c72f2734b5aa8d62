package vpc_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/local/vpc"
	"github.com/podium-cloud/podium/provisioner/local/vpc/vpctest"
)

func TestMain(m *testing.M) { os.Exit(vpctest.Main(m)) }

const port = 7200

var zones = []string{"local-a", "local-b"}

// bench is a machine with networks. At its end nothing may be left.
type bench struct {
	networks *vpc.Networks
	peers    *vpc.Peers
}

func setup(t *testing.T) *bench {
	t.Helper()
	networks, err := vpc.New(vpc.Config{
		Dir: t.TempDir(), Tag: "test", Pool: netip.MustParsePrefix("10.64.0.0/10"), Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{networks, &vpc.Peers{Networks: networks, APIPort: port, Domain: "podium.internal"}}
	t.Cleanup(func() {
		ids, err := networks.IDs()
		if err != nil {
			t.Error(err)
		}
		for _, id := range ids {
			if err := networks.Remove(context.Background(), id); err != nil {
				t.Error(err)
			}
		}
		if left, _ := networks.IDs(); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
	return b
}

// cluster makes a network with a server at the place of each of two nodes, which says in which zone it is.
func (b *bench) cluster(t *testing.T, id string) vpc.Network {
	t.Helper()
	network, err := b.networks.Ensure(t.Context(), id, netip.Prefix{}, zones)
	if err != nil {
		t.Fatal(err)
	}
	for i := range zones {
		place := network.PlaceOf(i)
		b.serve(t, id, place.Zone.Name, netip.AddrPortFrom(place.Address, port))
		b.serve(t, id, place.Zone.Name, netip.AddrPortFrom(place.Address, port+1)) // not to be reached
	}
	return network
}

func (b *bench) serve(t *testing.T, id, zone string, at netip.AddrPort) {
	t.Helper()
	err := vpc.Inside(b.networks.Namespace(id, zone), func() error {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", at.String())
		if err != nil {
			return err
		}
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(zone)) })}
		go func() { _ = s.Serve(l) }()
		t.Cleanup(func() { _ = s.Close() })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func spec(id string) provisioner.ClusterSpec {
	return provisioner.ClusterSpec{ID: id, Name: "orders", Organization: id + "-org", Cloud: "local", Nodes: 2}
}

func peering(id string, c vpctest.Customer) provisioner.Peering {
	return provisioner.Peering{
		ID: "peer_" + id + "_" + c.Name, Cluster: spec(id),
		Peer: provisioner.Peer{Account: vpc.Account, Region: vpc.Region, Network: c.Name, Ranges: []netip.Prefix{c.Range}, Zones: []string{"local-b"}},
	}
}

// accept does what the invitation says.
func accept(t *testing.T, i provisioner.Invitation) {
	t.Helper()
	vpctest.Shell(t, strings.Split(i.Ways[0].Code, "\n")...)
}

func (b *bench) state(t *testing.T, q provisioner.Peering, want provisioner.PeeringState) {
	t.Helper()
	got, err := b.peers.PeeringState(t.Context(), q)
	if err != nil || got != want {
		t.Fatalf("the peering is %s, %v; want %s", got, err, want)
	}
}

// connect makes a whole peering, each step twice, as a crash may repeat it.
func (b *bench) connect(t *testing.T, q provisioner.Peering) {
	t.Helper()
	first, err := b.peers.EnsurePeering(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.peers.EnsurePeering(t.Context(), q)
	if err != nil || again.Connection != first.Connection || again.Ways[0] != first.Ways[0] {
		t.Fatalf("the second request answers %+v, %v; the first %+v", again, err, first)
	}
	b.state(t, q, provisioner.PeeringPending)
	accept(t, first)
	b.state(t, q, provisioner.PeeringActive)
	for _, step := range []func(context.Context, provisioner.Peering) error{
		b.peers.EnsurePeeringRoutes, b.peers.EnsurePeeringRules, b.peers.EnsurePeeringNames,
	} {
		for range 2 {
			if err := step(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (b *bench) disconnect(t *testing.T, q provisioner.Peering) {
	t.Helper()
	for _, step := range []func(context.Context, provisioner.Peering) error{
		b.peers.RemovePeeringNames, b.peers.RemovePeeringRules, b.peers.RemovePeeringRoutes, b.peers.RemovePeering,
	} {
		for range 2 {
			if err := step(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func at(n vpc.Network, node, port int) netip.AddrPort {
	return netip.AddrPortFrom(n.PlaceOf(node).Address, uint16(port))
}

// TestPeering_OpensTheAPIAndNothingElse is two tenants whose networks have the same range, each with a cluster.
func TestPeering_OpensTheAPIAndNothingElse(t *testing.T) {
	b := setup(t)
	a, c := b.cluster(t, "a"), b.cluster(t, "b")
	if a.Range.Overlaps(c.Range) {
		t.Fatalf("two networks share %s and %s", a.Range, c.Range)
	}
	tenantA, tenantB := vpctest.NewCustomer(t, "tenant-a", "10.20.0.0/16"), vpctest.NewCustomer(t, "tenant-b", "10.20.0.0/16")
	toA, toB := peering("a", tenantA), peering("b", tenantB)

	if tenantA.Reach(t, at(a, 0, port)) == nil {
		t.Fatal("cluster A is reached before there is a peering")
	}
	b.connect(t, toA)
	b.connect(t, toB)
	for node := range zones {
		if err := tenantA.Reach(t, at(a, node, port)); err != nil {
			t.Errorf("tenant A does not reach node %d of cluster A: %v", node, err)
		}
		if err := tenantB.Reach(t, at(c, node, port)); err != nil {
			t.Errorf("tenant B does not reach node %d of cluster B: %v", node, err)
		}
	}

	// Tenant B may set routes as it likes in its own network.
	invitation, err := b.peers.EnsurePeering(t.Context(), toB)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(invitation.Ways[0].Code, "\n")
	via := strings.Fields(lines[3])[7]
	vpctest.Shell(t, "ip -n tenant-b route add "+a.Range.String()+" via "+via)
	for who, to := range map[string]netip.AddrPort{
		"another port of its cluster":      at(a, 0, port+1),
		"the router of its cluster":        netip.AddrPortFrom(a.Zones[0].Range.Addr().Next(), 22),
		"the other cluster":                at(c, 0, port),
		"the other cluster's second node":  at(c, 1, port),
		"the other tenant's own addresses": netip.MustParseAddrPort("10.20.0.3:80"),
	} {
		if tenantA.Reach(t, to) == nil {
			t.Errorf("tenant A reaches %s", who)
		}
	}
	for node := range zones {
		if tenantB.Reach(t, at(a, node, port)) == nil {
			t.Errorf("tenant B reaches node %d of cluster A", node)
		}
	}

	b.disconnect(t, toA)
	b.state(t, toA, provisioner.PeeringNone)
	if tenantA.Reach(t, at(a, 0, port)) == nil {
		t.Error("tenant A reaches its cluster after the peering was removed")
	}
	if err := tenantB.Reach(t, at(c, 0, port)); err != nil {
		t.Errorf("the end of one peering ended another: %v", err)
	}
}

// TestPeering_AnAddressThatWasNotDeclaredIsTurnedAway comes over the right connection with the wrong address.
func TestPeering_AnAddressThatWasNotDeclaredIsTurnedAway(t *testing.T) {
	b := setup(t)
	network := b.cluster(t, "a")
	tenant := vpctest.NewCustomer(t, "tenant-a", "10.20.0.0/16")
	q := peering("a", tenant)
	q.Peer.Ranges = []netip.Prefix{netip.MustParsePrefix("10.21.0.0/16")}
	b.connect(t, q)
	if tenant.Reach(t, at(network, 0, port)) == nil {
		t.Error("a worker with another address than was declared reaches the cluster")
	}
	probes, err := b.peers.ProbePeering(t.Context(), q)
	if err != nil || !slices.ContainsFunc(probes, func(p provisioner.Probe) bool { return p.Problem != "" && p.From == provisioner.CustomerSide }) {
		t.Errorf("the probe finds nothing wrong: %+v, %v", probes, err)
	}
}

// TestPeering_ZonesFailOnTheirOwn cuts one zone: its node is gone, and the name of the cluster leads to the other one.
func TestPeering_ZonesFailOnTheirOwn(t *testing.T) {
	b := setup(t)
	network := b.cluster(t, "a")
	tenant := vpctest.NewCustomer(t, "tenant-a", "10.20.0.0/16")
	q := peering("a", tenant)
	b.connect(t, q)
	info, err := b.peers.Network(t.Context(), q.Cluster)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(endpoint string) string {
		return tenant.Get(t, strings.TrimSuffix(endpoint, "/api"))
	}
	for i, z := range info.Zones {
		if got := ask(z.Endpoint); got != zones[i] {
			t.Errorf("%s is served by %q", z.Endpoint, got)
		}
	}
	if got := ask(info.Endpoint); got != "local-b" {
		t.Errorf("workers in local-b are served by %q", got)
	}
	probes, err := b.peers.ProbePeering(t.Context(), q)
	if err != nil || len(probes) != 4 {
		t.Fatalf("probes: %+v, %v; want one from each side in each zone", probes, err)
	}
	for _, p := range probes {
		if p.Problem != "" {
			t.Errorf("probe: %+v", p)
		}
	}

	if err := b.networks.Cut(t.Context(), "a", "local-b", false); err != nil {
		t.Fatal(err)
	}
	if tenant.Reach(t, at(network, 1, port)) == nil {
		t.Error("a node is reached in a zone that was cut")
	}
	if got := ask(info.Endpoint); got != "local-a" {
		t.Errorf("with local-b cut, workers are served by %q", got)
	}
	if err := b.networks.Cut(t.Context(), "a", "local-b", true); err != nil {
		t.Fatal(err)
	}
	if err := tenant.Reach(t, at(network, 1, port)); err != nil {
		t.Errorf("the zone is mended, but: %v", err)
	}
}

func TestPeering_States(t *testing.T) {
	b := setup(t)
	b.cluster(t, "a")
	tenant := vpctest.NewCustomer(t, "tenant-a", "10.20.0.0/16")
	q := peering("a", tenant)
	b.state(t, q, provisioner.PeeringNone)
	request := func() []string {
		t.Helper()
		i, err := b.peers.EnsurePeering(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		b.state(t, q, provisioner.PeeringPending)
		return strings.Split(i.Ways[0].Code, "\n")
	}
	lines := request()
	port := strings.Fields(lines[0])[3]
	vpctest.Shell(t, "ip link delete "+port)
	b.state(t, q, provisioner.PeeringRejected)

	lines = request() // anew
	vpctest.Shell(t, lines[0])
	b.state(t, q, provisioner.PeeringProvisioning)
	vpctest.Shell(t, lines[1:]...)
	b.state(t, q, provisioner.PeeringActive)
	vpctest.Shell(t, "ip -n tenant-a link delete "+port)
	b.state(t, q, provisioner.PeeringDeleted)

	lines = request()
	other := vpctest.NewCustomer(t, "tenant-x", "10.30.0.0/16")
	vpctest.Shell(t, strings.Replace(lines[0], tenant.Name, other.Name, 1))
	b.state(t, q, provisioner.PeeringFailed)
	request() // and again
	b.disconnect(t, q)
	b.state(t, q, provisioner.PeeringNone)
}

// TestNetworks_OutliveTheProgram opens the same folder again, as a control plane does that was killed.
func TestNetworks_OutliveTheProgram(t *testing.T) {
	b := setup(t)
	network := b.cluster(t, "a")
	tenant := vpctest.NewCustomer(t, "tenant-a", "10.20.0.0/16")
	q := peering("a", tenant)
	b.connect(t, q)
	again, err := vpc.New(b.networks.Config)
	if err != nil {
		t.Fatal(err)
	}
	same, err := again.Ensure(t.Context(), "a", netip.Prefix{}, zones)
	if err != nil || same.Range != network.Range {
		t.Fatalf("the network is %+v, %v after the crash; it was %+v", same, err, network)
	}
	if err := tenant.Reach(t, at(network, 1, port)); err != nil {
		t.Errorf("the peering did not survive: %v", err)
	}
	if err := again.Remove(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if left := again.Left("a"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if out, err := tenant.Run(t, "ip", "-o", "link", "show", "type", "veth"); err != nil || out != "" {
		t.Errorf("left in the customer's network: %s, %v", out, err)
	}
	if hosts, err := os.ReadFile("/etc/netns/tenant-a/hosts"); err == nil {
		t.Errorf("left of the names: %s", hosts)
	}
}

func TestNetworks_HaveNoWayOutButRelays(t *testing.T) {
	b := setup(t)
	b.cluster(t, "a")
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("through")) })}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	to := l.Addr().(*net.TCPAddr).AddrPort()
	zone := vpctest.Customer{Name: b.networks.Namespace("a", "local-a")}
	if zone.Reach(t, to) == nil {
		t.Fatal("a zone reaches the machine")
	}
	for range 2 {
		if err := b.networks.Relay("a", "local-a", to.String()); err != nil {
			t.Fatal(err)
		}
	}
	if got := zone.Get(t, "http://"+to.String()); got != "through" {
		t.Errorf("through the relay came %q", got)
	}
	b.networks.Close()
	if zone.Reach(t, to) == nil {
		t.Error("a relay that was closed passes on")
	}
}

// TestCheck_ExplainsWhatIsWrong spoils one thing at a time.
func TestCheck_ExplainsWhatIsWrong(t *testing.T) {
	b := setup(t)
	network := b.cluster(t, "a")
	tenant := vpctest.NewCustomer(t, "tenant-a", "10.20.0.0/16")
	for name, c := range map[string]struct {
		spoil func(*testing.T, *provisioner.Peering)
		check string
		level provisioner.Level
		says  string
	}{
		"nothing": {func(*testing.T, *provisioner.Peering) {}, "", "", ""},
		"overlap": {func(_ *testing.T, q *provisioner.Peering) {
			q.Peer.Ranges = append(q.Peer.Ranges, network.Zones[0].Range)
		}, "ranges", provisioner.LevelProblem, "share addresses"},
		"overlap with another peering": {func(_ *testing.T, q *provisioner.Peering) {
			q.Others = []provisioner.Peer{{Network: "old", Ranges: []netip.Prefix{netip.MustParsePrefix("10.20.4.0/24")}}}
		}, "ranges", provisioner.LevelProblem, "the network old"},
		"no network": {func(_ *testing.T, q *provisioner.Peering) {
			q.Peer.Network = "nowhere"
		}, "network", provisioner.LevelProblem, "no network namespace"},
		"network of a cluster": {func(_ *testing.T, q *provisioner.Peering) {
			q.Peer.Network = "test.a"
		}, "network", provisioner.LevelProblem, "network of a cluster"},
		"route": {func(t *testing.T, _ *provisioner.Peering) {
			vpctest.Shell(t, "ip -n tenant-a route add "+network.Range.String()+" dev lo")
			t.Cleanup(func() { vpctest.Shell(t, "ip -n tenant-a route delete "+network.Range.String()) })
		}, "routes", provisioner.LevelProblem, "elsewhere"},
		"no address": {func(_ *testing.T, q *provisioner.Peering) {
			q.Peer.Ranges = []netip.Prefix{netip.MustParsePrefix("10.30.0.0/16")}
		}, "network", provisioner.LevelWarning, "no address"},
		"zones unknown": {func(_ *testing.T, q *provisioner.Peering) {
			q.Peer.Zones = nil
		}, "zones", provisioner.LevelWarning, "not known"},
		"zone without node": {func(_ *testing.T, q *provisioner.Peering) {
			q.Cluster.Nodes = 1
		}, "zones", provisioner.LevelWarning, "no node in local-b"},
	} {
		t.Run(name, func(t *testing.T) {
			q := peering("a", tenant)
			c.spoil(t, &q)
			findings, err := b.peers.CheckPeering(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			var bad []provisioner.Finding
			for _, f := range findings {
				if f.Level != provisioner.LevelOK {
					bad = append(bad, f)
					if f.Fix == "" {
						t.Errorf("%+v says not what to do", f)
					}
				}
			}
			if c.check == "" {
				if len(bad) > 0 {
					t.Errorf("found: %+v", bad)
				}
				return
			}
			if !slices.ContainsFunc(bad, func(f provisioner.Finding) bool {
				return f.Check == c.check && f.Level == c.level && strings.Contains(f.Text, c.says)
			}) {
				t.Errorf("found %+v, want a %s of %s that says %q", bad, c.level, c.check, c.says)
			}
		})
	}
}
