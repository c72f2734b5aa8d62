package edge

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

const (
	healthPath = "/healthz"
	tlsPolicy  = "ELBSecurityPolicy-TLS13-1-2-2021-06"
)

// targetRoles are the groups of targets, each behind one listener.
var targetRoles = []string{"target-api", "target-grpc", "peered-api", "peered-grpc"}

// balancers are the load balancers, by role, with the roles of their listeners by port.
var balancers = map[string]map[int32]string{
	"balancer": {plan.HTTPS: "listener-api", plan.NodeGRPC: "listener-grpc"},
	"peered":   {plan.HTTPS: "peered-https", plan.NodeGRPC: "peered-h2"},
}

func (d *Driver) elbTags(r converge.Request) []types.Tag {
	return tagged(d.tags(r.Scope, r.Role), func(k, v string) types.Tag { return types.Tag{Key: aws.String(k), Value: aws.String(v)} })
}

func (d *Driver) findBalancers(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	var all []converge.Found
	for role := range balancers { // one by one: AWS refuses the whole call when one does not exist
		out, err := d.elb.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{Names: []string{plan.Name(s.Cluster, role)}})
		if absent(err) != nil {
			return nil, err
		}
		if err != nil {
			continue
		}
		for _, b := range out.LoadBalancers {
			f := foundBalancer(&b)
			f.Role = role
			all = append(all, f)
		}
	}
	return all, nil
}

func foundBalancer(b *types.LoadBalancer) converge.Found {
	f := converge.Found{ID: aws.ToString(b.LoadBalancerArn)}
	if b.State == nil {
		return f
	}
	switch b.State.Code {
	case types.LoadBalancerStateEnumProvisioning:
		f.State = converge.Working
	case types.LoadBalancerStateEnumFailed:
		f.State, f.Detail = converge.Broken, aws.ToString(b.State.Reason)
	}
	return f
}

func (d *Driver) createBalancer(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.BalancerSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	in := &elb.CreateLoadBalancerInput{
		Name: aws.String(plan.Name(r.Cluster, r.Role)), Type: types.LoadBalancerTypeEnumNetwork,
		SecurityGroups: []string{r.IDs["group"]}, Tags: d.elbTags(r),
	}
	if len(s.Addresses) == 0 {
		in.Scheme, in.Subnets = types.LoadBalancerSchemeEnumInternetFacing, by(r, "subnet-")
	} else {
		in.Scheme = types.LoadBalancerSchemeEnumInternal
		for _, use := range slices.Sorted(maps.Keys(s.Addresses)) {
			in.SubnetMappings = append(in.SubnetMappings, types.SubnetMapping{
				SubnetId: aws.String(r.IDs[use]), PrivateIPv4Address: aws.String(s.Addresses[use]),
			})
		}
	}
	out, err := d.elb.CreateLoadBalancer(ctx, in)
	if err != nil {
		return converge.Found{}, err
	}
	if len(out.LoadBalancers) != 1 {
		return converge.Found{}, converge.ErrNotYet
	}
	return foundBalancer(&out.LoadBalancers[0]), nil
}

// settleBalancer lets every zone reach the nodes of all zones from the internet, as a zone may have none. From a connected network
// each zone reaches its own nodes; AWS leads those who ask for the name there, and to other zones while it has none that is healthy.
func (d *Driver) settleBalancer(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	s, err := settings[plan.BalancerSettings](r)
	if err != nil {
		return false, err
	}
	set := map[string]string{"load_balancing.cross_zone.enabled": "true"}
	if len(s.Addresses) > 0 {
		set = map[string]string{
			"load_balancing.cross_zone.enabled": "false", "dns_record.client_routing_policy": "availability_zone_affinity",
		}
	}
	in := &elb.ModifyLoadBalancerAttributesInput{LoadBalancerArn: aws.String(f.ID)}
	for _, key := range slices.Sorted(maps.Keys(set)) {
		in.Attributes = append(in.Attributes, types.LoadBalancerAttribute{Key: aws.String(key), Value: aws.String(set[key])})
	}
	_, err = d.elb.ModifyLoadBalancerAttributes(ctx, in)
	return false, err
}

func (d *Driver) removeBalancer(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.elb.DeleteLoadBalancer(ctx, &elb.DeleteLoadBalancerInput{LoadBalancerArn: aws.String(f.ID)})
	return err
}

