package aws

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/edge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// proofAge is how far back a call proves the path.
const proofAge = 15 * time.Minute

// ProbePeering looks whether calls of the customer's have arrived in each zone that has a node, and were answered. We have nobody in
// their network, so the calls are theirs to make: by a command that they are told, or by workers. What passes is recorded by flow logs of
// the private load balancer, which are there while a path is being proven.
func (c *Cloud) ProbePeering(ctx context.Context, q provisioner.Peering) ([]provisioner.Probe, error) {
	ctx, l, err := c.link(ctx, q)
	if err != nil {
		return nil, err
	}
	if _, err := l.active(ctx); err != nil {
		return nil, err
	}
	served := l.plan.Served(q.Cluster.Nodes)
	if err := l.Ensure(ctx, l.scope(), parts(l.plan), l.plan.Flows(served), nil); err != nil {
		return nil, err
	}
	flows, err := l.driver.Flows(ctx, l.scope(), plan.HTTPS, time.Now().Add(-proofAge))
	if err != nil {
		return nil, l.Explain("read the flow logs", err)
	}
	var probes []provisioner.Probe
	proven := true
	for _, i := range served {
		there, back := l.probe(i, flows)
		probes = append(probes, there, back)
		proven = proven && there.Problem == "" && back.Problem == ""
	}
	if !proven {
		return probes, nil
	}
	return probes, l.Remove(ctx, l.scope(), converge.Selection{
		Kinds: []plan.Kind{plan.FlowLog}, Belongs: func(plan.Kind, string) bool { return true },
	})
}

// probe judges the flows of one zone: from the customer's network to the cluster, and back.
func (l link) probe(zone int, flows []edge.Flow) (there, back provisioner.Probe) {
	host, at := l.plan.ZoneHost(zone), netip.AddrPortFrom(l.plan.PeeredAddress(zone), plan.HTTPS)
	there = provisioner.Probe{From: provisioner.CustomerSide, Zone: l.plan.Zones[zone], To: fmt.Sprintf("%s:%d", host, plan.HTTPS)}
	back = provisioner.Probe{From: provisioner.ClusterSide, Zone: l.plan.Zones[zone]}
	theirs := func(a netip.Addr) bool {
		return slices.ContainsFunc(l.Peer.Ranges, func(r netip.Prefix) bool { return r.Contains(a) })
	}
	var stranger netip.Addr
	var arrived bool
	for _, f := range flows {
		switch {
		case f.To == at && f.Rejected:
			stranger = f.From.Addr()
		case f.To == at && theirs(f.From.Addr()):
			arrived = true
			if f.Spoken() {
				back.To = f.From.Addr().String()
			}
		}
	}
	answered := slices.ContainsFunc(flows, func(f edge.Flow) bool { return f.From == at && theirs(f.To.Addr()) && f.Spoken() })
	if arrived && back.To != "" && answered {
		return there, back
	}
	call := fmt.Sprintf("Run this where your workers run: curl -fsS https://%s/healthz. AWS tells of calls after one or two minutes.", host)
	switch {
	case arrived && back.To == "":
		there.Problem, there.Fix = "attempts to connect arrive, but no data follows",
			"Look whether a firewall or network ACL of yours keeps answers from "+l.plan.Range+" out. "+call
	case arrived:
		back.Problem, back.Fix = "calls arrive and are not answered", "Look whether the cluster's nodes are healthy. "+call
	case stranger.IsValid():
		there.Problem = "calls come from " + stranger.String() + ", which is not in the ranges that you entered, and are turned away"
		there.Fix = "Call from your workers' subnets, or disconnect and enter all ranges of the network. " + call
	default:
		there.Problem = "no call has arrived in the last minutes"
		there.Fix = call + " If it hangs, the route to " + l.plan.Range + " is missing in the table of its subnet, or a security group of yours lets nothing out."
	}
	return there, back
}
