package aws_test

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	dnstypes "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
	"github.com/podium-cloud/podium/provisioner/aws/mototest"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// quick is after which the emulator surely shows what it has made.
const quick = 200 * time.Millisecond

// theirRange is that of a customer's network.
var theirRange = netip.MustParsePrefix("10.20.0.0/16")

// street is a cluster, and a customer's network in another account of the same emulator.
type street struct {
	t        *testing.T
	ground   *ground
	direct   *aws.Cloud // whose calls arrive
	cloud    *aws.Cloud // whose calls may not
	config   sdk.Config // ours
	theirs   sdk.Config
	customer *ec2.Client
	table    string // route table of theirs
	peering  provisioner.Peering
}

// newStreet makes a cluster, up to its endpoint, and the network.
func newStreet(t *testing.T, moto *mototest.Server, id string) *street {
	t.Helper()
	s := &street{t: t, config: moto.Config(region), theirs: account(t, moto, 222222222222)}
	s.ground = newGround(t, s.config)
	s.direct = s.open(s.config)
	s.cloud = s.direct
	s.customer = ec2.NewFromConfig(s.theirs)
	spec := cloudtest.Spec(id)
	spec.Nodes = 2
	for _, p := range []provisioner.Part{provisioner.Network, provisioner.Endpoint} {
		patiently(t, "ensure "+string(p), func() error { return s.direct.Ensure(t.Context(), spec, p) })
	}
	s.peering = provisioner.Peering{ID: "peer_1", Cluster: spec, Peer: provisioner.Peer{
		Account: "222222222222", Network: s.network(theirRange), Region: region, Ranges: []netip.Prefix{theirRange}, Zones: []string{"euc1-az2"},
	}}
	tables, err := s.customer.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{
		Filters: []types.Filter{{Name: sdk.String("vpc-id"), Values: []string{s.peering.Peer.Network}}},
	})
	if err != nil || len(tables.RouteTables) == 0 {
		t.Fatalf("route tables: %v, %v", tables, err)
	}
	s.table = *tables.RouteTables[0].RouteTableId
	return s
}

// open is a control plane that has just started.
func (s *street) open(config sdk.Config) *aws.Cloud {
	s.t.Helper()
	g := s.ground.config
	g.AWS = config
	cloud, err := aws.New(s.t.Context(), g)
	if err != nil {
		s.t.Fatal(err)
	}
	cloud.SetVisible(quick)
	return cloud
}

// network makes one of the customer's.
func (s *street) network(r netip.Prefix) string {
	s.t.Helper()
	out, err := s.customer.CreateVpc(s.t.Context(), &ec2.CreateVpcInput{CidrBlock: sdk.String(r.String())})
	if err != nil {
		s.t.Fatal(err)
	}
	return *out.Vpc.VpcId
}

// step is one of a peering's operations, as the workflows take them.
type step struct {
	name string
	do   func(context.Context, *aws.Cloud, provisioner.Peering) error
}

func making() []step {
	return []step{
		{"request", func(ctx context.Context, c *aws.Cloud, q provisioner.Peering) error {
			_, err := c.EnsurePeering(ctx, q)
			return err
		}},
		{"wait", func(ctx context.Context, c *aws.Cloud, q provisioner.Peering) error {
			state, err := c.PeeringState(ctx, q)
			if err == nil && state != provisioner.PeeringActive {
				return &provisioner.Pending{After: time.Second, Reason: string(state)}
			}
			return err
		}},
		{"routes", func(ctx context.Context, c *aws.Cloud, q provisioner.Peering) error {
			return c.EnsurePeeringRoutes(ctx, q)
		}},
		{"rules", func(ctx context.Context, c *aws.Cloud, q provisioner.Peering) error {
			return c.EnsurePeeringRules(ctx, q)
		}},
		{"names", func(ctx context.Context, c *aws.Cloud, q provisioner.Peering) error {
			return c.EnsurePeeringNames(ctx, q)
		}},
		{"probe", func(ctx context.Context, c *aws.Cloud, q provisioner.Peering) error {
			probes, err := c.ProbePeering(ctx, q)
			if i := slices.IndexFunc(probes, func(p provisioner.Probe) bool { return p.Problem != "" }); err == nil && i >= 0 {
				return &provisioner.Pending{After: time.Second, Reason: probes[i].Problem}
			}
			return err
		}},
	}
}

func removing() []step {
	return []step{
		{"unname", func(ctx context.Context, c *aws.Cloud, q provisioner.Peering) error {
			return c.RemovePeeringNames(ctx, q)
		}},
		{"close", func(ctx context.Context, c *aws.Cloud, q provisioner.Peering) error {
			return c.RemovePeeringRules(ctx, q)
		}},
		{"unroute", func(ctx context.Context, c *aws.Cloud, q provisioner.Peering) error {
			return c.RemovePeeringRoutes(ctx, q)
		}},
		{"disconnect", func(ctx context.Context, c *aws.Cloud, q provisioner.Peering) error { return c.RemovePeering(ctx, q) }},
	}
}

