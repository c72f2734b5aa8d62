package edge

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// exportScript and importScript hand over as files what the data plane reads from files. Their arguments are those of the data plane.
const (
	exportScript = `set -eu
umask 077
keys=$(mktemp -d)
printf %s "$PODIUM_SEALING_KEY" >"$keys/sealing"
unset PODIUM_SEALING_KEY PODIUM_SIGNING_KEY
exec dataplane export --secret-key-file "$keys/sealing" "$@"`

	importScript = `set -eu
umask 077
keys=$(mktemp -d)
printf %s "$PODIUM_SEALING_KEY" >"$keys/sealing"
printf %s "$PODIUM_COPY_KEY" >"$keys/copy"
unset PODIUM_SEALING_KEY PODIUM_SIGNING_KEY PODIUM_COPY_KEY
exec dataplane import --secret-key-file "$keys/sealing" --key-file "$keys/copy" "$@"`
)

// job is a container that ends by itself. What it is to do is said when it is run.
func (d *Driver) job(r converge.Request, s plan.JobSettings) *ecs.RegisterTaskDefinitionInput {
	return d.definition(r, s.CPU, s.MemoryMB, types.ContainerDefinition{
		Image: aws.String(s.Image), Command: jobCommand(s.Import, nil),
		Environment: []types.KeyValuePair{variable("PAYLOAD_STORE", d.s3URL(r.IDs["bucket"], payloadPrefix))},
	})
}

func jobCommand(bring bool, args []string) []string {
	script := exportScript
	if bring {
		script = importScript
	}
	return append([]string{script, container}, args...)
}

var _ converge.Runner = (*runner)(nil)

// runner is the Driver as one that runs jobs.
type runner struct{ *Driver }

// Runner runs jobs as containers on Fargate.
func (d *Driver) Runner() converge.Runner { return runner{d} }

// Run implements [converge.Runner], like the methods that follow. What a lost answer has started is found by its token.
func (d runner) Run(ctx context.Context, s converge.Scope, j converge.Job, token string) (string, error) {
	if id, err := d.Find(ctx, s, token); err != nil || id != "" {
		return id, err
	}
	out, err := d.ecs.RunTask(ctx, &ecs.RunTaskInput{
		Cluster: aws.String(j.Nodes), TaskDefinition: aws.String(j.Task), LaunchType: types.LaunchTypeFargate, Count: aws.Int32(1),
		ClientToken: aws.String(token), StartedBy: aws.String(token),
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets: []string{j.Subnet}, SecurityGroups: []string{j.Group}, AssignPublicIp: types.AssignPublicIpDisabled,
		}},
		Overrides: &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{
			Name: aws.String(container), Command: jobCommand(role(s, j.Task) == plan.ImportTask, j.Args),
		}}},
		Tags: d.ecsTags(s, j.Role),
	})
	if err != nil {
		return "", err
	}
	if len(out.Tasks) == 0 {
		reason := "AWS has started nothing"
		for _, f := range out.Failures {
			reason = strings.TrimSpace(aws.ToString(f.Reason) + " " + aws.ToString(f.Detail))
		}
		return "", &smithy.GenericAPIError{Code: "InsufficientCapacity", Message: reason}
	}
	return aws.ToString(out.Tasks[0].TaskArn), nil
}

// Find looks among those that run and those that have ended within the hour.
func (d runner) Find(ctx context.Context, s converge.Scope, token string) (string, error) {
	for _, status := range []types.DesiredStatus{types.DesiredStatusRunning, types.DesiredStatusStopped} {
		out, err := d.ecs.ListTasks(ctx, &ecs.ListTasksInput{
			Cluster: aws.String(plan.Name(s.Cluster, nodesRole)), StartedBy: aws.String(token), DesiredStatus: status,
		})
		if err != nil {
			return "", err
		}
		if len(out.TaskArns) > 0 {
			return out.TaskArns[0], nil
		}
	}
	return "", nil
}

// Look tells of a job that has failed what it said last.
func (d runner) Look(ctx context.Context, s converge.Scope, id string) (converge.JobState, error) {
	out, err := d.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{
		Cluster: aws.String(plan.Name(s.Cluster, nodesRole)), Tasks: []string{id},
	})
	if err != nil || len(out.Tasks) == 0 {
		return converge.JobState{}, absent(err)
	}
	t := out.Tasks[0]
	is := converge.JobState{Known: true, Running: aws.ToString(t.LastStatus) != "STOPPED"}
	if is.Running {
		return is, nil
	}
	for _, c := range t.Containers {
		if aws.ToString(c.Name) == container && c.ExitCode != nil && *c.ExitCode == 0 {
			return is, nil
		}
		is.Said = aws.ToString(c.Reason)
	}
	is.Failed = true
	if said := d.lastLine(ctx, s, t); said != "" {
		is.Said = said
	}
	if is.Said == "" {
		is.Said = "the container has ended: " + aws.ToString(t.StoppedReason)
	}
	return is, nil
}

// lastLine is the last line of the container's log, "" when there is none to be had.
func (d runner) lastLine(ctx context.Context, s converge.Scope, t types.Task) string {
	definition, _, _ := strings.Cut(roleName(aws.ToString(t.TaskDefinitionArn)), ":")
	out, err := d.logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName:  aws.String(logGroup(s.Cluster)),
		LogStreamName: aws.String(role(s, definition) + "/" + container + "/" + roleName(aws.ToString(t.TaskArn))),
		Limit:         aws.Int32(1), StartFromHead: aws.Bool(false),
	})
	if err != nil || len(out.Events) == 0 {
		return ""
	}
	return strings.TrimPrefix(strings.TrimSpace(aws.ToString(out.Events[0].Message)), container+": ")
}

// Stop implements [converge.Runner].
func (d runner) Stop(ctx context.Context, s converge.Scope, id string) error {
	_, err := d.ecs.StopTask(ctx, &ecs.StopTaskInput{
		Cluster: aws.String(plan.Name(s.Cluster, nodesRole)), Task: aws.String(id), Reason: aws.String("not needed any more"),
	})
	return err
}

// stopAll ends the jobs that run in an ECS cluster.
func (d *Driver) stopAll(ctx context.Context, cluster string) error {
	pages := ecs.NewListTasksPaginator(d.ecs, &ecs.ListTasksInput{Cluster: aws.String(cluster)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, id := range page.TaskArns {
			_, err := d.ecs.StopTask(ctx, &ecs.StopTaskInput{Cluster: aws.String(cluster), Task: aws.String(id)})
			if absent(err) != nil {
				return err
			}
		}
	}
	return nil
}
