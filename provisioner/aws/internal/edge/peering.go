package edge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// Connection is a VPC peering connection as AWS shows it.
type Connection struct {
	ID      string
	Role    string // of the cluster's resource; empty for another's
	State   types.VpcPeeringConnectionStateReasonCode
	Message string // AWS's words for the state
	Account string // of the other side
	Network string // VPC of the other side
	Expires time.Time
	Names   bool // our side lets names resolve to private addresses
}

// Over reports whether the connection will never lead anywhere. AWS shows such ones for hours, and nobody can remove them.
func (c Connection) Over() bool {
	switch c.State {
	case types.VpcPeeringConnectionStateReasonCodeDeleted, types.VpcPeeringConnectionStateReasonCodeRejected,
		types.VpcPeeringConnectionStateReasonCodeExpired, types.VpcPeeringConnectionStateReasonCodeFailed:
		return true
	}
	return false
}

// Connections lists those of the cluster, and those of ids, whatever has become of them.
func (d *Driver) Connections(ctx context.Context, s converge.Scope, ids []string) ([]Connection, error) {
	var all []Connection
	add := func(f types.Filter) error {
		pages := ec2.NewDescribeVpcPeeringConnectionsPaginator(d.ec2, &ec2.DescribeVpcPeeringConnectionsInput{Filters: []types.Filter{f}})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, v := range page.VpcPeeringConnections {
				c := connection(&v)
				named := slices.Contains(ids, c.ID)
				known := slices.ContainsFunc(all, func(other Connection) bool { return other.ID == c.ID })
				if !known && (named || ec2Tag(v.Tags, plan.TagCluster) == s.Cluster) {
					all = append(all, c)
				}
			}
		}
		return nil
	}
	if err := add(filter("tag:"+plan.TagCluster, s.Cluster)); err != nil {
		return nil, err
	}
	rest := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return slices.ContainsFunc(all, func(c Connection) bool { return c.ID == id })
	})
	if len(rest) > 0 {
		if err := add(filter("vpc-peering-connection-id", rest...)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func ec2Tag(tags []types.Tag, key string) string {
	for _, t := range tags {
		if aws.ToString(t.Key) == key {
			return aws.ToString(t.Value)
		}
	}
	return ""
}

func connection(v *types.VpcPeeringConnection) Connection {
	c := Connection{ID: aws.ToString(v.VpcPeeringConnectionId), Role: ec2Tag(v.Tags, plan.TagRole), Expires: aws.ToTime(v.ExpirationTime)}
	if v.Status != nil {
		c.State, c.Message = v.Status.Code, aws.ToString(v.Status.Message)
	}
	if their := v.AccepterVpcInfo; their != nil {
		c.Account, c.Network = aws.ToString(their.OwnerId), aws.ToString(their.VpcId)
	}
	if our := v.RequesterVpcInfo; our != nil && our.PeeringOptions != nil {
		c.Names = aws.ToBool(our.PeeringOptions.AllowDnsResolutionFromRemoteVpc)
	}
	return c
}

func (c Connection) found() converge.Found {
	f := converge.Found{ID: c.ID, Role: c.Role}
	if c.State == types.VpcPeeringConnectionStateReasonCodeDeleting {
		f.State = converge.Leaving
	}
	return f
}

// findPeerings: one that was refused, has expired or has failed is gone, though AWS still mentions it.
func (d *Driver) findPeerings(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	connections, err := d.Connections(ctx, s, ids)
	var all []converge.Found
	for _, c := range connections {
		if !c.Over() {
			all = append(all, c.found())
		}
	}
	return all, err
}

// createPeering asks the owner of the other network, which is the one that was declared and no other.
func (d *Driver) createPeering(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.PeeringSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	out, err := d.ec2.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{
		VpcId: aws.String(r.IDs["vpc"]), PeerVpcId: aws.String(s.Network), PeerOwnerId: aws.String(s.Account), PeerRegion: aws.String(s.Region),
		TagSpecifications: d.ec2Tags(types.ResourceTypeVpcPeeringConnection, r.Scope, r.Role),
	}, once)
	if err == nil {
		return connection(out.VpcPeeringConnection).found(), nil
	}
	if converge.Classify(err) != converge.Exists {
		return converge.Found{}, err
	}
	all, listErr := d.Connections(ctx, r.Scope, nil)
	if listErr != nil {
		return converge.Found{}, listErr
	}
	i := slices.IndexFunc(all, func(c Connection) bool { return c.Role == r.Role && c.Network == s.Network && !c.Over() })
	if i < 0 { // AWS knows one connection of two networks
		return converge.Found{}, provisioner.Permanent(fmt.Errorf("the network %s is connected with the cluster's already; disconnect that first: %w", s.Network, err))
	}
	return all[i].found(), nil
}

func (d *Driver) removePeering(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.ec2.DeleteVpcPeeringConnection(ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: aws.String(f.ID)})
	return err
}

