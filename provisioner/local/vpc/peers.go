package vpc

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/podium-cloud/podium/provisioner"
)

// Region and Account are what the networks of this machine are in.
const (
	Region  = "local"
	Account = "local"
)

// Peers connects networks of clusters with network namespaces of customers. It is a [provisioner.Peered].
type Peers struct {
	Networks *Networks
	APIPort  int    // on which nodes serve, at the address that the network gives them
	GRPCPort int    // on which they serve gRPC; 0: they do not
	Domain   string // under which clusters have private names
}

var _ provisioner.Peered = (*Peers)(nil)

// Place says where a node of a network is.
type Place struct {
	Zone    Zone
	Nth     int // of the nodes of the zone, from 0
	Address netip.Addr
}

// PlaceOf returns the place of a node by its index: nodes are spread over the zones.
func (n Network) PlaceOf(index int) Place {
	z, nth := n.Zones[index%len(n.Zones)], index/len(n.Zones)
	return Place{Zone: z, Nth: nth, Address: NodeAddress(z, nth)}
}

// places returns where the nodes of a zone are, of all nodes that the cluster should have.
func (n Network) places(zone string, nodes int) []Place {
	var found []Place
	for i := range nodes {
		if p := n.PlaceOf(i); p.Zone.Name == zone {
			found = append(found, p)
		}
	}
	return found
}

func (p *Peers) network(id string) (Network, error) {
	net, found, err := p.Networks.Get(id)
	if err == nil && !found {
		err = errors.New("the cluster has no network yet")
	}
	return net, err
}

// Name returns the private name of a cluster.
func (p *Peers) Name(s provisioner.ClusterSpec) string {
	return s.Name + "." + s.Organization + "." + p.Domain
}

func (p *Peers) endpoint(name string) string {
	return "http://" + name + ":" + strconv.Itoa(p.APIPort) + "/api"
}

// Network implements [provisioner.Peered], like the methods that follow.
func (p *Peers) Network(_ context.Context, s provisioner.ClusterSpec) (provisioner.NetworkInfo, error) {
	net, err := p.network(s.ID)
	if err != nil {
		return provisioner.NetworkInfo{}, err
	}
	out := provisioner.NetworkInfo{
		Account: Account, ID: p.Networks.Router(s.ID), Region: Region, Range: net.Range, Endpoint: p.endpoint(p.Name(s)),
	}
	for _, z := range net.Zones {
		zone := provisioner.Zone{ID: z.Name, Range: z.Range}
		if len(net.places(z.Name, s.Nodes)) > 0 {
			zone.Endpoint = p.endpoint(z.Name + "." + p.Name(s))
		}
		out.Zones = append(out.Zones, zone)
	}
	return out, nil
}

// EnsurePeering offers one end of a cable.
func (p *Peers) EnsurePeering(ctx context.Context, q provisioner.Peering) (provisioner.Invitation, error) {
	net, err := p.network(q.Cluster.ID)
	if err != nil {
		return provisioner.Invitation{}, err
	}
	if err := p.Networks.Offer(ctx, q.Cluster.ID, link(q)); err != nil {
		return provisioner.Invitation{}, err
	}
	l, _, err := p.Networks.Look(ctx, q.Cluster.ID, q.ID)
	return provisioner.Invitation{
		Connection: l.Port(),
		ExpiresAt:  l.RequestedAt.Add(Patience),
		Instruction: provisioner.Instruction{
			Title: "Accept the connection " + l.Port() + " in the network namespace " + l.Network,
			Text: "Open a terminal on this machine and become root: one end of the connection, " + l.Port() + ", waits to be taken into your " +
				"network namespace. Take it there, give it its address, raise it, and lead the packets of your workers to the cluster's " +
				"range through it. The four lines do that one after another; so does the Terraform resource, which also takes it back.",
			Ways: []provisioner.Way{
				{Name: "Shell, as root", Code: strings.Join(l.Acceptance(net.Range), "\n")},
				{Name: "Terraform", Code: l.terraform(net.Range)},
			},
		},
	}, err
}

