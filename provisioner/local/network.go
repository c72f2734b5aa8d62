package local

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os/exec"
	"slices"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cidr"
	"github.com/podium-cloud/podium/provisioner/local/balancer"
	"github.com/podium-cloud/podium/provisioner/local/vpc"
)

// zones of the networks of this machine. Nothing but their names tells them apart.
var zones = []string{"local-a", "local-b"}

const (
	// apiPort is where nodes serve that have an address to themselves, and grpcPort where they serve gRPC; those that share what
	// they keep are called by each other at nodePort.
	apiPort  = 7200
	grpcPort = 7201
	nodePort = 7202
	// domain is that of private names. It is reserved for private use.
	domain = "podium.internal"
)

// NewNetworks makes what gives clusters networks of their own: their ranges are taken from pool, and what must be remembered is
// in dir. It fails, and says why, where that cannot be done.
func NewNetworks(dir string, pool netip.Prefix, logger *slog.Logger) (*vpc.Peers, error) {
	n, err := vpc.New(vpc.Config{Dir: dir, Tag: tag(dir), Pool: pool, Logger: logger})
	if err != nil {
		return nil, err
	}
	return &vpc.Peers{Networks: n, APIPort: apiPort, GRPCPort: grpcPort, Domain: domain}, nil
}

// tag names what the system keeps for the clusters of a folder, so that several control planes can be on one machine.
func tag(dir string) string {
	owner := sha256.Sum256([]byte(dir))
	return fmt.Sprintf("podium-%x", owner[:3])
}

// Networked is a Cloud whose clusters lie in networks of their own, which can be connected to network namespaces.
type Networked struct {
	*Cloud
	provisioner.Peered
}

// ProbesAlone implements [provisioner.PeeringProber]: both sides are on this machine.
func (Networked) ProbesAlone() bool { return true }

// Provider returns the cloud as what it can do: a [Networked] when it has networks.
func (c *Cloud) Provider() provisioner.Cloud {
	if c.Networks == nil {
		return c
	}
	return Networked{c, c.Networks}
}

// ensureNetwork makes the cluster's network, when clusters have any.
func (c *Cloud) ensureNetwork(ctx context.Context, s provisioner.ClusterSpec) error {
	if c.Networks == nil {
		return nil
	}
	var want netip.Prefix
	if s.CIDR != "" {
		var err error
		if want, err = cidr.Parse(s.CIDR); err != nil {
			return provisioner.Permanent(fmt.Errorf("cidr: %w", err))
		}
	}
	_, err := c.Networks.Networks.Ensure(ctx, s.ID, want, zones)
	return err
}

func (c *Cloud) removeNetwork(ctx context.Context, id string) error {
	if c.Networks == nil {
		return nil
	}
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	if running, err := c.runs(id, cl); err != nil || running {
		return errors.Join(err, errRunning)
	}
	return c.Networks.Networks.Remove(ctx, id)
}

// place returns where a unit is in the cluster's network; false when it is in none. A balancer is on the machine itself.
func (c *Cloud) place(u unit) (vpc.Place, bool, error) {
	if c.Networks == nil || u.balancer() {
		return vpc.Place{}, false, nil
	}
	network, found, err := c.Networks.Networks.Get(u.cluster())
	if err != nil || !found {
		return vpc.Place{}, false, err
	}
	return network.PlaceOf(u.index()), true, nil
}

// listens are the addresses that a node listens on.
type listens struct{ http, grpc, nodes netip.AddrPort }

// at returns where a node listens: at its place in the network, or at its ports on loopback.
func (c *Cloud) at(u unit, s state) (listens, error) {
	place, networked, err := c.place(u)
	if err != nil || !networked {
		loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
		on := func(port int) netip.AddrPort { return netip.AddrPortFrom(loopback, uint16(port)) }
		return listens{http: on(s.Port), grpc: on(s.GRPC), nodes: on(0)}, err
	}
	on := func(port int) netip.AddrPort { return netip.AddrPortFrom(place.Address, uint16(port)) }
	return listens{http: on(c.Networks.APIPort), grpc: on(grpcPort), nodes: on(nodePort)}, nil
}

// open makes the endpoint lead to the node: in a network it is a door of this process, which is closed by shut; of nodes that
// share what they keep it is the balancer. Outside of a network the unit listens itself, and open only tells that it can.
func (c *Cloud) open(u unit, s state) error {
	_, networked, err := c.place(u)
	switch {
	case err != nil:
		return err
	case !networked:
		return errors.Join(free(s.Port), free(s.GRPC))
	case u.shared():
		return nil
	}
	to, err := c.at(u, s)
	if err != nil {
		return err
	}
	return c.Networks.Networks.Door(u.cluster(), address(s.Port), to.http)
}

