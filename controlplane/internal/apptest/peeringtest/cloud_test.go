package peeringtest

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
	"github.com/podium-cloud/podium/provisioner/local/vpc"
	"github.com/podium-cloud/podium/provisioner/local/vpc/vpctest"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(workerEnv); text != "" {
		os.Exit(work(text))
	}
	os.Exit(vpctest.Main(m))
}

const (
	// The machine is the test's own, so its ports are free.
	listen = "127.0.0.1:8080"
	redis  = "127.0.0.1:6379"
	// Where nodes listen: for workers, and for what is none of theirs.
	apiPort, grpcPort, nodePort = 7200, 7201, 7202
)

// cloud is a control plane as users start it, on PostgreSQL and Redis. Redis listens on loopback, PostgreSQL on a socket in a
// folder, so that nodes use both ways out of their networks.
type cloud struct {
	t        *testing.T
	binaries apptest.Binaries
	data     string
	postgres string
	program  *apptest.Program
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	binaries, err := apptest.BuildShared(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	startRedis(t)
	c := &cloud{t: t, binaries: binaries, data: t.TempDir(), postgres: pgtest.New(t, migrations.ControlPlane())}
	c.start()
	return c
}

func (c *cloud) start() {
	c.program = apptest.Run(c.t, c.binaries, listen, c.data,
		"--postgres", c.postgres, "--redis", "redis://"+redis, "--local-networks", "10.64.0.0/16")
	apptest.NewClient(c.t, "http://"+listen).AwaitUp()
}

// crash kills the control plane and starts it again.
func (c *cloud) crash() {
	c.program.Kill()
	c.start()
}

func startRedis(t *testing.T) {
	t.Helper()
	host, port, _ := strings.Cut(redis, ":")
	server := exec.CommandContext(context.WithoutCancel(t.Context()), "redis-server", "--bind", host, "--port", port,
		"--dir", t.TempDir(), "--save", "", "--appendonly", "no")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	eventually(t, "Redis listens", func() error {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", redis)
		if err == nil {
			_ = conn.Close()
		}
		return err
	})
}

// eventually waits until look returns nil.
func eventually(t *testing.T, what string, look func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := again(ctx, look); err != nil {
		t.Fatalf("%s: not in time: %v", what, err)
	}
}

// tenant is an organization with one person, one cluster and one network.
type tenant struct {
	*apptest.Client
	t       *testing.T
	cloud   *cloud
	name    string
	network vpctest.Customer
	job     job
}

func newTenant(t *testing.T, c *cloud, name, addresses string) *tenant {
	t.Helper()
	x := &tenant{Client: apptest.NewClient(t, "http://"+listen), t: t, cloud: c, name: name}
	x.network = vpctest.NewCustomer(t, "net-"+name, addresses)
	x.SignUp(name)
	return x
}

func (x *tenant) path(rest string) string {
	return "/organizations/" + x.name + "/clusters/orders" + rest
}

func (x *tenant) create(nodes int) {
	x.t.Helper()
	x.Call("POST", "/organizations/"+x.name+"/clusters", map[string]any{"name": "orders", "nodes": nodes}, 202, nil)
}

// ready waits for the cluster and makes an access key for workers.
func (x *tenant) ready() {
	x.t.Helper()
	x.AwaitState(x.name, "orders", "READY")
	var key struct{ ID, Secret string }
	x.Call("POST", x.path("/access-keys"), map[string]string{"name": "workers"}, 201, &key)
	x.job = job{Endpoint: x.info().Endpoint, Key: key.ID, Secret: key.Secret}
}

type network struct {
	ID, Range, Endpoint string
	Zones               []struct{ ID, Range, Endpoint string }
}

func (x *tenant) info() network {
	x.t.Helper()
	var n network
	x.Call("GET", x.path("/network"), nil, 200, &n)
	return n
}

// inZone returns the private address of the API in a zone, whether it has a node or not.
func (x *tenant) inZone(zone int) string {
	return strings.Replace(x.job.Endpoint, "http://", "http://"+x.info().Zones[zone].ID+".", 1)
}

// node returns the address of the node in the zone, at a port.
func (n network) node(zone, port int) netip.AddrPort {
	p := netip.MustParsePrefix(n.Zones[zone].Range)
	return netip.AddrPortFrom(vpc.NodeAddress(vpc.Zone{Range: p}, 0), uint16(port))
}

type finding struct{ Check, Level, Text, Fix string }

// peer is what an organization sees of a peering.
type peer struct {
	ID, State, Reason, Connection string
	Probes                        []struct{ From, Zone, To string }
	Operation                     struct {
		ID, State, Reason string
		Waiting           struct {
			Step     string
			Customer struct {
				Title, Text string
				Ways        []struct{ Name, Code string }
			}
		}
	}
}

func (x *tenant) request(zones ...string) map[string]any {
	return map[string]any{
		"account": "local", "region": "local", "network": x.network.Name, "ranges": []string{x.network.Range.String()}, "zones": zones,
	}
}

func (x *tenant) check(request map[string]any) []finding {
	x.t.Helper()
	var found []finding
	x.Call("POST", x.path("/peerings/check"), request, 200, &found)
	return found
}

func (x *tenant) peering(id string) (p peer) {
	x.t.Helper()
	x.Call("GET", x.path("/peerings/"+id), nil, 200, &p)
	return p
}

// ask asks for a peering and returns it when it waits for the customer at the step.
func (x *tenant) ask(request map[string]any) peer {
	x.t.Helper()
	var p peer
	x.Call("POST", x.path("/peerings"), request, 202, &p)
	return x.awaitStep(p.ID, "accept")
}

func (x *tenant) awaitStep(id, step string) (p peer) {
	x.t.Helper()
	eventually(x.t, "the peering waits for its owner to "+step, func() error {
		if p = x.peering(id); p.Operation.Waiting.Step != step {
			return fmt.Errorf("last seen: %+v", p)
		}
		return nil
	})
	return p
}

func (x *tenant) awaitPeering(id, state string) (p peer) {
	x.t.Helper()
	eventually(x.t, "the peering is "+state, func() error {
		if p = x.peering(id); p.State != state {
			return fmt.Errorf("last seen: %+v", p)
		}
		return nil
	})
	return p
}

// remove ends a peering and waits until it is gone.
func (x *tenant) remove(id string) {
	x.t.Helper()
	var o apptest.Operation
	x.Call("DELETE", x.path("/peerings/"+id), nil, 202, &o)
	if o = x.AwaitEnd(o.ID); o.State != "SUCCEEDED" {
		x.t.Errorf("the removal of the peering is %+v", o)
	}
}

// reaches waits until the tenant's network reaches an address.
func (x *tenant) reaches(to netip.AddrPort) {
	x.t.Helper()
	eventually(x.t, x.name+" reaches "+to.String(), func() error { return x.network.Reach(x.t, to) })
}

// cut fails the test when the tenant's network reaches one of the addresses.
func (x *tenant) cut(from ...netip.AddrPort) {
	x.t.Helper()
	var all sync.WaitGroup
	for _, address := range from {
		all.Go(func() {
			if x.network.Reach(x.t, address) == nil {
				x.t.Errorf("%s reaches %s", x.name, address)
			}
		})
	}
	all.Wait()
}

// left lists namespaces and interfaces of this machine, but for those of the tests, and processes of the cloud.
func (c *cloud) left() []string {
	c.t.Helper()
	var left []string
	namespaces, err := os.ReadDir("/run/netns")
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range namespaces {
		if !strings.HasPrefix(e.Name(), "net-") {
			left = append(left, "namespace "+e.Name())
		}
	}
	links, err := net.Interfaces()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, l := range links {
		if l.Name != "lo" {
			left = append(left, "interface "+l.Name)
		}
	}
	for _, pid := range apptest.DataPlanes(c.t, c.data) {
		left = append(left, "process "+pid)
	}
	return left
}
