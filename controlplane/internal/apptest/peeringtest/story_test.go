package peeringtest

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/provisioner/local/vpc/vpctest"
)

// TestStory is two organizations whose workers have the same addresses, the second with a crash of the control plane in between.
func TestStory(t *testing.T) {
	c := newCloud(t)
	a, b := newTenant(t, c, "acme", "10.20.0.0/16"), newTenant(t, c, "umbrella", "10.20.0.0/16")
	a.create(2)
	b.create(1)
	a.ready()
	b.ready()
	checks(t, c, a, b)
	one := a.connect(t, "local-b")
	other := a.request("local-a")
	other["network"] = b.network.Name
	a.wants(t, other, "ranges", "problem", "to which the cluster is connected already", "Remove that peering")
	two := b.connectBadly(t, "local-a")
	ours, theirs := a.info(), b.info()

	t.Log("workers reach their own cluster by its private name, in their own zone")
	for x, node := range map[*tenant]netip.AddrPort{a: ours.node(1, apiPort), b: theirs.node(0, apiPort)} {
		if d := workIn(t, x.network.Name, x.job); d.Status != "COMPLETED" || d.Total != 42.0 || d.Node != node.String() || d.GRPC != "COMPLETED" {
			t.Errorf("a worker of %s has seen %+v, want the node %s", x.name, d, node)
		}
	}
	t.Log("and nothing else")
	var closed, foreign []netip.AddrPort
	for zone := range ours.Zones {
		a.reaches(ours.node(zone, apiPort))
		a.reaches(ours.node(zone, grpcPort))
		closed = append(closed, ours.node(zone, nodePort), theirs.node(zone, grpcPort), theirs.node(zone, apiPort), theirs.node(zone, nodePort))
		foreign = append(foreign, ours.node(zone, apiPort), ours.node(zone, grpcPort), ours.node(zone, nodePort))
	}
	a.cut(closed...)
	b.cut(foreign...)
	b.reaches(theirs.node(0, apiPort))

	t.Log("data planes serve while the control plane is away, and find what they share")
	c.program.Kill()
	if d := workIn(t, a.network.Name, a.job); d.Status != "COMPLETED" {
		t.Errorf("without the control plane a worker has seen %+v", d)
	}
	vpctest.Shell(t, "ip netns add "+strings.SplitN(ours.ID, ".", 2)[0]+".clu-stray") // as an interrupted creation leaves it
	c.start()

	t.Log("names follow the nodes")
	if before := b.network.Get(t, b.inZone(1)); !strings.Contains(before, "lookup local-b.") {
		t.Errorf("a zone without a node answers %q", before)
	}
	var scaling apptest.Operation
	b.Call("POST", b.path("/operations"), map[string]any{"kind": "scale-cluster", "nodes": 2}, 202, &scaling)
	if o := b.AwaitEnd(scaling.ID); o.State != "SUCCEEDED" {
		t.Errorf("the second node is %+v", o)
	}
	if d := workIn(t, b.network.Name, job{Endpoint: b.inZone(1), Key: b.job.Key, Secret: b.job.Secret}); d.Node != theirs.node(1, apiPort).String() {
		t.Errorf("in the zone of the second node a worker has seen %+v", d)
	}

	t.Log("a zone is cut: the other serves")
	vpctest.Shell(t, "ip -n "+ours.ID+" link set zone1 down")
	if d := workIn(t, a.network.Name, a.job); d.Status != "COMPLETED" || d.Node != ours.node(0, apiPort).String() {
		t.Errorf("with its zone cut, a worker has seen %+v, want the node %s", d, ours.node(0, apiPort))
	}
	vpctest.Shell(t, "ip -n "+ours.ID+" link set zone1 up")

	t.Log("peerings are removed: the paths are gone")
	a.remove(one)
	a.cut(ours.node(0, apiPort), ours.node(1, apiPort))
	if d := workIn(t, b.network.Name, b.job); d.Status != "COMPLETED" {
		t.Errorf("after another's peering was removed a worker has seen %+v", d)
	}
	b.remove(two)
	for _, x := range []*tenant{a, b} {
		x.Call("DELETE", x.path(""), nil, 202, nil)
		x.AwaitState(x.name, "orders", "")
	}
	if left := c.left(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if code := c.program.Stop(); code != 0 {
		t.Errorf("the control plane ended with %d", code)
	}
}

// connect peers the tenant's network as its owner does, from the checks to the proof, and returns the peering.
func (x *tenant) connect(t *testing.T, zone string) string {
	t.Helper()
	for _, f := range x.check(x.request(zone)) {
		if f.Level != "ok" {
			t.Errorf("the checks find %+v", f)
		}
	}
	p := x.ask(x.request(zone))
	vpctest.Shell(t, lines(t, p)...)
	return x.proven(t, p.ID)
}

// connectBadly is connect without the customer's route, which the probe finds, and with a crash while the customer is waited for.
func (x *tenant) connectBadly(t *testing.T, zone string) string {
	t.Helper()
	p := x.ask(x.request(zone))
	x.cloud.crash()
	todo := lines(t, x.awaitStep(p.ID, "accept"))
	last := len(todo) - 1
	vpctest.Shell(t, todo[:last]...)
	p = x.awaitStep(p.ID, "probe")
	if text := p.Operation.Waiting.Customer.Text; !strings.Contains(text, "Your network does not reach the cluster in zone "+zone) ||
		!strings.Contains(text, "ip -n "+x.network.Name+" route") {
		t.Errorf("without a route the customer is told %+v", p.Operation.Waiting)
	}
	vpctest.Shell(t, todo[last])
	return x.proven(t, p.ID)
}

// lines are what the owner of the network is told to run to accept a peering.
func lines(t *testing.T, p peer) []string {
	t.Helper()
	customer := p.Operation.Waiting.Customer
	if !strings.Contains(customer.Title, p.Connection) || customer.Text == "" || len(customer.Ways) != 2 {
		t.Fatalf("the customer is told %+v", customer)
	}
	for _, way := range customer.Ways {
		if !strings.Contains(way.Code, p.Connection) {
			t.Errorf("the way %q is %q", way.Name, way.Code)
		}
	}
	return strings.Split(customer.Ways[0].Code, "\n")
}

// proven waits until the path is proven from both sides.
func (x *tenant) proven(t *testing.T, id string) string {
	t.Helper()
	p := x.awaitPeering(id, "CONNECTED")
	for _, side := range []string{"customer", "cluster"} {
		if !slices.ContainsFunc(p.Probes, func(probe struct{ From, Zone, To string }) bool { return probe.From == side }) {
			t.Errorf("the path is not proven from the %s: %+v", side, p.Probes)
		}
	}
	return p.ID
}
