package edge

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

const zonePrefix = "/hostedzone/"

// findZones lists the private zones of the cluster's name: nobody else has it.
func (d *Driver) findZones(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	name := d.Host(s.Cluster) + "."
	out, err := d.zones.ListHostedZonesByName(ctx, &route53.ListHostedZonesByNameInput{DNSName: aws.String(name)})
	if err != nil {
		return nil, err
	}
	var all []converge.Found
	for _, z := range out.HostedZones { // it begins with the name and goes on behind it
		if aws.ToString(z.Name) == name && z.Config != nil && z.Config.PrivateZone {
			all = append(all, converge.Found{ID: strings.TrimPrefix(aws.ToString(z.Id), zonePrefix), Role: plan.PrivateZone})
		}
	}
	return all, nil
}

// createZone takes the one that the same token has made.
func (d *Driver) createZone(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.ZoneSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	out, err := d.zones.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{
		Name: aws.String(s.Host), CallerReference: aws.String(r.Token), VPC: d.vpc(r.IDs["vpc"], d.AWS.Region),
		HostedZoneConfig: &types.HostedZoneConfig{PrivateZone: true, Comment: aws.String("Podium: " + r.Cluster)},
	})
	if err == nil {
		return converge.Found{ID: strings.TrimPrefix(aws.ToString(out.HostedZone.Id), zonePrefix)}, nil
	}
	if converge.Classify(err) == converge.Exists {
		if all, findErr := d.findZones(ctx, r.Scope, nil); findErr == nil && len(all) > 0 {
			return all[0], nil
		}
		err = errors.Join(converge.ErrNotYet, err)
	}
	return converge.Found{}, err
}

func (d *Driver) vpc(id, region string) *types.VPC {
	return &types.VPC{VPCId: aws.String(id), VPCRegion: types.VPCRegion(region)}
}

// settleZone points the cluster's name at the private load balancer, and a name for each zone at its address there.
func (d *Driver) settleZone(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	s, err := settings[plan.ZoneSettings](r)
	if err != nil {
		return false, err
	}
	_, err = d.zones.ChangeTagsForResource(ctx, &route53.ChangeTagsForResourceInput{
		ResourceType: types.TagResourceTypeHostedzone, ResourceId: aws.String(f.ID),
		AddTags: tagged(d.tags(r.Scope, r.Role), func(k, v string) types.Tag { return types.Tag{Key: aws.String(k), Value: aws.String(v)} }),
	})
	if err != nil {
		return false, err
	}
	out, err := d.elb.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{LoadBalancerArns: []string{r.IDs["balancer"]}})
	if err != nil {
		return false, err
	}
	if len(out.LoadBalancers) != 1 {
		return false, converge.ErrNotYet
	}
	b := out.LoadBalancers[0]
	records := []types.ResourceRecordSet{{
		Name: aws.String(s.Host), Type: types.RRTypeA, AliasTarget: &types.AliasTarget{
			DNSName: b.DNSName, HostedZoneId: b.CanonicalHostedZoneId, EvaluateTargetHealth: true,
		},
	}}
	for _, host := range slices.Sorted(maps.Keys(s.Hosts)) {
		records = append(records, types.ResourceRecordSet{
			Name: aws.String(host), Type: types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: aws.String(s.Hosts[host])}},
		})
	}
	return false, changeIn(ctx, d.zones, f.ID, types.ChangeActionUpsert, records)
}

// removeZone empties the zone first: AWS removes no other. Networks are no longer associated with what is gone.
func (d *Driver) removeZone(ctx context.Context, _ converge.Scope, f converge.Found) error {
	var records []types.ResourceRecordSet
	pages := route53.NewListResourceRecordSetsPaginator(d.zones, &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(f.ID)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, r := range page.ResourceRecordSets {
			if r.Type != types.RRTypeNs && r.Type != types.RRTypeSoa { // which the zone itself consists of
				records = append(records, r)
			}
		}
	}
	if len(records) > 0 {
		if err := changeIn(ctx, d.zones, f.ID, types.ChangeActionDelete, records); err != nil {
			return err
		}
	}
	_, err := d.zones.DeleteHostedZone(ctx, &route53.DeleteHostedZoneInput{Id: aws.String(f.ID)})
	return err
}

// Knows reports whether names of a private zone are known in a network.
func (d *Driver) Knows(ctx context.Context, zone, network string) (bool, error) {
	out, err := d.zones.GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: aws.String(zone)})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(out.VPCs, func(v types.VPC) bool { return aws.ToString(v.VPCId) == network }), nil
}

// Introduce lets the owner of a network make the zone's names known in it. It may be repeated.
func (d *Driver) Introduce(ctx context.Context, zone, network, region string) error {
	_, err := d.zones.CreateVPCAssociationAuthorization(ctx, &route53.CreateVPCAssociationAuthorizationInput{
		HostedZoneId: aws.String(zone), VPC: d.vpc(network, region),
	})
	return err
}

// EndIntroduction takes back what Introduce let the owner do. What has been done stays.
func (d *Driver) EndIntroduction(ctx context.Context, zone, network, region string) error {
	_, err := d.zones.DeleteVPCAssociationAuthorization(ctx, &route53.DeleteVPCAssociationAuthorizationInput{
		HostedZoneId: aws.String(zone), VPC: d.vpc(network, region),
	})
	return absent(err)
}

// Conceal makes the zone's names unknown in a network.
func (d *Driver) Conceal(ctx context.Context, zone, network, region string) error {
	knows, err := d.Knows(ctx, zone, network)
	if err != nil || !knows {
		return absent(err)
	}
	_, err = d.zones.DisassociateVPCFromHostedZone(ctx, &route53.DisassociateVPCFromHostedZoneInput{
		HostedZoneId: aws.String(zone), VPC: d.vpc(network, region),
	})
	return absent(err)
}