func link(q provisioner.Peering) Link {
	return Link{ID: q.ID, Network: q.Peer.Network, Ranges: q.Peer.Ranges, Zones: q.Peer.Zones, RequestedAt: time.Now().UTC()}
}

// PeeringState asks the kernel.
func (p *Peers) PeeringState(ctx context.Context, q provisioner.Peering) (provisioner.PeeringState, error) {
	_, state, err := p.Networks.Look(ctx, q.Cluster.ID, q.ID)
	return map[LinkState]provisioner.PeeringState{
		Absent: provisioner.PeeringNone, Offered: provisioner.PeeringPending, Expired: provisioner.PeeringExpired,
		Taken: provisioner.PeeringProvisioning, Active: provisioner.PeeringActive, Rejected: provisioner.PeeringRejected,
		Lost: provisioner.PeeringDeleted, Foreign: provisioner.PeeringFailed,
	}[state], err
}

// RemovePeering deletes the cable.
func (p *Peers) RemovePeering(ctx context.Context, q provisioner.Peering) error {
	return p.Networks.Withdraw(ctx, q.Cluster.ID, q.ID)
}

// EnsurePeeringRoutes sets the routes of the cluster's router; the customer's are theirs to set.
func (p *Peers) EnsurePeeringRoutes(ctx context.Context, q provisioner.Peering) error {
	return p.Networks.Route(ctx, q.Cluster.ID, link(q), true)
}

// RemovePeeringRoutes undoes EnsurePeeringRoutes.
func (p *Peers) RemovePeeringRoutes(ctx context.Context, q provisioner.Peering) error {
	return p.Networks.Route(ctx, q.Cluster.ID, link(q), false)
}

// EnsurePeeringRules opens the API to the customer's ranges, on this connection only.
func (p *Peers) EnsurePeeringRules(ctx context.Context, q provisioner.Peering) error {
	ports := []int{p.APIPort}
	if p.GRPCPort != 0 {
		ports = append(ports, p.GRPCPort)
	}
	return p.Networks.Allow(ctx, q.Cluster.ID, link(q), ports, true)
}

// RemovePeeringRules undoes EnsurePeeringRules.
func (p *Peers) RemovePeeringRules(ctx context.Context, q provisioner.Peering) error {
	return p.Networks.Allow(ctx, q.Cluster.ID, link(q), nil, false)
}

// EnsurePeeringNames makes the cluster's name known, and one for each zone. Nodes in the zones of the customer's workers come
// first: clients try addresses in this order.
func (p *Peers) EnsurePeeringNames(ctx context.Context, q provisioner.Peering) error {
	net, err := p.network(q.Cluster.ID)
	if err != nil {
		return err
	}
	return p.announce(ctx, net, q.Cluster, link(q))
}

// Follow makes the names that are known in connected networks lead to the nodes that the cluster is to have now.
func (p *Peers) Follow(ctx context.Context, s provisioner.ClusterSpec) error {
	net, err := p.network(s.ID)
	if err != nil {
		return err
	}
	links, err := p.Networks.Links(s.ID)
	if err != nil {
		return err
	}
	for _, l := range links {
		known, err := l.announced()
		if err == nil && known {
			err = p.announce(ctx, net, s, l)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Peers) announce(ctx context.Context, net Network, s provisioner.ClusterSpec, l Link) error {
	zones := slices.Clone(net.Zones)
	slices.SortStableFunc(zones, func(a, b Zone) int {
		return order(slices.Contains(l.Zones, b.Name)) - order(slices.Contains(l.Zones, a.Name))
	})
	all := Name{Name: p.Name(s)}
	names := []Name{all}
	for _, z := range zones {
		own := Name{Name: z.Name + "." + all.Name}
		for _, place := range net.places(z.Name, s.Nodes) {
			own.Addresses = append(own.Addresses, place.Address)
		}
		names = append(names, own)
		names[0].Addresses = append(names[0].Addresses, own.Addresses...)
	}
	return p.Networks.Announce(ctx, l, names)
}

func order(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// RemovePeeringNames undoes EnsurePeeringNames.
func (p *Peers) RemovePeeringNames(ctx context.Context, q provisioner.Peering) error {
	return p.Networks.Unannounce(ctx, link(q))
}
