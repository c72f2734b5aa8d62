package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/edge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// The networks of clusters can be connected to VPCs in other accounts and regions.
//
// A connected network reaches the private load balancer, which has subnets of its own, and nothing else: only their table has a
// route back. That balancer serves the cluster's own name and certificate, so that workers change nothing: in their network the
// name stands for its addresses, by a private zone that the owner of the network associates with it.
var _ provisioner.Peered = (*Cloud)(nil)

// pauseCustomer is the time between two looks at something that the owner of the other network has to do.
const pauseCustomer = 10 * time.Second

// link is a peering where it is made.
type link struct {
	provisioner.Peering
	*site
	plan  plan.Cluster
	role  string // of the connection
	saved string // its id; "": it is not known
}

func (c *Cloud) link(ctx context.Context, q provisioner.Peering) (context.Context, link, error) {
	ctx, at, err := c.enter(ctx, q.Cluster, plan.Peer)
	if err != nil {
		return ctx, link{}, err
	}
	known, err := c.Ledger.Recall(ctx, q.Cluster.ID)
	if err != nil {
		return ctx, link{}, fmt.Errorf("recall what was made: %w", err)
	}
	p, err := c.planned(at, q.Cluster, known)
	role := plan.PeeringRole(q.ID)
	return ctx, link{q, at, p, role, known[role].ID}, err
}

func (l link) scope() converge.Scope { return scope(l.Cluster) }

// id is that of something that was made with the cluster.
func (l link) id(ctx context.Context, k plan.Kind, role string) (string, error) {
	id, err := l.Made(ctx, l.scope(), k, role)
	if err != nil && provisioner.AsPending(err) == nil && !provisioner.IsPermanent(err) {
		err = fmt.Errorf("the cluster has no %s: %w", k, err)
	}
	return id, err
}

// Network implements [provisioner.Peered], like the methods that follow. AWS is not asked.
func (c *Cloud) Network(ctx context.Context, s provisioner.ClusterSpec) (provisioner.NetworkInfo, error) {
	known, err := c.Ledger.Recall(ctx, s.ID)
	if err != nil {
		return provisioner.NetworkInfo{}, fmt.Errorf("recall what was made: %w", err)
	}
	vpc := known["vpc"].ID
	if vpc == "" || known[plan.PrivateZone].Settled == "" {
		return provisioner.NetworkInfo{}, errors.New("the cluster has no network yet")
	}
	_, at, err := c.enter(ctx, s, plan.Look)
	if err != nil {
		return provisioner.NetworkInfo{}, err
	}
	p, err := c.planned(at, s, known)
	if err != nil {
		return provisioner.NetworkInfo{}, err
	}
	network, err := plan.Range(s.ID, s.CIDR)
	if err != nil {
		return provisioner.NetworkInfo{}, err
	}
	info := provisioner.NetworkInfo{
		Account: at.driver.Account, ID: vpc, Region: at.driver.AWS.Region, Range: network, Endpoint: c.address(s).Endpoint,
	}
	served := p.Served(s.Nodes)
	for i, zone := range p.Zones {
		z := provisioner.Zone{ID: zone, Range: p.PeeredRange(i)}
		if slices.Contains(served, i) {
			z.Endpoint = "https://" + p.ZoneHost(i) + "/api"
		}
		info.Zones = append(info.Zones, z)
	}
	return info, nil
}

// EnsurePeering asks the owner of the network, and lets them make the cluster's names known there.
func (c *Cloud) EnsurePeering(ctx context.Context, q provisioner.Peering) (provisioner.Invitation, error) {
	ctx, l, err := c.link(ctx, q)
	if err != nil {
		return provisioner.Invitation{}, err
	}
	want := l.plan.Peering(q.ID, plan.PeeringSettings{Account: q.Peer.Account, Network: q.Peer.Network, Region: q.Peer.Region})
	if err := l.Ensure(ctx, l.scope(), parts(l.plan), []plan.Resource{want}, nil); err != nil {
		return provisioner.Invitation{}, err
	}
	ctx, l, err = c.link(ctx, q) // with its id
	if err != nil {
		return provisioner.Invitation{}, err
	}
	zone, err := l.id(ctx, plan.Zone, plan.PrivateZone)
	if err != nil {
		return provisioner.Invitation{}, err
	}
	if err := l.driver.Introduce(ctx, zone, q.Peer.Network, q.Peer.Region); err != nil {
		return provisioner.Invitation{}, l.Explain("let your network know the cluster's names", err)
	}
	is, err := l.look(ctx)
	if err != nil {
		return provisioner.Invitation{}, err
	}
	return c.invitation(l, is, zone), nil
}

// look returns the connection as AWS shows it. One that is not shown is of no state; one that was just made is waited for.
func (l link) look(ctx context.Context) (edge.Connection, error) {
	var ids []string
	if l.saved != "" {
		ids = []string{l.saved}
	}
	all, err := l.driver.Connections(ctx, l.scope(), ids)
	if err != nil {
		return edge.Connection{}, l.Explain("look at the connection", err)
	}
	var is edge.Connection
	for _, one := range all {
		switch {
		case one.ID == l.saved:
			return one, nil
		case l.saved == "" && one.Role == l.role && (is.ID == "" || is.Over()):
			is = one
		}
	}
	if is.ID != "" || l.saved == "" {
		return is, nil
	}
	new, err := l.New(ctx, l.scope(), l.role)
	if err == nil && new {
		err = &provisioner.Pending{After: time.Second, Reason: "AWS does not show the new connection yet"}
	}
	return is, err
}

// PeeringState tells how far the connection is. One that others accepted than those who were named has failed (S-75).
func (c *Cloud) PeeringState(ctx context.Context, q provisioner.Peering) (provisioner.PeeringState, error) {
	ctx, l, err := c.link(ctx, q)
	if err != nil {
		return "", err
	}
	is, err := l.look(ctx)
	if err != nil {
		return "", err
	}
	return l.state(is)
}

func (l link) state(is edge.Connection) (provisioner.PeeringState, error) {
	if is.Network != "" && (is.Network != l.Peer.Network || is.Account != l.Peer.Account) {
		return provisioner.PeeringFailed, nil
	}
	switch is.State {
	case "":
		return provisioner.PeeringNone, nil
	case types.VpcPeeringConnectionStateReasonCodeInitiatingRequest:
		return "", &provisioner.Pending{After: time.Second, Reason: "AWS takes the request to the other account"}
	case types.VpcPeeringConnectionStateReasonCodeDeleting:
		return provisioner.PeeringDeleted, nil
	case types.VpcPeeringConnectionStateReasonCodeFailed:
		if is.Message != "" {
			return "", provisioner.Permanent(fmt.Errorf("AWS could not make the connection: %s. Most often the ranges share addresses, "+
				"or there is no such network in that account and region; ask for the peering again when that is mended", is.Message))
		}
	}
	return provisioner.PeeringState(is.State), nil // AWS calls them the same
}

// RemovePeering ends the connection, and what recorded its proof.
func (c *Cloud) RemovePeering(ctx context.Context, q provisioner.Peering) error {
	ctx, l, err := c.link(ctx, q)
	if err != nil {
		return err
	}
	return l.Remove(ctx, l.scope(), converge.Selection{
		Kinds:   []plan.Kind{plan.FlowLog, plan.Peering},
		Belongs: func(k plan.Kind, role string) bool { return k == plan.FlowLog || role == l.role },
	})
}
