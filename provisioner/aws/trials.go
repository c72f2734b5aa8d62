package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/edge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// trials are what the role of an account must be allowed to make, change and remove, in the circumstances in which it will.
func (r recipe) trials(installation string) []edge.Trial {
	const some = "podium-check"
	role := r.arn("iam", "role/podium/"+some+"/"+some)
	zone := "arn:" + r.partition + ":route53:::hostedzone/ZPODIUMCHECK"
	tagged := map[string]string{"aws:ResourceTag/" + plan.TagInstallation: installation}
	return []edge.Trial{
		{Actions: []string{
			"ec2:CreateVpc", "ec2:CreateSubnet", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateNatGateway",
			"ec2:CreateVpcEndpoint", "ec2:CreateVpcPeeringConnection", "ec2:CreateFlowLogs", "ec2:CreateTags", "kms:CreateKey", "kms:TagResource",
			"acm:RequestCertificate", "acm:AddTagsToCertificate", "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:TagResource",
			"elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:CreateListener",
			"elasticloadbalancing:AddTags", "route53:CreateHostedZone",
		}},
		{Given: tagged, Actions: []string{
			"ec2:ModifyVpcAttribute", "ec2:AttachInternetGateway", "ec2:CreateRoute", "ec2:AssociateRouteTable", "ec2:AuthorizeSecurityGroupIngress",
			"ec2:RevokeSecurityGroupIngress", "ec2:ModifyVpcPeeringConnectionOptions", "ec2:DeleteVpcPeeringConnection", "ec2:DeleteVpc",
			"ec2:DeleteNatGateway", "ec2:ReleaseAddress", "kms:CreateGrant", "kms:Decrypt", "kms:ScheduleKeyDeletion", "acm:DeleteCertificate",
			"ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService", "ecs:RunTask", "ecs:StopTask",
			"elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:DeleteLoadBalancer",
		}},
		{Resources: []string{r.arn("rds", "db:"+some)}, Actions: []string{"rds:CreateDBInstance", "rds:ModifyDBInstance", "rds:DeleteDBInstance"}},
		{
			Resources: []string{r.arn("elasticache", "replicationgroup:"+some)},
			Actions:   []string{"elasticache:CreateReplicationGroup", "elasticache:ModifyReplicationGroup", "elasticache:DeleteReplicationGroup"},
		},
		{
			Resources: []string{"arn:" + r.partition + ":s3:::" + some},
			Actions:   []string{"s3:CreateBucket", "s3:PutEncryptionConfiguration", "s3:PutBucketPublicAccessBlock", "s3:DeleteBucket"},
		},
		{
			Resources: []string{"arn:" + r.partition + ":s3:::" + some + "/object"},
			Actions:   []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
		},
		{
			Resources: []string{r.arn("secretsmanager", "secret:podium/"+some)},
			Actions:   []string{"secretsmanager:CreateSecret", "secretsmanager:PutSecretValue", "secretsmanager:DeleteSecret"},
		},
		{
			Resources: []string{r.arn("logs", "log-group:/podium/"+some)},
			Actions:   []string{"logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:FilterLogEvents", "logs:DeleteLogGroup"},
		},
		{
			Resources: []string{role}, Given: map[string]string{"iam:PermissionsBoundary": boundaryOf(r.Account)},
			Actions: []string{"iam:CreateRole", "iam:PutRolePolicy"},
		},
		{Resources: []string{role}, Actions: []string{"iam:DeleteRolePolicy", "iam:DeleteRole"}},
		{
			Resources: []string{role}, Given: map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"}, //nolint:gosec // a name
			Actions: []string{"iam:PassRole"},
		},
		{
			Resources: []string{zone}, Given: map[string]string{"route53:ChangeResourceRecordSetsNormalizedRecordNames": "check." + r.domain},
			Actions: []string{"route53:ChangeResourceRecordSets"},
		},
		{Resources: []string{zone}, Actions: []string{
			"route53:GetHostedZone", "route53:DeleteHostedZone", "route53:CreateVPCAssociationAuthorization", "route53:DisassociateVPCFromHostedZone",
		}},
	}
}

// refused returns what the role of an account may not make, change and remove. Nothing is made.
func (c *Cloud) refused(ctx context.Context, at *site, a Account) ([]string, error) {
	network := plan.Permits(plan.PartJob(provisioner.Network), "none", a.Region)
	denied, err := at.driver.Rehearse(withSession(ctx, session{name: "podium.check", policy: network}))
	if err != nil {
		return nil, fmt.Errorf("try to make a network: %w", err)
	}
	for _, t := range c.recipe(a).trials(c.Installation) {
		more, err := at.driver.Simulate(ctx, a.Role, t)
		switch {
		case err != nil && converge.Classify(err) == converge.Access:
			return append(denied, converge.Permission(err)), nil // the rest cannot be told
		case err != nil:
			return nil, fmt.Errorf("ask what the role may do: %w", err)
		}
		for _, action := range more {
			if !slices.Contains(denied, action) {
				denied = append(denied, action)
			}
		}
	}
	return denied, nil
}

// few names at most a handful of permissions.
func few(all []string) string {
	const most = 12
	text := strings.Join(all[:min(len(all), most)], ", ")
	if more := len(all) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