// findTargets asks name by name: AWS refuses the whole call when one does not exist.
func (d *Driver) findTargets(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	var all []converge.Found
	for _, role := range targetRoles {
		out, err := d.elb.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{Names: []string{plan.Name(s.Cluster, role)}})
		if absent(err) != nil {
			return nil, err
		}
		if err != nil {
			continue
		}
		for _, g := range out.TargetGroups {
			all = append(all, converge.Found{ID: aws.ToString(g.TargetGroupArn), Role: role})
		}
	}
	return all, nil
}

func (d *Driver) createTarget(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.TargetSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	out, err := d.elb.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{
		Name: aws.String(plan.Name(r.Cluster, r.Role)), VpcId: aws.String(r.IDs["vpc"]), TargetType: types.TargetTypeEnumIp,
		Protocol: types.ProtocolEnumTcp, Port: aws.Int32(int32(s.Port)),
		HealthCheckProtocol: types.ProtocolEnumHttp, HealthCheckPort: aws.String(strconv.Itoa(s.HealthPort)), HealthCheckPath: aws.String(healthPath),
		HealthCheckIntervalSeconds: aws.Int32(10), HealthyThresholdCount: aws.Int32(2), UnhealthyThresholdCount: aws.Int32(2),
		Tags: d.elbTags(r),
	})
	if err != nil {
		return converge.Found{}, err
	}
	if len(out.TargetGroups) != 1 {
		return converge.Found{}, converge.ErrNotYet
	}
	return converge.Found{ID: aws.ToString(out.TargetGroups[0].TargetGroupArn)}, nil
}

// settleTarget lets long polls end before a node leaves.
func (d *Driver) settleTarget(ctx context.Context, _ converge.Request, f converge.Found) (bool, error) {
	_, err := d.elb.ModifyTargetGroupAttributes(ctx, &elb.ModifyTargetGroupAttributesInput{
		TargetGroupArn: aws.String(f.ID), Attributes: []types.TargetGroupAttribute{
			{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("60")},
		},
	})
	return false, err
}

func (d *Driver) removeTarget(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.elb.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: aws.String(f.ID)})
	return err
}

func (d *Driver) findListeners(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	found, err := d.findBalancers(ctx, s, nil)
	if err != nil {
		return nil, err
	}
	var all []converge.Found
	for _, b := range found {
		out, err := d.elb.DescribeListeners(ctx, &elb.DescribeListenersInput{LoadBalancerArn: aws.String(b.ID)})
		if absent(err) != nil {
			return nil, err
		}
		if err != nil {
			continue
		}
		for _, l := range out.Listeners {
			all = append(all, converge.Found{ID: aws.ToString(l.ListenerArn), Role: balancers[b.Role][aws.ToInt32(l.Port)]})
		}
	}
	return all, nil
}

func (d *Driver) createListener(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.ListenerSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	in := &elb.CreateListenerInput{
		LoadBalancerArn: aws.String(r.IDs["balancer"]), Port: aws.Int32(int32(s.Port)), Protocol: types.ProtocolEnumTls,
		SslPolicy: aws.String(tlsPolicy), Certificates: certificates(r), DefaultActions: forward(r), Tags: d.elbTags(r),
	}
	if s.Port == plan.NodeGRPC {
		in.AlpnPolicy = []string{"HTTP2Only"}
	}
	out, err := d.elb.CreateListener(ctx, in)
	if err != nil {
		return converge.Found{}, err
	}
	if len(out.Listeners) != 1 {
		return converge.Found{}, converge.ErrNotYet
	}
	return converge.Found{ID: aws.ToString(out.Listeners[0].ListenerArn)}, nil
}

func certificates(r converge.Request) []types.Certificate {
	return []types.Certificate{{CertificateArn: aws.String(r.IDs["certificate"])}}
}

func forward(r converge.Request) []types.Action {
	return []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: aws.String(r.IDs["target"])}}
}

func (d *Driver) settleListener(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	_, err := d.elb.ModifyListener(ctx, &elb.ModifyListenerInput{
		ListenerArn: aws.String(f.ID), Certificates: certificates(r), DefaultActions: forward(r),
	})
	return false, err
}

func (d *Driver) removeListener(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.elb.DeleteListener(ctx, &elb.DeleteListenerInput{ListenerArn: aws.String(f.ID)})
	return err
}
