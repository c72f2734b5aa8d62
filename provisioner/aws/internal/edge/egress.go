package edge

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

const everywhere = "0.0.0.0/0"

func (d *Driver) findAddresses(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	return findEC2(s, ids, "allocation-id", func(f []types.Filter) (all []converge.Found, err error) {
		out, err := d.ec2.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{Filters: f})
		if err != nil {
			return nil, err
		}
		for _, v := range out.Addresses {
			all = append(all, converge.Found{ID: aws.ToString(v.AllocationId), Role: ec2Role(v.Tags)})
		}
		return all, nil
	})
}

func (d *Driver) createAddress(ctx context.Context, r converge.Request) (converge.Found, error) {
	out, err := d.ec2.AllocateAddress(ctx, &ec2.AllocateAddressInput{
		Domain: types.DomainTypeVpc, TagSpecifications: d.ec2Tags(types.ResourceTypeElasticIp, r.Scope, r.Role),
	}, once)
	if err != nil {
		return converge.Found{}, err
	}
	return converge.Found{ID: aws.ToString(out.AllocationId)}, nil
}

func (d *Driver) removeAddress(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.ec2.ReleaseAddress(ctx, &ec2.ReleaseAddressInput{AllocationId: aws.String(f.ID)})
	return err
}

func (d *Driver) findNATs(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	return findEC2(s, ids, "nat-gateway-id", func(f []types.Filter) (all []converge.Found, err error) {
		pages := ec2.NewDescribeNatGatewaysPaginator(d.ec2, &ec2.DescribeNatGatewaysInput{Filter: f})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, v := range page.NatGateways {
				if v.State != types.NatGatewayStateDeleted {
					all = append(all, foundNAT(&v))
				}
			}
		}
		return all, nil
	})
}

func foundNAT(v *types.NatGateway) converge.Found {
	f := converge.Found{ID: aws.ToString(v.NatGatewayId), Role: ec2Role(v.Tags), Detail: aws.ToString(v.FailureMessage)}
	switch v.State {
	case types.NatGatewayStatePending:
		f.State = converge.Working
	case types.NatGatewayStateDeleting:
		f.State = converge.Leaving
	case types.NatGatewayStateFailed:
		f.State = converge.Broken
	}
	return f
}

func (d *Driver) createNAT(ctx context.Context, r converge.Request) (converge.Found, error) {
	out, err := d.ec2.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{
		AllocationId: aws.String(r.IDs["address"]), SubnetId: aws.String(r.IDs["subnet"]), ClientToken: aws.String(r.Token),
		TagSpecifications: d.ec2Tags(types.ResourceTypeNatgateway, r.Scope, r.Role),
	})
	if err != nil {
		return converge.Found{}, err
	}
	return foundNAT(out.NatGateway), nil
}

func (d *Driver) removeNAT(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.ec2.DeleteNatGateway(ctx, &ec2.DeleteNatGatewayInput{NatGatewayId: aws.String(f.ID)})
	return err
}

func (d *Driver) findRouteTables(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	return findEC2(s, ids, "route-table-id", func(f []types.Filter) (all []converge.Found, err error) {
		tables, err := d.routeTables(ctx, f)
		for _, v := range tables {
			all = append(all, converge.Found{ID: aws.ToString(v.RouteTableId), Role: ec2Role(v.Tags)})
		}
		return all, err
	})
}

func (d *Driver) routeTables(ctx context.Context, f []types.Filter) (all []types.RouteTable, err error) {
	pages := ec2.NewDescribeRouteTablesPaginator(d.ec2, &ec2.DescribeRouteTablesInput{Filters: f})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.RouteTables...)
	}
	return all, nil
}

func (d *Driver) createRouteTable(ctx context.Context, r converge.Request) (converge.Found, error) {
	out, err := d.ec2.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{
		VpcId: aws.String(r.IDs["vpc"]), ClientToken: aws.String(r.Token),
		TagSpecifications: d.ec2Tags(types.ResourceTypeRouteTable, r.Scope, r.Role),
	})
	if err != nil {
		return converge.Found{}, err
	}
	return converge.Found{ID: aws.ToString(out.RouteTable.RouteTableId)}, nil
}

