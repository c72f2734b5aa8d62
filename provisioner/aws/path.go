package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/edge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// active returns the connection, when it is one that packets pass.
func (l link) active(ctx context.Context) (edge.Connection, error) {
	is, err := l.look(ctx)
	if err != nil {
		return is, err
	}
	switch state, err := l.state(is); {
	case err != nil:
		return is, err
	case state == provisioner.PeeringProvisioning:
		return is, &provisioner.Pending{After: time.Second, Reason: "the connection is accepted and not yet usable"}
	case state != provisioner.PeeringActive:
		return is, provisioner.Permanent(fmt.Errorf("the connection %s is not there any more (%s); disconnect, and ask for the peering again", is.ID, state))
	}
	return is, nil
}

// EnsurePeeringRoutes leads answers of the private load balancer to the customer's ranges.
func (c *Cloud) EnsurePeeringRoutes(ctx context.Context, q provisioner.Peering) error {
	ctx, l, err := c.link(ctx, q)
	if err != nil {
		return err
	}
	is, err := l.active(ctx)
	if err != nil {
		return err
	}
	table, err := l.id(ctx, plan.RouteTable, plan.PeeredRoutes)
	if err != nil {
		return err
	}
	for _, to := range q.Peer.Ranges {
		if err := l.taken("lead "+to.String()+" to your network", l.driver.SetRoute(ctx, table, to.String(), is.ID)); err != nil {
			return err
		}
	}
	return nil
}

// taken explains an error, of which one that is about another peering is final.
func (l link) taken(doing string, err error) error {
	if err == nil {
		return nil
	}
	if taken, ok := errors.AsType[*edge.RangeTaken](err); ok {
		return provisioner.Permanent(fmt.Errorf("%s: %w", doing, taken))
	}
	return l.Explain(doing, err)
}

// RemovePeeringRoutes removes the routes that lead to the connection, or to nowhere.
func (c *Cloud) RemovePeeringRoutes(ctx context.Context, q provisioner.Peering) error {
	ctx, l, err := c.link(ctx, q)
	if err != nil {
		return err
	}
	table, found, err := l.standing(ctx, plan.RouteTable, plan.PeeredRoutes)
	if err != nil || !found {
		return err
	}
	ours, err := l.ours(ctx)
	if err != nil {
		return err
	}
	routes, err := l.driver.Routes(ctx, table)
	if err != nil {
		return l.Explain("look at the routes", err)
	}
	for _, r := range routes {
		if slices.Contains(ours, r.Connection) || r.Lost {
			if err := l.driver.DropRoute(ctx, table, r.Range); err != nil {
				return l.Explain("remove the route to "+r.Range, err)
			}
		}
	}
	return nil
}

// standing is the id of something that was made with the cluster, while it is there.
func (l link) standing(ctx context.Context, k plan.Kind, role string) (id string, found bool, err error) {
	all, err := l.driver.Find(ctx, l.scope(), k, nil)
	if err != nil {
		return "", false, l.Explain("look for the "+string(k), err)
	}
	for _, f := range all {
		if f.Role == role {
			return f.ID, true, nil
		}
	}
	return "", false, nil
}

// ours are the ids that the connection has, or had.
func (l link) ours(ctx context.Context) ([]string, error) {
	all, err := l.driver.Connections(ctx, l.scope(), nil)
	if err != nil {
		return nil, l.Explain("look at the connection", err)
	}
	ids := []string{l.saved}
	for _, one := range all {
		if one.Role == l.role {
			ids = append(ids, one.ID)
		}
	}
	return ids, nil
}

// mark tells for which peering a rule is there.
func (l link) mark() string { return "podium peering " + l.ID }

// EnsurePeeringRules lets the customer's ranges in to the private load balancer.
func (c *Cloud) EnsurePeeringRules(ctx context.Context, q provisioner.Peering) error {
	ctx, l, err := c.link(ctx, q)
	if err != nil {
		return err
	}
	group, err := l.id(ctx, plan.Group, plan.PeeredGroup)
	if err != nil {
		return err
	}
	for _, from := range q.Peer.Ranges {
		for _, port := range plan.PeeredPorts() {
			opening := edge.Opening{Range: from.String(), Port: port, For: l.mark()}
			if err := l.taken("let "+from.String()+" in", l.driver.Open(ctx, group, opening)); err != nil {
				return err
			}
		}
	}
	return nil
}

// RemovePeeringRules undoes EnsurePeeringRules.
func (c *Cloud) RemovePeeringRules(ctx context.Context, q provisioner.Peering) error {
	ctx, l, err := c.link(ctx, q)
	if err != nil {
		return err
	}
	group, found, err := l.standing(ctx, plan.Group, plan.PeeredGroup)
	if err != nil || !found {
		return err
	}
	openings, err := l.driver.Openings(ctx, group)
	if err != nil {
		return l.Explain("look at the rules", err)
	}
	for _, o := range openings {
		if o.For == l.mark() {
			if err := l.driver.Close(ctx, group, o); err != nil {
				return l.Explain("keep "+o.Range+" out", err)
			}
		}
	}
	return nil
}

// EnsurePeeringNames waits until the owner of the network has made the cluster's names known in it.
func (c *Cloud) EnsurePeeringNames(ctx context.Context, q provisioner.Peering) error {
	ctx, l, err := c.link(ctx, q)
	if err != nil {
		return err
	}
	is, err := l.active(ctx)
	if err != nil {
		return err
	}
	if !is.Names {
		if err := l.driver.AllowNames(ctx, is.ID); err != nil {
			return l.Explain("let names resolve across the connection", err)
		}
	}
	zone, err := l.id(ctx, plan.Zone, plan.PrivateZone)
	if err != nil {
		return err
	}
	const doing = "make the cluster's names known in your network"
	switch knows, err := l.driver.Knows(ctx, zone, q.Peer.Network); {
	case err != nil:
		return l.Explain(doing, err)
	case knows: // nobody needs the permission any more
		if err := l.driver.EndIntroduction(ctx, zone, q.Peer.Network, q.Peer.Region); err != nil {
			return l.Explain(doing, err)
		}
		return nil
	}
	if err := l.driver.Introduce(ctx, zone, q.Peer.Network, q.Peer.Region); err != nil {
		return l.Explain(doing, err)
	}
	return &provisioner.Pending{After: pauseCustomer, Reason: "your network does not know the cluster's names yet", Customer: l.naming(zone)}
}

// RemovePeeringNames makes the cluster's names unknown in the network, unless another connection leads there.
func (c *Cloud) RemovePeeringNames(ctx context.Context, q provisioner.Peering) error {
	ctx, l, err := c.link(ctx, q)
	if err != nil {
		return err
	}
	zone, found, err := l.standing(ctx, plan.Zone, plan.PrivateZone)
	if err != nil || !found {
		return err
	}
	all, err := l.driver.Connections(ctx, l.scope(), nil)
	if err != nil {
		return l.Explain("look at the connections", err)
	}
	if slices.ContainsFunc(all, func(one edge.Connection) bool {
		return one.Role != l.role && !one.Over() && one.Network == q.Peer.Network
	}) {
		return nil
	}
	const doing = "take the cluster's names away from your network"
	if err := l.driver.EndIntroduction(ctx, zone, q.Peer.Network, q.Peer.Region); err != nil {
		return l.Explain(doing, err)
	}
	if err := l.driver.Conceal(ctx, zone, q.Peer.Network, q.Peer.Region); err != nil {
		return l.Explain(doing, err)
	}
	return nil
}
