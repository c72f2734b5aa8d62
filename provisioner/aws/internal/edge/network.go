package edge

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

func (d *Driver) ec2Tags(t types.ResourceType, s converge.Scope, role string) []types.TagSpecification {
	return []types.TagSpecification{{ResourceType: t, Tags: tagged(d.tags(s, role), func(k, v string) types.Tag {
		return types.Tag{Key: aws.String(k), Value: aws.String(v)}
	})}}
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: aws.String(name), Values: values}
}

func ec2Role(tags []types.Tag) string {
	for _, t := range tags {
		if aws.ToString(t.Key) == plan.TagRole {
			return aws.ToString(t.Value)
		}
	}
	return ""
}

// findEC2 describes by tag, and by id what the tag does not show yet.
func findEC2(s converge.Scope, ids []string, idFilter string, describe func([]types.Filter) ([]converge.Found, error)) ([]converge.Found, error) {
	all, err := describe([]types.Filter{filter("tag:"+plan.TagCluster, s.Cluster)})
	if err != nil {
		return nil, err
	}
	if rest := missing(ids, all); len(rest) > 0 {
		more, err := describe([]types.Filter{filter(idFilter, rest...)})
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

func (d *Driver) findVPCs(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	return findEC2(s, ids, "vpc-id", func(f []types.Filter) (all []converge.Found, err error) {
		pages := ec2.NewDescribeVpcsPaginator(d.ec2, &ec2.DescribeVpcsInput{Filters: f})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, v := range page.Vpcs {
				all = append(all, foundVPC(&v))
			}
		}
		return all, nil
	})
}

func foundVPC(v *types.Vpc) converge.Found {
	f := converge.Found{ID: aws.ToString(v.VpcId), Role: ec2Role(v.Tags)}
	if v.State == types.VpcStatePending {
		f.State = converge.Working
	}
	return f
}

func (d *Driver) createVPC(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.VPCSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	out, err := d.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{
		CidrBlock: aws.String(s.Range), TagSpecifications: d.ec2Tags(types.ResourceTypeVpc, r.Scope, r.Role),
	}, once)
	if err != nil {
		return converge.Found{}, err
	}
	return foundVPC(out.Vpc), nil
}

// settleVPC makes names resolve, also across peerings. AWS takes one attribute at a time.
func (d *Driver) settleVPC(ctx context.Context, _ converge.Request, f converge.Found) (bool, error) {
	on := &types.AttributeBooleanValue{Value: aws.Bool(true)}
	for _, in := range []*ec2.ModifyVpcAttributeInput{
		{VpcId: aws.String(f.ID), EnableDnsSupport: on}, {VpcId: aws.String(f.ID), EnableDnsHostnames: on},
	} {
		if _, err := d.ec2.ModifyVpcAttribute(ctx, in); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (d *Driver) removeVPC(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.ec2.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: aws.String(f.ID)})
	return err
}

func (d *Driver) findSubnets(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	return findEC2(s, ids, "subnet-id", func(f []types.Filter) (all []converge.Found, err error) {
		pages := ec2.NewDescribeSubnetsPaginator(d.ec2, &ec2.DescribeSubnetsInput{Filters: f})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, v := range page.Subnets {
				all = append(all, foundSubnet(&v))
			}
		}
		return all, nil
	})
}

func foundSubnet(v *types.Subnet) converge.Found {
	f := converge.Found{ID: aws.ToString(v.SubnetId), Role: ec2Role(v.Tags)}
	if v.State == types.SubnetStatePending {
		f.State = converge.Working
	}
	return f
}

func (d *Driver) createSubnet(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.SubnetSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	out, err := d.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{
		VpcId: aws.String(r.IDs["vpc"]), CidrBlock: aws.String(s.Range), AvailabilityZoneId: aws.String(s.Zone),
		TagSpecifications: d.ec2Tags(types.ResourceTypeSubnet, r.Scope, r.Role),
	})
	if err != nil {
		return converge.Found{}, err
	}
	return foundSubnet(out.Subnet), nil
}

func (d *Driver) removeSubnet(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.ec2.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: aws.String(f.ID)})
	return err
}

func (d *Driver) findGateways(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	return findEC2(s, ids, "internet-gateway-id", func(f []types.Filter) (all []converge.Found, err error) {
		pages := ec2.NewDescribeInternetGatewaysPaginator(d.ec2, &ec2.DescribeInternetGatewaysInput{Filters: f})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, v := range page.InternetGateways {
				all = append(all, converge.Found{ID: aws.ToString(v.InternetGatewayId), Role: ec2Role(v.Tags)})
			}
		}
		return all, nil
	})
}

func (d *Driver) createGateway(ctx context.Context, r converge.Request) (converge.Found, error) {
	out, err := d.ec2.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{
		TagSpecifications: d.ec2Tags(types.ResourceTypeInternetGateway, r.Scope, r.Role),
	}, once)
	if err != nil {
		return converge.Found{}, err
	}
	return converge.Found{ID: aws.ToString(out.InternetGateway.InternetGatewayId)}, nil
}

func (d *Driver) settleGateway(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	_, err := d.ec2.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{
		InternetGatewayId: aws.String(f.ID), VpcId: aws.String(r.IDs["vpc"]),
	})
	if converge.Classify(err) == converge.Exists {
		err = nil
	}
	return false, err
}

func (d *Driver) removeGateway(ctx context.Context, _ converge.Scope, f converge.Found) error {
	out, err := d.ec2.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{
		Filters: []types.Filter{filter("internet-gateway-id", f.ID)},
	})
	if err != nil {
		return err
	}
	for _, g := range out.InternetGateways {
		for _, a := range g.Attachments {
			_, err := d.ec2.DetachInternetGateway(ctx, &ec2.DetachInternetGatewayInput{
				InternetGatewayId: aws.String(f.ID), VpcId: a.VpcId,
			})
			if absent(err) != nil {
				return err
			}
		}
	}
	_, err = d.ec2.DeleteInternetGateway(ctx, &ec2.DeleteInternetGatewayInput{InternetGatewayId: aws.String(f.ID)})
	return err
}