// settleRouteTable sets the way out, if the table has one, and the subnets that use the table.
func (d *Driver) settleRouteTable(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	if err := d.settleRoute(ctx, r, f.ID); err != nil {
		return false, err
	}
	subnets := by(r, "subnet-")
	tables, err := d.routeTables(ctx, []types.Filter{filter("association.subnet-id", subnets...)})
	if err != nil {
		return false, err
	}
	for _, subnet := range subnets {
		if err := d.associate(ctx, f.ID, subnet, tables); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (d *Driver) settleRoute(ctx context.Context, r converge.Request, table string) error {
	in := &ec2.CreateRouteInput{RouteTableId: aws.String(table), DestinationCidrBlock: aws.String(everywhere)}
	switch gateway, nat := r.IDs["gateway"], r.IDs["nat"]; {
	case gateway != "":
		in.GatewayId = aws.String(gateway)
	case nat != "":
		in.NatGatewayId = aws.String(nat)
	default:
		return nil
	}
	_, err := d.ec2.CreateRoute(ctx, in)
	if err == nil || converge.Classify(err) != converge.Exists {
		return err
	}
	_, err = d.ec2.ReplaceRoute(ctx, &ec2.ReplaceRouteInput{
		RouteTableId: in.RouteTableId, DestinationCidrBlock: in.DestinationCidrBlock, GatewayId: in.GatewayId, NatGatewayId: in.NatGatewayId,
	})
	return err
}

// associate makes the subnet use the table; tables are those that name the subnet now.
func (d *Driver) associate(ctx context.Context, table, subnet string, tables []types.RouteTable) error {
	for _, t := range tables {
		for _, a := range t.Associations {
			if aws.ToString(a.SubnetId) != subnet {
				continue
			}
			if aws.ToString(t.RouteTableId) == table {
				return nil
			}
			_, err := d.ec2.ReplaceRouteTableAssociation(ctx, &ec2.ReplaceRouteTableAssociationInput{
				AssociationId: a.RouteTableAssociationId, RouteTableId: aws.String(table),
			})
			return err
		}
	}
	_, err := d.ec2.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{
		RouteTableId: aws.String(table), SubnetId: aws.String(subnet),
	})
	if converge.Classify(err) == converge.Exists { // with which one will show
		return errors.Join(converge.ErrNotYet, err)
	}
	return err
}

func (d *Driver) removeRouteTable(ctx context.Context, _ converge.Scope, f converge.Found) error {
	tables, err := d.routeTables(ctx, []types.Filter{filter("route-table-id", f.ID)})
	if err != nil {
		return err
	}
	for _, t := range tables {
		for _, a := range t.Associations {
			_, err := d.ec2.DisassociateRouteTable(ctx, &ec2.DisassociateRouteTableInput{AssociationId: a.RouteTableAssociationId})
			if absent(err) != nil {
				return err
			}
		}
	}
	_, err = d.ec2.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: aws.String(f.ID)})
	return err
}

// findEndpoints asks for ids one by one: the call fails for all when one is gone.
func (d *Driver) findEndpoints(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	all, err := d.endpoints(ctx, &ec2.DescribeVpcEndpointsInput{Filters: []types.Filter{filter("tag:"+plan.TagCluster, s.Cluster)}})
	if err != nil {
		return nil, err
	}
	for _, id := range missing(ids, all) {
		more, err := d.endpoints(ctx, &ec2.DescribeVpcEndpointsInput{VpcEndpointIds: []string{id}})
		if absent(err) != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

func (d *Driver) endpoints(ctx context.Context, in *ec2.DescribeVpcEndpointsInput) (all []converge.Found, err error) {
	pages := ec2.NewDescribeVpcEndpointsPaginator(d.ec2, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, v := range page.VpcEndpoints {
			if !is(v.State, types.StateDeleted) {
				all = append(all, foundEndpoint(&v))
			}
		}
	}
	return all, nil
}

func foundEndpoint(v *types.VpcEndpoint) converge.Found {
	f := converge.Found{ID: aws.ToString(v.VpcEndpointId), Role: ec2Role(v.Tags)}
	switch {
	case is(v.State, types.StatePending):
		f.State = converge.Working
	case is(v.State, types.StateDeleting):
		f.State = converge.Leaving
	case is(v.State, types.StateFailed), is(v.State, types.StateRejected), is(v.State, types.StateExpired):
		f.State, f.Detail = converge.Broken, string(v.State)
	}
	return f
}

// is compares states of endpoints, which AWS documents with a capital and sends without.
func is(a, b types.State) bool { return strings.EqualFold(string(a), string(b)) }

func (d *Driver) createEndpoint(ctx context.Context, r converge.Request) (converge.Found, error) {
	out, err := d.ec2.CreateVpcEndpoint(ctx, &ec2.CreateVpcEndpointInput{
		VpcId: aws.String(r.IDs["vpc"]), ServiceName: aws.String("com.amazonaws." + d.AWS.Region + ".s3"),
		VpcEndpointType: types.VpcEndpointTypeGateway, RouteTableIds: by(r, "table-"), ClientToken: aws.String(r.Token),
		TagSpecifications: d.ec2Tags(types.ResourceTypeVpcEndpoint, r.Scope, r.Role),
	})
	if err != nil {
		return converge.Found{}, err
	}
	return foundEndpoint(out.VpcEndpoint), nil
}

// removeEndpoint: AWS answers this call with success and says inside what it did not do.
func (d *Driver) removeEndpoint(ctx context.Context, _ converge.Scope, f converge.Found) error {
	out, err := d.ec2.DeleteVpcEndpoints(ctx, &ec2.DeleteVpcEndpointsInput{VpcEndpointIds: []string{f.ID}})
	if err != nil {
		return err
	}
	return unsuccessful(out.Unsuccessful)
}
