package edge

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
)

// Quota is how much of something an account may have in a region.
type Quota struct {
	ID            string
	Name          string // for people, in the plural
	Service, Code string // as Service Quotas calls it
	Default       int    // of a new account
}

// Quotas are those that a cluster comes up against, by what is counted.
func Quotas() []Quota {
	return []Quota{
		{"vpc", "VPCs", "vpc", "L-F678F1CE", 5},
		{"gateway", "internet gateways", "vpc", "L-A4707A72", 5},
		{"address", "elastic IP addresses", "ec2", "L-0263D0A3", 5},
		{"balancer", "network load balancers", "elasticloadbalancing", "L-69A177A2", 50},
		{"database", "RDS databases", "rds", "L-7B6409FD", 40},
		{"cache", "ElastiCache nodes", "elasticache", "L-DFE45DF3", 300},
		{"vcpu", "Fargate vCPUs", "fargate", "L-3032A538", 6},
	}
}

// Limit asks for a quota. known is false when AWS does not tell, and most what a new account has.
func (d *Driver) Limit(ctx context.Context, q Quota) (most int, known bool, err error) {
	out, err := d.quotas.GetServiceQuota(ctx, &servicequotas.GetServiceQuotaInput{ServiceCode: aws.String(q.Service), QuotaCode: aws.String(q.Code)})
	if err == nil && out.Quota != nil && out.Quota.Value != nil {
		return int(*out.Quota.Value), true, nil
	}
	switch c := converge.Classify(err); {
	case err == nil || c == converge.Missing || c == converge.Access:
		return q.Default, false, nil
	}
	return 0, false, err
}

// Used counts what the account has in the region, by id of [Quotas].
func (d *Driver) Used(ctx context.Context) (map[string]int, error) {
	used := map[string]int{}
	for id, count := range map[string]func(context.Context) (int, error){
		"vpc": d.countVPCs, "gateway": d.countGateways, "address": d.countAddresses, "balancer": d.countBalancers,
		"database": d.countDatabases, "cache": d.countCaches, "vcpu": d.countCPUs,
	} {
		n, err := count(ctx)
		if err != nil {
			return nil, err
		}
		used[id] = n
	}
	return used, nil
}

func (d *Driver) countVPCs(ctx context.Context) (n int, err error) {
	pages := ec2.NewDescribeVpcsPaginator(d.ec2, &ec2.DescribeVpcsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		n += len(page.Vpcs)
	}
	return n, nil
}

func (d *Driver) countGateways(ctx context.Context) (n int, err error) {
	pages := ec2.NewDescribeInternetGatewaysPaginator(d.ec2, &ec2.DescribeInternetGatewaysInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		n += len(page.InternetGateways)
	}
	return n, nil
}

func (d *Driver) countAddresses(ctx context.Context) (int, error) {
	out, err := d.ec2.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{
		Filters: []types.Filter{{Name: aws.String("domain"), Values: []string{"vpc"}}},
	})
	if err != nil {
		return 0, err
	}
	return len(out.Addresses), nil
}

func (d *Driver) countBalancers(ctx context.Context) (n int, err error) {
	pages := elb.NewDescribeLoadBalancersPaginator(d.elb, &elb.DescribeLoadBalancersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		for _, b := range page.LoadBalancers {
			if b.Type == elbtypes.LoadBalancerTypeEnumNetwork {
				n++
			}
		}
	}
	return n, nil
}

func (d *Driver) countDatabases(ctx context.Context) (n int, err error) {
	pages := rds.NewDescribeDBInstancesPaginator(d.rds, &rds.DescribeDBInstancesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		n += len(page.DBInstances)
	}
	return n, nil
}

func (d *Driver) countCaches(ctx context.Context) (n int, err error) {
	pages := elasticache.NewDescribeReplicationGroupsPaginator(d.cache, &elasticache.DescribeReplicationGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		for _, g := range page.ReplicationGroups {
			n += len(g.MemberClusters)
		}
	}
	return n, nil
}

// countCPUs adds up what containers on Fargate have that run, rounded up.
func (d *Driver) countCPUs(ctx context.Context) (int, error) {
	shares := 0
	clusters := ecs.NewListClustersPaginator(d.ecs, &ecs.ListClustersInput{})
	for clusters.HasMorePages() {
		page, err := clusters.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		for _, cluster := range page.ClusterArns {
			n, err := d.sharesOf(ctx, cluster)
			if absent(err) != nil {
				return 0, err
			}
			shares += n
		}
	}
	return (shares + 1023) / 1024, nil
}

func (d *Driver) sharesOf(ctx context.Context, cluster string) (shares int, err error) {
	const most = 100 // in one call
	var ids []string
	tasks := ecs.NewListTasksPaginator(d.ecs, &ecs.ListTasksInput{Cluster: aws.String(cluster), LaunchType: ecstypes.LaunchTypeFargate})
	for tasks.HasMorePages() {
		page, err := tasks.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		ids = append(ids, page.TaskArns...)
	}
	for some := range slices.Chunk(ids, most) {
		out, err := d.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(cluster), Tasks: some})
		if err != nil {
			return 0, err
		}
		for _, t := range out.Tasks {
			n, _ := strconv.Atoi(aws.ToString(t.Cpu)) // of one that does not tell, nothing
			shares += n
		}
	}
	return shares, nil
}
