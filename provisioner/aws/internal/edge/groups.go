package edge

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

func (d *Driver) findGroups(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	return findEC2(s, ids, "group-id", func(f []types.Filter) (all []converge.Found, err error) {
		groups, err := d.securityGroups(ctx, f)
		for _, v := range groups {
			all = append(all, converge.Found{ID: aws.ToString(v.GroupId), Role: ec2Role(v.Tags)})
		}
		return all, err
	})
}

func (d *Driver) securityGroups(ctx context.Context, f []types.Filter) (all []types.SecurityGroup, err error) {
	pages := ec2.NewDescribeSecurityGroupsPaginator(d.ec2, &ec2.DescribeSecurityGroupsInput{Filters: f})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.SecurityGroups...)
	}
	return all, nil
}

// createGroup takes the group of that name in the cluster's VPC when it is there: the name is its only mark in a repeated call.
func (d *Driver) createGroup(ctx context.Context, r converge.Request) (converge.Found, error) {
	name := plan.Name(r.Cluster, r.Role)
	out, err := d.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		GroupName: aws.String(name), Description: aws.String("Podium: " + r.Role), VpcId: aws.String(r.IDs["vpc"]),
		TagSpecifications: d.ec2Tags(types.ResourceTypeSecurityGroup, r.Scope, r.Role),
	})
	if err == nil {
		return converge.Found{ID: aws.ToString(out.GroupId)}, nil
	}
	if converge.Classify(err) != converge.Exists {
		return converge.Found{}, err
	}
	groups, findErr := d.securityGroups(ctx, []types.Filter{filter("group-name", name), filter("vpc-id", r.IDs["vpc"])})
	if findErr != nil {
		return converge.Found{}, findErr
	}
	if len(groups) != 1 { // the network is the cluster's alone, so it is ours
		return converge.Found{}, errors.Join(converge.ErrNotYet, err)
	}
	return converge.Found{ID: aws.ToString(groups[0].GroupId)}, nil
}

func (d *Driver) settleGroup(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	s, err := settings[plan.GroupSettings](r)
	if err != nil {
		return false, err
	}
	for _, rule := range s.Rules { // one by one: a call with one rule that exists adds none of the others
		p := types.IpPermission{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(int32(rule.Port)), ToPort: aws.Int32(int32(rule.Port)),
		}
		switch rule.Group {
		case "":
			p.IpRanges = []types.IpRange{{CidrIp: aws.String(rule.Range)}}
		case plan.Self:
			p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: aws.String(f.ID)}}
		default:
			p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: aws.String(r.IDs[rule.Group])}}
		}
		_, err := d.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: aws.String(f.ID), IpPermissions: []types.IpPermission{p},
		})
		if err != nil && converge.Classify(err) != converge.Exists {
			return false, err
		}
	}
	return false, nil
}

// removeGroup takes its rules away first, as groups may name each other in a circle.
func (d *Driver) removeGroup(ctx context.Context, _ converge.Scope, f converge.Found) error {
	groups, err := d.securityGroups(ctx, []types.Filter{filter("group-id", f.ID)})
	if err != nil {
		return err
	}
	for _, g := range groups {
		if len(g.IpPermissions) == 0 {
			continue
		}
		_, err := d.ec2.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
			GroupId: g.GroupId, IpPermissions: g.IpPermissions,
		})
		if absent(err) != nil {
			return err
		}
	}
	_, err = d.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: aws.String(f.ID)})
	if err != nil && converge.Classify(err) == converge.Busy {
		return d.held(ctx, f.ID, err)
	}
	return err
}

// held says who keeps a group from being removed: network interfaces that AWS takes minutes to give back.
func (d *Driver) held(ctx context.Context, group string, cause error) error {
	out, err := d.ec2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{
		Filters: []types.Filter{filter("group-id", group)},
	})
	if err != nil || len(out.NetworkInterfaces) == 0 {
		return cause
	}
	var who []string
	for _, n := range out.NetworkInterfaces {
		who = append(who, aws.ToString(n.NetworkInterfaceId)+" of "+cmp.Or(aws.ToString(n.Description), string(n.InterfaceType)))
	}
	return &smithy.GenericAPIError{Code: "DependencyViolation", Message: "network interfaces " + strings.Join(who, ", ")}
}
