package edge

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

const rolePolicy = "podium"

// rolePath keeps the roles of a cluster apart, so that policies can name them all.
func rolePath(cluster string) string { return "/podium/" + plan.Prefix(cluster) + "/" }

func (d *Driver) findRoles(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	var all []converge.Found
	pages := iam.NewListRolesPaginator(d.iam, &iam.ListRolesInput{PathPrefix: aws.String(rolePath(s.Cluster))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, v := range page.Roles {
			all = append(all, converge.Found{ID: aws.ToString(v.Arn), Role: role(s, aws.ToString(v.RoleName))})
		}
	}
	return all, nil
}

func (d *Driver) createRole(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.RoleSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	service := "ecs-tasks.amazonaws.com"
	if s.Flows {
		service = "vpc-flow-logs.amazonaws.com"
	}
	trust, err := document(statement{
		Effect: "Allow", Action: []string{"sts:AssumeRole"}, Principal: map[string]string{"Service": service},
		Condition: map[string]map[string]string{"StringEquals": {"aws:SourceAccount": d.Account}},
	})
	if err != nil {
		return converge.Found{}, err
	}
	name := plan.Name(r.Cluster, r.Role)
	in := &iam.CreateRoleInput{
		RoleName: aws.String(name), Path: aws.String(rolePath(r.Cluster)), AssumeRolePolicyDocument: aws.String(trust),
		Tags: tagged(d.tags(r.Scope, r.Role), func(k, v string) types.Tag { return types.Tag{Key: aws.String(k), Value: aws.String(v)} }),
	}
	if d.Boundary != "" {
		in.PermissionsBoundary = aws.String(d.Boundary)
	}
	_, err = d.iam.CreateRole(ctx, in)
	if err != nil && converge.Classify(err) != converge.Exists { // path and name are the cluster's alone
		return converge.Found{}, err
	}
	return converge.Found{ID: d.arn("iam", "", "role"+rolePath(r.Cluster)+name)}, nil
}

func (d *Driver) settleRole(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	s, err := settings[plan.RoleSettings](r)
	if err != nil {
		return false, err
	}
	seal := statement{Sid: "Key", Effect: "Allow", Action: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resource: []string{d.keyARN(r.IDs["key"])}}
	may := []statement{
		{Sid: "Bucket", Effect: "Allow", Action: []string{"s3:ListBucket"}, Resource: []string{d.bucketARN(r.Cluster)}},
		{
			Sid: "Objects", Effect: "Allow", Action: []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
			Resource: []string{d.bucketARN(r.Cluster) + "/*"},
		},
		seal,
	}
	if s.Copies != "" {
		may = append(may, d.mayCopy(r.Cluster, s.Copies)...)
	}
	if s.Execution {
		may = []statement{
			{
				Sid: "Secrets", Effect: "Allow", Action: []string{"secretsmanager:GetSecretValue"},
				Resource: []string{d.arn("secretsmanager", d.AWS.Region, "secret:"+secretPrefix(r.Cluster)+"*")},
			},
			{
				Sid: "Logs", Effect: "Allow", Action: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
				Resource: []string{d.arn("logs", d.AWS.Region, "log-group:"+logGroup(r.Cluster)+":*")},
			},
			{Sid: "Image", Effect: "Allow", Action: []string{
				"ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability",
				"ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage",
			}, Resource: []string{"*"}},
			seal,
		}
	}
	if s.Flows {
		may = []statement{{
			Sid: "Logs", Effect: "Allow", Action: []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"},
			Resource: []string{d.arn("logs", d.AWS.Region, "log-group:"+logGroup(r.Cluster)+":*")},
		}}
	}
	policy, err := document(may...)
	if err != nil {
		return false, err
	}
	_, err = d.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: aws.String(roleName(f.ID)), PolicyName: aws.String(rolePolicy), PolicyDocument: aws.String(policy),
	})
	return false, err
}

func (d *Driver) removeRole(ctx context.Context, _ converge.Scope, f converge.Found) error {
	name := aws.String(roleName(f.ID))
	_, err := d.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: aws.String(rolePolicy)})
	if absent(err) != nil {
		return err
	}
	_, err = d.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name})
	return err
}

// roleName is the last part of a role's ARN.
func roleName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