// reach lets the node call the control plane, if that listens on loopback.
func (c *Cloud) reach(id string, place vpc.Place, controlPlane string) error {
	u, err := url.Parse(controlPlane)
	if err != nil {
		return fmt.Errorf("address of the control plane: %w", err)
	}
	if !loopback(u.Hostname()) {
		return nil
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), map[bool]string{true: "443", false: "80"}[u.Scheme == "https"])
	}
	return c.Networks.Networks.Relay(id, place.Zone.Name, host)
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// start starts a unit's program where it belongs.
func (c *Cloud) start(u unit, s state, cmd *exec.Cmd) error {
	place, networked, err := c.place(u)
	if err != nil {
		return err
	}
	if !networked {
		return cmd.Start()
	}
	if err := c.reach(u.cluster(), place, s.ControlPlaneURL); err != nil {
		return err
	}
	if err := c.Networks.Networks.AddNode(context.Background(), u.cluster(), place.Zone, place.Nth); err != nil { // does not wait
		return err
	}
	if u.shared() {
		if err := c.awaitRelays(u.cluster()); err != nil {
			return err
		}
	}
	return vpc.Inside(c.Networks.Networks.Namespace(u.cluster(), place.Zone.Name), cmd.Start)
}

// awaitRelays returns when the balancer leads nodes in the cluster's network to the servers that they share. One that ran before
// the machine was started again may still have to be started.
func (c *Cloud) awaitRelays(id string) error {
	folder := c.path(string(balancerOf(id)))
	plan, err := balancer.ReadPlan(folder)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), takeUp)
	defer cancel()
	return balancer.Await(ctx, folder, plan.Serial)
}

// connect adds to the plan of a balancer how it reaches nodes in the cluster's network, and they the servers that they share.
func (c *Cloud) connect(id string, p *balancer.Plan) error {
	if c.Networks == nil {
		return nil
	}
	network, found, err := c.Networks.Networks.Get(id)
	if err != nil || !found {
		return err
	}
	p.Inside = c.Networks.Networks.Router(id)
	for _, z := range network.Zones {
		for _, address := range c.Backing.Loopback() {
			p.Relays = append(p.Relays, balancer.Relay{Namespace: c.Networks.Networks.Namespace(id, z.Name), Address: address})
		}
	}
	return nil
}

// follow makes names in connected networks lead to the nodes that the cluster is to have now, if it lies in a network.
func (c *Cloud) follow(ctx context.Context, s provisioner.ClusterSpec) error {
	if c.Networks == nil {
		return nil
	}
	if _, found, err := c.Networks.Networks.Get(s.ID); err != nil || !found {
		return err
	}
	return c.Networks.Follow(ctx, s)
}

// regain opens again what ended with the former control plane, for a node that runs.
func (c *Cloud) regain(u unit, s state) error {
	place, networked, err := c.place(u)
	if err != nil || !networked {
		return err
	}
	if err := c.open(u, s); err != nil {
		return err
	}
	return c.reach(u.cluster(), place, s.ControlPlaneURL)
}

// transport leads requests to a node in its network.
func (c *Cloud) transport(id string) http.RoundTripper {
	return &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, to string) (net.Conn, error) {
		at, err := netip.ParseAddrPort(to)
		if err != nil {
			return nil, err
		}
		return c.Networks.Networks.DialNode(ctx, id, at)
	}}
}

// adoptNetworks brings the networks of known clusters back, as they are gone after a start of the machine, and removes
// the others.
func (c *Cloud) adoptNetworks(ctx context.Context, known map[string]bool) error {
	if c.Networks == nil {
		return nil
	}
	ids, err := c.Networks.Networks.IDs()
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range ids {
		if _, found, err := c.Networks.Networks.Get(id); err != nil || !known[id] || !found {
			failed = append(failed, err)
			continue
		}
		if _, err := c.Networks.Networks.Ensure(ctx, id, netip.Prefix{}, zones); err != nil {
			failed = append(failed, fmt.Errorf("bring back the network of cluster %s: %w", id, err))
		}
	}
	return errors.Join(failed...)
}

// discardNetworks removes the networks of clusters that are not known.
func (c *Cloud) discardNetworks(ctx context.Context, known map[string]bool) error {
	if c.Networks == nil {
		return nil
	}
	ids, err := c.Networks.Networks.IDs()
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range slices.DeleteFunc(ids, func(id string) bool { return known[id] }) {
		c.Logger.WarnContext(ctx, "remove the network of an unknown cluster", "cluster", id)
		failed = append(failed, c.Networks.Networks.Remove(ctx, id))
	}
	return errors.Join(failed...)
}
