package edge

import (
	"context"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// Attributes tells what a VPC of this account and region has: its ranges and whether names resolve in it.
func (d *Driver) Attributes(ctx context.Context, vpc string) (ranges []netip.Prefix, resolves bool, err error) {
	out, err := d.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{vpc}})
	if err != nil {
		return nil, false, err
	}
	for _, v := range out.Vpcs {
		for _, a := range v.CidrBlockAssociationSet {
			if p, err := netip.ParsePrefix(aws.ToString(a.CidrBlock)); err == nil {
				ranges = append(ranges, p)
			}
		}
	}
	resolves = true
	for _, name := range []types.VpcAttributeName{types.VpcAttributeNameEnableDnsSupport, types.VpcAttributeNameEnableDnsHostnames} {
		out, err := d.ec2.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: aws.String(vpc), Attribute: name})
		if err != nil {
			return nil, false, err
		}
		for _, v := range []*types.AttributeBooleanValue{out.EnableDnsSupport, out.EnableDnsHostnames} {
			resolves = resolves && (v == nil || aws.ToBool(v.Value))
		}
	}
	return ranges, resolves, nil
}

// PeeringQuotas are those that a connection comes up against.
func PeeringQuotas() map[string]Quota {
	return map[string]Quota{
		"connections": {"connections", "connections of one VPC", "vpc", "L-7E9ECCDB", 50},
		"requests":    {"requests", "requests for connections that wait to be accepted", "vpc", "L-DC9F7029", 25},
		"routes":      {"routes", "routes of a table", "vpc", "L-93826ACB", 50},
		"rules":       {"rules", "rules of a security group", "vpc", "L-0EA8095F", 60},
	}
}

// countPending counts the requests of this account that wait for somebody.
func (d *Driver) countPending(ctx context.Context) (n int, err error) {
	pages := ec2.NewDescribeVpcPeeringConnectionsPaginator(d.ec2, &ec2.DescribeVpcPeeringConnectionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		for _, v := range page.VpcPeeringConnections {
			if v.Status != nil && v.Status.Code == types.VpcPeeringConnectionStateReasonCodePendingAcceptance &&
				v.RequesterVpcInfo != nil && aws.ToString(v.RequesterVpcInfo.OwnerId) == d.Account {
				n++
			}
		}
	}
	return n, nil
}

// PeeringUse counts what a cluster's network and the account use of [PeeringQuotas], beside the peering of a role.
func (d *Driver) PeeringUse(ctx context.Context, s converge.Scope, role, table, group string) (map[string]int, error) {
	pending, err := d.countPending(ctx)
	if err != nil {
		return nil, err
	}
	used := map[string]int{"requests": pending}
	connections, err := d.Connections(ctx, s, nil)
	if err != nil {
		return nil, err
	}
	for _, c := range connections {
		switch {
		case c.Role == role && c.State == types.VpcPeeringConnectionStateReasonCodePendingAcceptance:
			used["requests"]--
		case c.Role != role && !c.Over():
			used["connections"]++
		}
	}
	routes, err := d.Routes(ctx, table)
	if err != nil {
		return nil, err
	}
	openings, err := d.Openings(ctx, group)
	if err != nil {
		return nil, err
	}
	const own = 1 // to the network itself
	used["routes"], used["rules"] = len(routes)+own, len(openings)+len(plan.PeeredPorts())
	return used, nil
}
