package edge

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

const (
	nodesRole   = "nodes"
	inactive    = "INACTIVE"
	draining    = "DRAINING"
	container   = "dataplane"
	graceOfNode = 180 // seconds in which a new node need not be healthy
	describable = 10  // services in one call
	// payloadPrefix begins the names of large payloads in the bucket.
	payloadPrefix = "payloads"
)

func (d *Driver) ecsTags(s converge.Scope, role string) []types.Tag {
	return tagged(d.tags(s, role), func(k, v string) types.Tag { return types.Tag{Key: aws.String(k), Value: aws.String(v)} })
}

func (d *Driver) findNodes(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	out, err := d.ecs.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{plan.Name(s.Cluster, nodesRole)}})
	if err != nil {
		return nil, absent(err)
	}
	var all []converge.Found
	for _, c := range out.Clusters {
		switch aws.ToString(c.Status) {
		case inactive:
		case "PROVISIONING":
			all = append(all, converge.Found{ID: aws.ToString(c.ClusterArn), Role: nodesRole, State: converge.Working})
		case "DEPROVISIONING":
			all = append(all, converge.Found{ID: aws.ToString(c.ClusterArn), Role: nodesRole, State: converge.Leaving})
		default:
			all = append(all, converge.Found{ID: aws.ToString(c.ClusterArn), Role: nodesRole})
		}
	}
	return all, nil
}

func (d *Driver) createNodes(ctx context.Context, r converge.Request) (converge.Found, error) {
	out, err := d.ecs.CreateCluster(ctx, &ecs.CreateClusterInput{
		ClusterName: aws.String(plan.Name(r.Cluster, r.Role)), Tags: d.ecsTags(r.Scope, r.Role),
	})
	if err != nil {
		return converge.Found{}, err
	}
	return converge.Found{ID: aws.ToString(out.Cluster.ClusterArn)}, nil
}

func (d *Driver) removeNodes(ctx context.Context, _ converge.Scope, f converge.Found) error {
	if err := d.stopAll(ctx, f.ID); err != nil {
		return err
	}
	_, err := d.ecs.DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: aws.String(f.ID)})
	return err
}

// findTasks: a task definition is its family; the revisions come and go.
func (d *Driver) findTasks(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	var all []converge.Found
	pages := ecs.NewListTaskDefinitionFamiliesPaginator(d.ecs, &ecs.ListTaskDefinitionFamiliesInput{
		FamilyPrefix: aws.String(plan.Prefix(s.Cluster)), Status: types.TaskDefinitionFamilyStatusActive,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, family := range page.Families {
			revisions, err := d.revisions(ctx, family)
			if err != nil {
				return nil, err
			}
			if len(revisions) > 0 {
				all = append(all, converge.Found{ID: family, Role: role(s, family)})
			}
		}
	}
	return all, nil
}

func (d *Driver) createTask(ctx context.Context, r converge.Request) (converge.Found, error) {
	_, err := d.settleTask(ctx, r, converge.Found{})
	return converge.Found{ID: plan.Name(r.Cluster, r.Role)}, err
}

// settleTask registers a revision unless the latest one is of these settings.
func (d *Driver) settleTask(ctx context.Context, r converge.Request, _ converge.Found) (bool, error) {
	family, want := plan.Name(r.Cluster, r.Role), r.Fingerprint(r.IDs)
	is, err := d.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: aws.String(family), Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
	})
	if err != nil && !noTask(err) {
		return false, err
	}
	if err == nil && is.TaskDefinition.Status == types.TaskDefinitionStatusActive {
		for _, t := range is.Tags {
			if aws.ToString(t.Key) == plan.TagSettings && aws.ToString(t.Value) == want {
				return false, nil
			}
		}
	}
	in, err := d.task(r)
	if err != nil {
		return false, err
	}
	in.Tags = append(in.Tags, types.Tag{Key: aws.String(plan.TagSettings), Value: aws.String(want)})
	_, err = d.ecs.RegisterTaskDefinition(ctx, in)
	return false, err
}

// noTask recognizes the answer for a family that has no revision, which has no code of its own.
func noTask(err error) bool {
	return converge.Classify(err) == converge.Missing || strings.Contains(err.Error(), "Unable to describe task definition")
}

// task is the container of a node. What is secret is taken from Secrets Manager when it starts, and is not in the definition.
func (d *Driver) task(r converge.Request) (*ecs.RegisterTaskDefinitionInput, error) {
	if job, ok := r.Settings.(plan.JobSettings); ok {
		return d.job(r, job), nil
	}
	s, err := settings[plan.TaskSettings](r)
	if err != nil {
		return nil, err
	}
	return d.definition(r, s.CPU, s.MemoryMB, types.ContainerDefinition{
		Image: aws.String(s.Image), Command: []string{startScript}, Environment: d.environment(r, s),
		PortMappings: []types.PortMapping{
			{ContainerPort: aws.Int32(plan.NodeAPI)}, {ContainerPort: aws.Int32(plan.NodeGRPC)}, {ContainerPort: aws.Int32(plan.NodePeer)},
		},
	}), nil
}