// AllowNames lets the names of our network resolve to private addresses in the other one. AWS takes it of an active connection.
func (d *Driver) AllowNames(ctx context.Context, connection string) error {
	_, err := d.ec2.ModifyVpcPeeringConnectionOptions(ctx, &ec2.ModifyVpcPeeringConnectionOptionsInput{
		VpcPeeringConnectionId:            aws.String(connection),
		RequesterPeeringConnectionOptions: &types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: aws.Bool(true)},
	})
	return err
}

// Route is one of a table that leads to a connection.
type Route struct {
	Range      string
	Connection string
	Lost       bool // it leads nowhere: the connection is gone
}

// Routes lists the routes of a table that lead to connections.
func (d *Driver) Routes(ctx context.Context, table string) ([]Route, error) {
	tables, err := d.routeTables(ctx, []types.Filter{filter("route-table-id", table)})
	if err != nil {
		return nil, err
	}
	if len(tables) == 0 {
		return nil, &smithy.GenericAPIError{Code: "InvalidRouteTableID.NotFound", Message: "the route table " + table + " does not exist"}
	}
	var all []Route
	for _, t := range tables {
		for _, r := range t.Routes {
			if aws.ToString(r.VpcPeeringConnectionId) != "" {
				all = append(all, Route{
					aws.ToString(r.DestinationCidrBlock), aws.ToString(r.VpcPeeringConnectionId), r.State == types.RouteStateBlackhole,
				})
			}
		}
	}
	return all, nil
}

// SetRoute leads a range to a connection. A route that leads nowhere gives way; another is a [RangeTaken].
func (d *Driver) SetRoute(ctx context.Context, table, to, connection string) error {
	_, err := d.ec2.CreateRoute(ctx, &ec2.CreateRouteInput{
		RouteTableId: aws.String(table), DestinationCidrBlock: aws.String(to), VpcPeeringConnectionId: aws.String(connection),
	})
	if err == nil || converge.Classify(err) != converge.Exists {
		return err
	}
	routes, listErr := d.Routes(ctx, table)
	i := slices.IndexFunc(routes, func(r Route) bool { return r.Range == to })
	switch {
	case listErr != nil || i < 0:
		return cmp.Or(listErr, err)
	case routes[i].Connection == connection:
		return nil
	case !routes[i].Lost:
		return &RangeTaken{to, routes[i].Connection}
	}
	_, err = d.ec2.ReplaceRoute(ctx, &ec2.ReplaceRouteInput{
		RouteTableId: aws.String(table), DestinationCidrBlock: aws.String(to), VpcPeeringConnectionId: aws.String(connection),
	})
	return err
}

// DropRoute removes a route.
func (d *Driver) DropRoute(ctx context.Context, table, to string) error {
	_, err := d.ec2.DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: aws.String(table), DestinationCidrBlock: aws.String(to)})
	return absent(err)
}

// RangeTaken is the error for a range of addresses that another connection has.
type RangeTaken struct{ Range, By string }

func (e *RangeTaken) Error() string {
	return fmt.Sprintf("the range %s belongs to %s already; disconnect that first", e.Range, e.By)
}

// Opening is a rule of a group that lets a range in.
type Opening struct {
	Range string
	Port  int
	For   string // the mark of whom it was opened for
}

// Openings lists the rules of a group that are marked.
func (d *Driver) Openings(ctx context.Context, group string) ([]Opening, error) {
	groups, err := d.securityGroups(ctx, []types.Filter{filter("group-id", group)})
	if err != nil {
		return nil, err
	}
	var all []Opening
	for _, g := range groups {
		for _, p := range g.IpPermissions {
			for _, r := range p.IpRanges {
				if mark := aws.ToString(r.Description); mark != "" {
					all = append(all, Opening{aws.ToString(r.CidrIp), int(aws.ToInt32(p.FromPort)), mark})
				}
			}
		}
	}
	return all, nil
}

func (o Opening) permission() []types.IpPermission {
	return []types.IpPermission{{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(int32(o.Port)), ToPort: aws.Int32(int32(o.Port)),
		IpRanges: []types.IpRange{{CidrIp: aws.String(o.Range), Description: aws.String(o.For)}},
	}}
}

// Open adds a rule to a group. It may be repeated; one that is there for somebody else is a [RangeTaken].
func (d *Driver) Open(ctx context.Context, group string, o Opening) error {
	_, err := d.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: aws.String(group), IpPermissions: o.permission(),
	})
	if err == nil || converge.Classify(err) != converge.Exists {
		return err
	}
	there, listErr := d.Openings(ctx, group)
	if listErr != nil {
		return listErr
	}
	for _, other := range there {
		if other.Range == o.Range && other.Port == o.Port && other.For != o.For {
			return &RangeTaken{o.Range, other.For}
		}
	}
	return nil
}

// Close removes a rule from a group.
func (d *Driver) Close(ctx context.Context, group string, o Opening) error {
	_, err := d.ec2.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
		GroupId: aws.String(group), IpPermissions: o.permission(),
	})
	return absent(err)
}
