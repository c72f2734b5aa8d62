package peeringtest

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/local/vpc"
	"github.com/podium-cloud/podium/provisioner/local/vpc/vpctest"
)

// TestZones_OneIsCutAndTheOtherServes is a cluster with a node in each of two zones, on one PostgreSQL and one Redis. Workers of
// one zone talk to the node in it, and to the other one when their zone is gone.
func TestZones_OneIsCutAndTheOtherServes(t *testing.T) {
	g := newGround(t)
	s := spec("zoned")
	s.Nodes = 2
	if err := g.cloud.Ensure(t.Context(), s, provisioner.Network); err != nil {
		t.Fatal(err)
	}
	networks := g.config.Networks.Networks
	network, _, err := networks.Get(s.ID)
	if err != nil {
		t.Fatal(err)
	}
	startNodes(t, g, s)
	tenant := vpctest.NewCustomer(t, "tenant-z", "10.20.0.0/16")
	q := peering(s, tenant)
	q.Peer.Zones = []string{"local-b"}
	g.connect(t, q)

	info, err := g.cloud.Provider().(provisioner.Peered).Network(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	const definition = "/api/metadata/workflow?short=true"
	ask := func(endpoint string) string { return tenant.Get(t, strings.TrimSuffix(endpoint, "/api")+definition) }
	for _, endpoint := range []string{info.Endpoint, info.Zones[0].Endpoint, info.Zones[1].Endpoint} {
		if got := ask(endpoint); !strings.HasPrefix(got, "[") {
			t.Errorf("%s answers %q", endpoint, got)
		}
	}
	own := network.PlaceOf(1).Address // in local-b
	if hosts, err := tenant.Run(t, "cat", "/etc/hosts"); err != nil || !strings.Contains(before(hosts, " orders."), own.String()) {
		t.Errorf("the name leads elsewhere first than to the node in the workers' zone %s: %s", own, hosts)
	}

	if err := networks.Cut(t.Context(), s.ID, "local-b", false); err != nil {
		t.Fatal(err)
	}
	if tenant.Reach(t, netip.AddrPortFrom(own, apiPort)) == nil {
		t.Error("a node in a zone that was cut is reached")
	}
	if got := ask(info.Endpoint); !strings.HasPrefix(got, "[") {
		t.Errorf("with one zone cut, the cluster answers %q", got)
	}
	probes, err := g.cloud.Provider().(provisioner.Peered).ProbePeering(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range probes {
		if (p.Problem == "") != (p.Zone == "local-a") {
			t.Errorf("with local-b cut, the probe says %+v", p)
		}
	}
}

// before returns the first line that has mark, as far as it comes.
func before(text, mark string) string {
	for line := range strings.Lines(text) {
		if head, _, found := strings.Cut(line, mark); found {
			return head
		}
	}
	return ""
}

// startNodes starts a real node in each zone.
func startNodes(t *testing.T, g *ground, s provisioner.ClusterSpec) {
	t.Helper()
	database := pgtest.New(t, migrations.DataPlane())
	redis := os.Getenv("PODIUM_TEST_REDIS")
	if redis == "" {
		t.Fatal("PODIUM_TEST_REDIS is not set: run the tests with .ci/services")
	}
	binary := filepath.Join(t.TempDir(), "dataplane")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/podium-cloud/podium/dataplane").CombinedOutput(); err != nil {
		t.Fatalf("build the data plane: %v\n%s", err, out)
	}
	networks := g.config.Networks.Networks
	network, _, err := networks.Get(s.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Nodes {
		place := network.PlaceOf(i)
		at := netip.AddrPortFrom(place.Address, apiPort)
		cmd := exec.Command(binary, "--listen", at.String(), "--postgres", database, "--redis", redis, "--auth", "none")
		cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := vpc.Inside(networks.Namespace(s.ID, place.Zone.Name), cmd.Start); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		awaitNode(t, g, s, at)
	}
}

func awaitNode(t *testing.T, g *ground, s provisioner.ClusterSpec, at netip.AddrPort) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := g.config.Networks.Networks.DialNode(ctx, s.ID, at)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the node at %s does not serve: %v", at, err)
		}
	}
}