func (s *street) take(steps ...step) {
	s.t.Helper()
	for _, one := range steps {
		patiently(s.t, one.name, func() error { return one.do(s.t.Context(), s.cloud, s.peering) })
	}
}

// accept does what the customer is told.
func (s *street) accept() {
	s.t.Helper()
	ctx := s.t.Context()
	invitation, err := s.direct.EnsurePeering(ctx, s.peering)
	if err != nil {
		s.t.Fatal(err)
	}
	zone := hostedZone.FindStringSubmatch(invitation.Ways[1].Code)[1]
	_, err = s.customer.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: &invitation.Connection})
	if err == nil {
		_, err = route53.NewFromConfig(s.theirs).AssociateVPCWithHostedZone(ctx, &route53.AssociateVPCWithHostedZoneInput{
			HostedZoneId: &zone, VPC: &dnstypes.VPC{VPCId: &s.peering.Peer.Network, VPCRegion: region},
		})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

var hostedZone = regexp.MustCompile(`--hosted-zone-id (\S+)`)

// call writes into the flow logs what AWS does when a worker calls in a zone, and is answered or not.
func (s *street) call(zone int, from string, says string) {
	s.t.Helper()
	size, _ := plan.SizeOf("dev")
	p := plan.Cluster{ID: s.peering.Cluster.ID, Range: s.info().Range.String(), Zones: []string{"euc1-az1", "euc1-az2", "euc1-az3"}, Size: size}
	at := p.PeeredAddress(zone).String()
	line := func(from, to, ports, rest string) logtypes.InputLogEvent {
		return logtypes.InputLogEvent{Timestamp: sdk.Int64(time.Now().UnixMilli()), Message: sdk.String(fmt.Sprintf(
			"2 123456789012 eni-0a1b2c3d %s %s %s 6 %s 1700000000 1700000060 %s OK", from, to, ports, rest, map[bool]string{true: "REJECT", false: "ACCEPT"}[says == "turned away"]))}
	}
	events := map[string][]logtypes.InputLogEvent{
		"answered":    {line(from, at, "40001 443", "12 1900"), line(at, from, "443 40001", "11 5200")},
		"unheard":     {line(from, at, "40001 443", "5 300"), line(at, from, "443 40001", "5 300")},
		"turned away": {line(from, at, "40001 443", "3 180")},
	}[says]
	logs := cloudwatchlogs.NewFromConfig(s.config)
	group, stream := sdk.String("/podium/"+plan.Prefix(s.peering.Cluster.ID)), sdk.String(fmt.Sprintf("eni-0a1b2c3d-%d-all", time.Now().UnixNano()))
	if _, err := logs.CreateLogStream(s.t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: stream}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := logs.PutLogEvents(s.t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: stream, LogEvents: events}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *street) info() provisioner.NetworkInfo {
	s.t.Helper()
	info, err := s.direct.Network(s.t.Context(), s.peering.Cluster)
	if err != nil {
		s.t.Fatal(err)
	}
	return info
}

// there lists what exists of peerings, in AWS's own words, whatever is remembered.
func (s *street) there() []string {
	s.t.Helper()
	ours, ctx := ec2.NewFromConfig(s.config), s.t.Context()
	var all []string
	connections, err := ours.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range connections.VpcPeeringConnections {
		if c.Status.Code == "active" || c.Status.Code == "pending-acceptance" {
			all = append(all, "connection")
		}
	}
	tables, err := ours.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, table := range tables.RouteTables {
		for _, r := range table.Routes {
			if r.VpcPeeringConnectionId != nil {
				all = append(all, "route to "+*r.DestinationCidrBlock)
			}
		}
	}
	groups, err := ours.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, g := range groups.SecurityGroups {
		for _, p := range g.IpPermissions {
			for _, r := range p.IpRanges {
				if *r.CidrIp == theirRange.String() {
					all = append(all, fmt.Sprintf("rule for port %d", *p.FromPort))
				}
			}
		}
	}
	flows, err := ours.DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{})
	if err != nil {
		s.t.Fatal(err)
	}
	for range flows.FlowLogs {
		all = append(all, "flow log")
	}
	if s.named() {
		all = append(all, "names")
	}
	slices.Sort(all)
	return all
}

// named reports whether the customer's network knows the cluster's names.
func (s *street) named() bool {
	s.t.Helper()
	out, err := route53.NewFromConfig(s.config).ListHostedZonesByVPC(s.t.Context(), &route53.ListHostedZonesByVPCInput{
		VPCId: sdk.String(s.peering.Peer.Network), VPCRegion: region,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return len(out.HostedZoneSummaries) > 0
}
