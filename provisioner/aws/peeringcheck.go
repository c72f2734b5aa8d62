package aws

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/edge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
	"github.com/podium-cloud/podium/provisioner/cidr"
)

// The checks of a peering.
const (
	checkRanges  = "ranges"
	checkNetwork = "network"
	checkNames   = "names"
	checkRoutes  = "routes"
	checkZones   = "zones"
	checkQuotas  = "quotas"
)

var (
	accountNumber = regexp.MustCompile(`^[0-9]{12}$`)
	vpcID         = regexp.MustCompile(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`)
	regionName    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	zoneID        = regexp.MustCompile(`^[a-z]+[0-9]*-az[0-9]+$`)
	zoneName      = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$`)
)

// clusterPool is where the ranges come from that are proposed.
var clusterPool = netip.MustParsePrefix("10.64.0.0/10")

// CheckPeering looks at what was declared, at our side, and at the other one where it is in the cluster's own account.
func (c *Cloud) CheckPeering(ctx context.Context, q provisioner.Peering) ([]provisioner.Finding, error) {
	ctx, l, err := c.link(ctx, q)
	if err != nil {
		return nil, err
	}
	vpc, err := l.id(ctx, plan.VPC, "vpc")
	if err != nil {
		return nil, err
	}
	findings := []provisioner.Finding{l.ranges()}
	if f := l.declared(vpc); f.Level == provisioner.LevelProblem {
		return append(findings, f), nil // the rest would be about nothing
	}
	for _, check := range []func(context.Context, string) ([]provisioner.Finding, error){l.network, l.names, l.room} {
		more, err := check(ctx, vpc)
		if err != nil {
			return nil, err
		}
		findings = append(findings, more...)
	}
	return append(findings, l.zones(), c.regions(l)), nil
}

func (l link) ranges() provisioner.Finding {
	ours := netip.MustParsePrefix(l.plan.Range)
	for _, r := range l.Peer.Ranges {
		if ours.Overlaps(r) {
			f := bad(checkRanges, fmt.Sprintf("Your range %s and the cluster's range %s share addresses, so packets could not find their way.", r, ours),
				"Create the cluster with a range that your network does not use.")
			if free, found := cidr.Free(clusterPool, ours.Bits(), append(slices.Clone(l.Peer.Ranges), ours)); found {
				f.Fix = fmt.Sprintf("Create the cluster with a range that your network does not use, for example %s.", free)
			}
			return f
		}
		for _, other := range l.Others {
			if len(cidr.Overlapping(r, other.Ranges)) > 0 {
				return bad(checkRanges, fmt.Sprintf("Your range %s shares addresses with the network %s, to which the cluster is connected already.", r, other.Network),
					"Disconnect that network first, or connect one with other addresses.")
			}
		}
	}
	return good(checkRanges, fmt.Sprintf("The cluster's range %s and yours share no address.", ours))
}

// declared looks whether what was entered can be.
func (l link) declared(vpc string) provisioner.Finding {
	p := l.Peer
	switch {
	case !accountNumber.MatchString(p.Account):
		return bad(checkNetwork, fmt.Sprintf("%q is not the number of an AWS account.", p.Account), "Enter its 12 digits, without spaces or dashes.")
	case !vpcID.MatchString(p.Network):
		return bad(checkNetwork, fmt.Sprintf("%q is not the id of a VPC.", p.Network), "Enter the id that the VPC console shows, such as vpc-0a1b2c3d4e5f60718.")
	case !regionName.MatchString(p.Region):
		return bad(checkNetwork, fmt.Sprintf("%q is not a region of AWS.", p.Region), "Enter the region of the VPC, such as eu-central-1.")
	case p.Network == vpc:
		return bad(checkNetwork, p.Network+" is the cluster's own network.", "Enter the VPC in which your workers run.")
	}
	return good(checkNetwork, "")
}

// network looks at the other VPC, where that is possible.
func (l link) network(ctx context.Context, _ string) ([]provisioner.Finding, error) {
	p := l.Peer
	if p.Account != l.driver.Account || p.Region != l.driver.AWS.Region {
		return []provisioner.Finding{good(checkNetwork, fmt.Sprintf(
			"The request will go to account %s, for %s in %s, and to nobody else. Podium cannot look into that account: whether the network is there shows when AWS has taken the request.",
			p.Account, p.Network, p.Region))}, nil
	}
	ranges, resolves, err := l.driver.Attributes(ctx, p.Network)
	if err != nil && converge.Classify(err) == converge.Missing {
		return []provisioner.Finding{bad(checkNetwork, fmt.Sprintf("There is no %s in account %s, region %s.", p.Network, p.Account, p.Region),
			"Enter the id of the VPC in which your workers run.")}, nil
	}
	if err != nil {
		return nil, l.Explain("look at "+p.Network, err)
	}
	findings := []provisioner.Finding{good(checkNetwork, fmt.Sprintf("%s is there.", p.Network))}
	for _, r := range p.Ranges {
		if !slices.ContainsFunc(ranges, func(have netip.Prefix) bool { return have.Bits() <= r.Bits() && have.Contains(r.Addr()) }) {
			findings = append(findings, bad(checkNetwork, fmt.Sprintf("%s has no addresses in %s.", p.Network, r), "Enter the CIDR blocks that the VPC console shows."))
		}
	}
	if !resolves {
		findings = append(findings, bad(checkNames, "Names do not resolve in your VPC: DNS resolution or DNS hostnames are off.",
			"Turn both on: VPC, Actions, Edit VPC settings."))
	}
	return findings, nil
}

