package edge

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

const (
	redisVersion     = "7.1"
	redisPort        = 6379
	cacheRole        = "cache"
	cacheSubnetsRole = "subnets-cache"
)

func (d *Driver) cacheTags(r converge.Request) []types.Tag {
	return tagged(d.tags(r.Scope, r.Role), func(k, v string) types.Tag { return types.Tag{Key: aws.String(k), Value: aws.String(v)} })
}

func (d *Driver) findCacheSubnets(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	name := plan.Name(s.Cluster, cacheSubnetsRole)
	_, err := d.cache.DescribeCacheSubnetGroups(ctx, &elasticache.DescribeCacheSubnetGroupsInput{CacheSubnetGroupName: aws.String(name)})
	if err != nil {
		return nil, absent(err)
	}
	return []converge.Found{{ID: name, Role: cacheSubnetsRole}}, nil
}

func (d *Driver) createCacheSubnets(ctx context.Context, r converge.Request) (converge.Found, error) {
	name := plan.Name(r.Cluster, r.Role)
	_, err := d.cache.CreateCacheSubnetGroup(ctx, &elasticache.CreateCacheSubnetGroupInput{
		CacheSubnetGroupName: aws.String(name), CacheSubnetGroupDescription: aws.String("Podium: " + r.Cluster),
		SubnetIds: by(r, "subnet-"), Tags: d.cacheTags(r),
	})
	if err != nil && converge.Classify(err) != converge.Exists { // the name is the cluster's alone
		return converge.Found{}, err
	}
	return converge.Found{ID: name}, nil
}

func (d *Driver) removeCacheSubnets(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.cache.DeleteCacheSubnetGroup(ctx, &elasticache.DeleteCacheSubnetGroupInput{CacheSubnetGroupName: aws.String(f.ID)})
	return err
}

func (d *Driver) replication(ctx context.Context, name string) (*types.ReplicationGroup, error) {
	out, err := d.cache.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String(name)})
	if err != nil {
		return nil, err
	}
	if len(out.ReplicationGroups) != 1 {
		return nil, converge.ErrNotYet
	}
	return &out.ReplicationGroups[0], nil
}

func (d *Driver) findCaches(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	g, err := d.replication(ctx, plan.Name(s.Cluster, cacheRole))
	if err != nil {
		return nil, absent(err)
	}
	return []converge.Found{foundCache(g)}, nil
}

func foundCache(g *types.ReplicationGroup) converge.Found {
	f := converge.Found{ID: aws.ToString(g.ReplicationGroupId), Role: cacheRole}
	switch state := aws.ToString(g.Status); state {
	case "available", "snapshotting":
	case "deleting":
		f.State = converge.Leaving
	case "create-failed":
		f.State, f.Detail = converge.Broken, state
	default:
		f.State, f.Detail = converge.Working, state
	}
	return f
}

func (d *Driver) createCache(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.CacheSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	login, err := d.secret(ctx, r.IDs["secret"])
	if err != nil {
		return converge.Found{}, err
	}
	name := plan.Name(r.Cluster, r.Role)
	several := aws.Bool(s.Nodes > 1)
	out, err := d.cache.CreateReplicationGroup(ctx, &elasticache.CreateReplicationGroupInput{
		ReplicationGroupId: aws.String(name), ReplicationGroupDescription: aws.String("Podium: " + r.Cluster),
		Engine: aws.String("redis"), EngineVersion: aws.String(redisVersion), CacheNodeType: aws.String(s.Type),
		NumNodeGroups: aws.Int32(1), ReplicasPerNodeGroup: aws.Int32(int32(s.Nodes - 1)), AutomaticFailoverEnabled: several, MultiAZEnabled: several,
		CacheSubnetGroupName: aws.String(r.IDs["subnets"]), SecurityGroupIds: []string{r.IDs["group"]}, Port: aws.Int32(redisPort),
		TransitEncryptionEnabled: aws.Bool(true), AuthToken: aws.String(login[secretPassword]),
		AtRestEncryptionEnabled: aws.Bool(true), KmsKeyId: aws.String(d.keyARN(r.IDs["key"])), Tags: d.cacheTags(r),
	})
	switch {
	case err == nil:
		return foundCache(out.ReplicationGroup), nil
	case converge.Classify(err) == converge.Exists: // the name is the cluster's alone
		return converge.Found{ID: name, State: converge.Working}, nil
	}
	return converge.Found{}, err
}

// settleCache writes down where the cache is, and changes it to the size that is asked for.
func (d *Driver) settleCache(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	s, err := settings[plan.CacheSettings](r)
	if err != nil {
		return false, err
	}
	g, err := d.replication(ctx, f.ID)
	if err != nil {
		return false, err
	}
	if len(g.NodeGroups) == 0 || g.NodeGroups[0].PrimaryEndpoint == nil {
		return false, converge.ErrNotYet
	}
	login, err := d.secret(ctx, r.IDs["secret"])
	if err != nil {
		return false, err
	}
	end := g.NodeGroups[0].PrimaryEndpoint
	at := url.URL{
		Scheme: "rediss", User: url.UserPassword("", login[secretPassword]), Path: "/0",
		Host: net.JoinHostPort(aws.ToString(end.Address), fmt.Sprint(aws.ToInt32(end.Port))),
	}
	if login[secretURL] != at.String() {
		login[secretURL] = at.String()
		if err := d.setSecret(ctx, r.IDs["secret"], login); err != nil {
			return false, err
		}
	}
	if aws.ToString(g.CacheNodeType) == s.Type {
		return d.settleReplicas(ctx, f.ID, len(g.MemberClusters), s.Nodes)
	}
	_, err = d.cache.ModifyReplicationGroup(ctx, &elasticache.ModifyReplicationGroupInput{
		ReplicationGroupId: aws.String(f.ID), CacheNodeType: aws.String(s.Type), ApplyImmediately: aws.Bool(true),
	})
	if err != nil {
		return false, err
	}
	return false, converge.ErrNotYet // the number of nodes follows
}

func (d *Driver) settleReplicas(ctx context.Context, id string, have, want int) (bool, error) {
	replicas := aws.Int32(int32(want - 1))
	switch {
	case have < want:
		_, err := d.cache.IncreaseReplicaCount(ctx, &elasticache.IncreaseReplicaCountInput{
			ReplicationGroupId: aws.String(id), NewReplicaCount: replicas, ApplyImmediately: aws.Bool(true),
		})
		return true, err
	case have > want:
		_, err := d.cache.DecreaseReplicaCount(ctx, &elasticache.DecreaseReplicaCountInput{
			ReplicationGroupId: aws.String(id), NewReplicaCount: replicas, ApplyImmediately: aws.Bool(true),
		})
		return true, err
	}
	return false, nil
}

func (d *Driver) removeCache(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.cache.DeleteReplicationGroup(ctx, &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: aws.String(f.ID)})
	return err
}
