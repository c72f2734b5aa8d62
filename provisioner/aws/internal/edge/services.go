package edge

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

func (d *Driver) findServices(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	services, err := d.services(ctx, s)
	if err != nil {
		return nil, absent(err)
	}
	var all []converge.Found
	for _, v := range services {
		f := converge.Found{ID: aws.ToString(v.ServiceName), Role: role(s, aws.ToString(v.ServiceName))}
		switch aws.ToString(v.Status) {
		case inactive:
			continue
		case draining:
			f.State = converge.Leaving
		}
		all = append(all, f)
	}
	return all, nil
}

func (d *Driver) services(ctx context.Context, s converge.Scope) ([]types.Service, error) {
	cluster := aws.String(plan.Name(s.Cluster, nodesRole))
	var arns []string
	pages := ecs.NewListServicesPaginator(d.ecs, &ecs.ListServicesInput{Cluster: cluster})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		arns = append(arns, page.ServiceArns...)
	}
	var all []types.Service
	for some := range slices.Chunk(arns, describable) {
		out, err := d.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: cluster, Services: some})
		if err != nil {
			return nil, err
		}
		all = append(all, out.Services...)
	}
	return all, nil
}

func (d *Driver) createService(ctx context.Context, r converge.Request) (converge.Found, error) {
	name := plan.Name(r.Cluster, r.Role)
	_, err := d.ecs.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: aws.String(r.IDs["nodes"]), ServiceName: aws.String(name), TaskDefinition: aws.String(r.IDs["task"]),
		ClientToken: aws.String(r.Token), DesiredCount: aws.Int32(1), LaunchType: types.LaunchTypeFargate,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets: []string{r.IDs["subnet"]}, SecurityGroups: []string{r.IDs["group"]}, AssignPublicIp: types.AssignPublicIpDisabled,
		}},
		LoadBalancers: []types.LoadBalancer{
			{ContainerName: aws.String(container), ContainerPort: aws.Int32(plan.NodeAPI), TargetGroupArn: aws.String(r.IDs["api"])},
			{ContainerName: aws.String(container), ContainerPort: aws.Int32(plan.NodeGRPC), TargetGroupArn: aws.String(r.IDs["grpc"])},
			{ContainerName: aws.String(container), ContainerPort: aws.Int32(plan.NodeAPI), TargetGroupArn: aws.String(r.IDs["peered-api"])},
			{ContainerName: aws.String(container), ContainerPort: aws.Int32(plan.NodeGRPC), TargetGroupArn: aws.String(r.IDs["peered-grpc"])},
		},
		HealthCheckGracePeriodSeconds: aws.Int32(graceOfNode),
		// The new one is there before the old one leaves.
		DeploymentConfiguration: &types.DeploymentConfiguration{
			MinimumHealthyPercent: aws.Int32(100), MaximumPercent: aws.Int32(200),
			DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true, Rollback: false},
		},
		EnableECSManagedTags: true, PropagateTags: types.PropagateTagsService, Tags: d.ecsTags(r.Scope, r.Role),
	})
	if err != nil {
		return converge.Found{}, err
	}
	return converge.Found{ID: name}, nil
}

// settleService starts the node anew with the latest definition and, as secrets are read at the start, the latest token.
func (d *Driver) settleService(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	if r.New {
		return false, nil
	}
	_, err := d.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{
		Cluster: aws.String(r.IDs["nodes"]), Service: aws.String(f.ID), TaskDefinition: aws.String(r.IDs["task"]),
		DesiredCount: aws.Int32(1), ForceNewDeployment: true,
	})
	return false, err
}

func (d *Driver) removeService(ctx context.Context, s converge.Scope, f converge.Found) error {
	_, err := d.ecs.DeleteService(ctx, &ecs.DeleteServiceInput{
		Cluster: aws.String(plan.Name(s.Cluster, nodesRole)), Service: aws.String(f.ID), Force: aws.Bool(true),
	})
	return err
}

// ErrNoNode is the error of a node that does not run.
var ErrNoNode = errors.New("the node does not run")

// NodeRuns returns nil when the node's container runs and is the latest one that was asked for, else what is wrong.
func (d *Driver) NodeRuns(ctx context.Context, s converge.Scope, index int) error {
	name := plan.Name(s.Cluster, fmt.Sprintf("service-%d", index))
	out, err := d.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{
		Cluster: aws.String(plan.Name(s.Cluster, nodesRole)), Services: []string{name},
	})
	if err != nil {
		if absent(err) == nil {
			return ErrNoNode
		}
		return err
	}
	for _, v := range out.Services {
		if aws.ToString(v.Status) == "ACTIVE" {
			return deployed(v)
		}
	}
	return ErrNoNode
}

func deployed(v types.Service) error {
	for _, d := range v.Deployments {
		if aws.ToString(d.Status) != "PRIMARY" {
			continue
		}
		if d.RolloutState == types.DeploymentRolloutStateFailed {
			return fmt.Errorf("the node does not start: %s", aws.ToString(d.RolloutStateReason))
		}
		if d.RunningCount < 1 || d.RunningCount < d.DesiredCount {
			return fmt.Errorf("the node is starting%s", lastEvent(v))
		}
		return nil
	}
	return ErrNoNode
}

// lastEvent is what AWS last said of the service, such as why an image cannot be fetched.
func lastEvent(v types.Service) string {
	if len(v.Events) == 0 {
		return ""
	}
	return ": " + aws.ToString(v.Events[0].Message)
}
