package edge_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// confined is S-25: what runs for tenants has the rights of the cluster's own role, which reaches its bucket and its key, and no
// instance below it whose metadata could be asked for more.
func (w *world) confined(config aws.Config) {
	w.t.Helper()
	ctx, tasks, roles := w.t.Context(), ecs.NewFromConfig(config), iam.NewFromConfig(config)
	all, err := tasks.ListTaskDefinitions(ctx, &ecs.ListTaskDefinitionsInput{})
	if err != nil || len(all.TaskDefinitionArns) == 0 {
		w.t.Fatalf("tasks are %v: %v", all, err)
	}
	for _, arn := range all.TaskDefinitionArns {
		task, err := tasks.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(arn)})
		if err != nil {
			w.t.Fatal(err)
		}
		if on := task.TaskDefinition.RequiresCompatibilities; !slices.Equal(on, []types.Compatibility{types.CompatibilityFargate}) {
			w.t.Errorf("%s runs on %v, want Fargate alone", arn, on)
		}
		if role := aws.ToString(task.TaskDefinition.TaskRoleArn); !strings.HasSuffix(role, "/"+plan.Name(w.plan.ID, "role-task")) {
			w.t.Errorf("%s has the role %s", arn, role)
		}
	}
	out, err := roles.GetRolePolicy(ctx, &iam.GetRolePolicyInput{
		RoleName: aws.String(plan.Name(w.plan.ID, "role-task")), PolicyName: aws.String("podium"),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := url.PathUnescape(aws.ToString(out.PolicyDocument))
	if err != nil {
		w.t.Fatal(err)
	}
	var policy struct {
		Statement []struct {
			Effect           string
			Action, Resource []string
		}
	}
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		w.t.Fatal(err)
	}
	var may []string
	for _, s := range policy.Statement {
		may = append(may, s.Action...)
		for _, r := range s.Resource {
			bucket := strings.HasPrefix(r, "arn:aws:s3:::") && strings.Contains(r, plan.Prefix(w.plan.ID))
			key := strings.HasPrefix(r, "arn:aws:kms:"+region+":") && strings.Contains(r, ":key/") && !strings.HasSuffix(r, "*")
			if s.Effect != "Allow" || !bucket && !key {
				w.t.Errorf("the task may %v on %s", s.Action, r)
			}
		}
	}
	slices.Sort(may)
	want := []string{"kms:Decrypt", "kms:GenerateDataKey", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"}
	if !slices.Equal(may, want) {
		w.t.Errorf("the task may %v, want %v", may, want)
	}
}