// names looks at the options of our VPC, and says what the other one needs.
func (l link) names(ctx context.Context, vpc string) ([]provisioner.Finding, error) {
	_, resolves, err := l.driver.Attributes(ctx, vpc)
	if err != nil {
		return nil, l.Explain("look at the cluster's network", err)
	}
	if !resolves {
		return []provisioner.Finding{bad(checkNames, "Names do not resolve in the cluster's network: somebody has turned DNS resolution or DNS hostnames off.",
			"Turn both on for "+vpc+", or ask who operates Podium.")}, nil
	}
	return []provisioner.Finding{good(checkNames, fmt.Sprintf(
		"The name %s will stand for the private address in your VPC, which needs DNS resolution and DNS hostnames turned on, as they are by default.", l.plan.Host))}, nil
}

// room looks at routes that are in the way, and at quotas.
func (l link) room(ctx context.Context, _ string) ([]provisioner.Finding, error) {
	table, err := l.id(ctx, plan.RouteTable, plan.PeeredRoutes)
	if err != nil {
		return nil, err
	}
	group, err := l.id(ctx, plan.Group, plan.PeeredGroup)
	if err != nil {
		return nil, err
	}
	ours, err := l.ours(ctx)
	if err != nil {
		return nil, err
	}
	routes, err := l.driver.Routes(ctx, table)
	if err != nil {
		return nil, l.Explain("look at the routes", err)
	}
	findings := []provisioner.Finding{l.way(routes, ours)}
	used, err := l.driver.PeeringUse(ctx, l.scope(), l.role, table, group)
	if err != nil {
		return nil, l.Explain("look at the quotas of the AWS account", err)
	}
	needs := map[string]int{
		"connections": 1, "requests": 1, "routes": len(l.Peer.Ranges), "rules": len(l.Peer.Ranges) * len(plan.PeeredPorts()),
	}
	quotas := edge.PeeringQuotas()
	var enough []string
	for _, id := range []string{"connections", "requests", "routes", "rules"} {
		q := quotas[id]
		most, known, err := l.driver.Limit(ctx, q)
		if err != nil {
			return nil, l.Explain("look at the quotas of the AWS account", err)
		}
		if f := (quota{q, used[id], most, known}).finding(needs[id], l.driver.AWS.Region); f.Level != provisioner.LevelOK {
			f.Text = strings.Replace(f.Text, "the cluster needs", "this peering needs", 1)
			findings = append(findings, f)
		} else {
			enough = append(enough, fmt.Sprintf("%d of %d %s", used[id], most, q.Name))
		}
	}
	if len(enough) == len(quotas) {
		findings = append(findings, good(checkQuotas, "Used so far: "+strings.Join(enough, ", ")+"."))
	}
	return findings, nil
}

// way looks for routes of our side that another connection has. Those that lead nowhere are replaced.
func (l link) way(routes []edge.Route, ours []string) provisioner.Finding {
	for _, r := range routes {
		to, err := netip.ParsePrefix(r.Range)
		if err != nil || r.Lost || slices.Contains(ours, r.Connection) || len(cidr.Overlapping(to, l.Peer.Ranges)) == 0 {
			continue
		}
		return bad(checkRoutes, fmt.Sprintf("The cluster's network leads %s to %s already.", r.Range, r.Connection), "Disconnect that network first.")
	}
	return good(checkRoutes, fmt.Sprintf("No route of the cluster's network is in the way. In your route tables none may lead a part of %s elsewhere.", l.plan.Range))
}

func (l link) zones() provisioner.Finding {
	var ours, crossing []string
	for _, i := range l.plan.Served(l.Cluster.Nodes) {
		ours = append(ours, l.plan.Zones[i])
	}
	for _, z := range l.Peer.Zones {
		switch {
		case zoneName.MatchString(z):
			return bad(checkZones, fmt.Sprintf("%s is the name of a zone, which means another zone in each account.", z),
				"Enter zone ids such as "+l.plan.Zones[0]+": the console shows them under VPC, Subnets, Availability Zone ID.")
		case !zoneID.MatchString(z):
			return bad(checkZones, fmt.Sprintf("%s is not the id of a zone.", z), "Enter zone ids such as "+l.plan.Zones[0]+".")
		case !slices.Contains(ours, z):
			crossing = append(crossing, z)
		}
	}
	warn := func(text, fix string) provisioner.Finding {
		return provisioner.Finding{Check: checkZones, Level: provisioner.LevelWarning, Text: text, Fix: fix}
	}
	nodes := strings.Join(ours, ", ")
	switch {
	case len(l.Peer.Zones) == 0:
		return warn("It is not known in which zones your workers run, so they may talk to a node in another zone.",
			"Enter the ids of their zones. The cluster has nodes in "+nodes+".")
	case len(crossing) > 0:
		return warn(fmt.Sprintf("The cluster has no node in %s: workers there talk to another zone, which is slower and costs traffic.", strings.Join(crossing, ", ")),
			"Run workers in "+nodes+", or add nodes to the cluster.")
	}
	return good(checkZones, "The cluster has a node in each zone of your workers.")
}

// regions says what it means when the networks are far from each other.
func (c *Cloud) regions(l link) provisioner.Finding {
	if l.Peer.Region == l.driver.AWS.Region {
		return good(checkRoutes, "Both networks are in "+l.Peer.Region+".")
	}
	return provisioner.Finding{
		Check: checkRoutes, Level: provisioner.LevelWarning,
		Text: fmt.Sprintf("Your network is in %s and the cluster in %s: each call crosses regions, which is slower and costs traffic.", l.Peer.Region, l.driver.AWS.Region),
		Fix:  "Create the cluster in the region of your workers, if calls are many.",
	}
}