// definition is the one of a task with this container alone, which runs a shell script with the cluster's secrets.
func (d *Driver) definition(r converge.Request, cpu, memoryMB int, c types.ContainerDefinition) *ecs.RegisterTaskDefinitionInput {
	c.Name, c.Essential, c.StopTimeout, c.EntryPoint = aws.String(container), aws.Bool(true), aws.Int32(60), []string{"/bin/sh", "-c"}
	c.Secrets, c.LogConfiguration = containerSecrets(r), d.log(r)
	return &ecs.RegisterTaskDefinitionInput{
		Family: aws.String(plan.Name(r.Cluster, r.Role)), NetworkMode: types.NetworkModeAwsvpc,
		RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate},
		Cpu:                     aws.String(fmt.Sprint(cpu)), Memory: aws.String(fmt.Sprint(memoryMB)),
		ExecutionRoleArn: aws.String(r.IDs["execution"]), TaskRoleArn: aws.String(r.IDs["task"]),
		Tags: d.ecsTags(r.Scope, r.Role), ContainerDefinitions: []types.ContainerDefinition{c},
	}
}

func (d *Driver) log(r converge.Request) *types.LogConfiguration {
	return &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{
		"awslogs-group": r.IDs["logs"], "awslogs-region": d.AWS.Region, "awslogs-stream-prefix": r.Role,
	}}
}

// startScript hands over as files what the data plane reads from files, in memory of the container alone, and takes it out of
// the environment of the process that serves.
const startScript = `set -eu
umask 077
keys=$(mktemp -d)
printf %s "$PODIUM_JOIN_TOKEN" >"$keys/join-token"
printf %s "$PODIUM_SEALING_KEY" >"$keys/sealing"
printf %s "$PODIUM_SIGNING_KEY" >"$keys/signing"
unset PODIUM_JOIN_TOKEN PODIUM_SEALING_KEY PODIUM_SIGNING_KEY
export PODIUM_DATAPLANE_NODE_ADVERTISE="$(hostname -i | cut -d ' ' -f 1)"
exec dataplane --join-token-file "$keys/join-token" --secret-key-file "$keys/sealing" --signing-key-file "$keys/signing"`

// variable sets a flag of the data plane.
func variable(flag, value string) types.KeyValuePair {
	return types.KeyValuePair{Name: aws.String("PODIUM_DATAPLANE_" + flag), Value: aws.String(value)}
}

// s3URL names something in a bucket as the data plane reads it.
func (d *Driver) s3URL(bucket, key string) string {
	url := "s3://" + bucket + "/" + key + "?region=" + d.AWS.Region
	if d.AWS.BaseEndpoint != nil {
		url += "&endpoint=" + *d.AWS.BaseEndpoint
	}
	return url
}

// environment is what a node is told, in the variables of the data plane's flags.
func (d *Driver) environment(r converge.Request, s plan.TaskSettings) []types.KeyValuePair {
	var all []types.KeyValuePair
	for _, v := range [][2]string{
		{"ADVERTISE", s.Advertise},
		{"AUTH", "keys"},
		{"CLUSTER_ID", s.Cluster},
		{"CONTROL_PLANE", s.ControlPlane},
		{"GRPC_LISTEN", fmt.Sprintf("0.0.0.0:%d", plan.NodeGRPC)},
		{"LISTEN", fmt.Sprintf("0.0.0.0:%d", plan.NodeAPI)},
		{"LOG_FORMAT", "json"},
		{"NODE_LISTEN", fmt.Sprintf("0.0.0.0:%d", plan.NodePeer)},
		{"NODE_NAME", strconv.Itoa(s.Index)}, // under which it remembers the control plane, as its disk does not stay
		{"PAYLOAD_STORE", d.s3URL(r.IDs["bucket"], payloadPrefix)},
	} {
		all = append(all, variable(v[0], v[1]))
	}
	return all
}

// containerSecrets names single values of secrets; AWS reads them when the container starts.
func containerSecrets(r converge.Request) []types.Secret {
	var all []types.Secret
	for _, v := range [][3]string{
		{"PODIUM_DATAPLANE_POSTGRES", "database", secretURL},
		{"PODIUM_DATAPLANE_REDIS", "queue", secretURL},
		{"PODIUM_JOIN_TOKEN", "token", secretJoinToken},
		{"PODIUM_COPY_KEY", "copy", secretJoinToken},
		{"PODIUM_SEALING_KEY", "keys", secretSealing},
		{"PODIUM_SIGNING_KEY", "keys", secretSigning},
	} {
		if r.IDs[v[1]] == "" { // another kind of container
			continue
		}
		all = append(all, types.Secret{Name: aws.String(v[0]), ValueFrom: aws.String(r.IDs[v[1]] + ":" + v[2] + "::")})
	}
	return all
}

func (d *Driver) removeTask(ctx context.Context, _ converge.Scope, f converge.Found) error {
	revisions, err := d.revisions(ctx, f.ID)
	if err != nil {
		return err
	}
	for _, arn := range revisions {
		_, err := d.ecs.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String(arn)})
		if err != nil && !noTask(err) {
			return err
		}
	}
	return nil
}

// revisions are the active ones of a family.
func (d *Driver) revisions(ctx context.Context, family string) ([]string, error) {
	var all []string
	pages := ecs.NewListTaskDefinitionsPaginator(d.ecs, &ecs.ListTaskDefinitionsInput{
		FamilyPrefix: aws.String(family), Status: types.TaskDefinitionStatusActive,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, arn := range page.TaskDefinitionArns {
			if of, _, _ := strings.Cut(roleName(arn), ":"); of == family { // task-1 begins task-10
				all = append(all, arn)
			}
		}
	}
	return all, nil
}
