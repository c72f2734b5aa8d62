package aws

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/podium-cloud/podium/provisioner"
)

// RoleFor names the role that a customer makes for us in an account.
func (c *Cloud) RoleFor(number, name string) string {
	return fmt.Sprintf("arn:%s:iam::%s:role/%s%s", c.partition, number, OurPath, name)
}

// Setup tells a customer how to make the role of an account, in any one of several ways, ready to be copied.
func (c *Cloud) Setup(a Account) (provisioner.Instruction, error) {
	r := c.recipe(a)
	stack, err := r.stack()
	if err != nil {
		return provisioner.Instruction{}, err
	}
	terraform, err := r.terraform()
	if err != nil {
		return provisioner.Instruction{}, err
	}
	commands, err := r.commands()
	if err != nil {
		return provisioner.Instruction{}, err
	}
	return provisioner.Instruction{
		Title: "Make the role in account " + a.Number,
		Text: "It lets account " + c.account + ", where Podium runs, make and remove clusters, and nothing else. " +
			"Others cannot use it: it asks for an ExternalId that only this entry has.",
		Ways: []provisioner.Way{
			{Name: "CloudFormation", Code: stack},
			{Name: "Terraform", Code: terraform},
			{Name: "AWS CLI", Code: commands},
		},
	}, nil
}

func (c *Cloud) recipe(a Account) recipe {
	return recipe{Account: a, trusted: fmt.Sprintf("arn:%s:iam::%s:root", c.partition, c.account), partition: c.partition, domain: c.Domain}
}

// recipe makes the role of an account in several ways that come to the same.
type recipe struct {
	Account
	trusted   string // who may take the role
	partition string
	domain    string // of the clusters' names
}

func (r recipe) name() string { return r.Role[strings.LastIndex(r.Role, "/")+1:] }

// boundaryOf is the policy that bounds the roles that we make in an account.
func boundaryOf(a Account) string {
	return strings.Replace(a.Role, ":role/", ":policy/", 1) + "-boundary"
}

type object map[string]any

func (r recipe) trust() object {
	return policy(object{
		"Effect": "Allow", "Principal": object{"AWS": r.trusted}, "Action": "sts:AssumeRole",
		"Condition": object{"StringEquals": object{"sts:ExternalId": r.ExternalID}},
	})
}

// arn names something of the account in its region.
func (r recipe) arn(service, name string) string {
	region := r.Region
	if service == "iam" {
		region = ""
	}
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", r.partition, service, region, r.Number, name)
}

// permissions are what the role may do: look, make, and change what bears Podium's tag or name. Roles that it makes do not go
// beyond the boundary, so it cannot give itself more than this.
func (r recipe) permissions() object {
	buckets := "arn:" + r.partition + ":s3:::podium-*"
	bounded := object{"StringEquals": object{"iam:PermissionsBoundary": boundaryOf(r.Account)}}
	clusters := r.arn("iam", "role/podium/*")
	return policy(
		object{"Sid": "Look", "Effect": "Allow", "Resource": "*", "Action": []string{
			"ec2:Describe*", "rds:Describe*", "rds:ListTagsForResource", "elasticache:Describe*", "elasticache:ListTagsForResource",
			"elasticloadbalancing:Describe*", "ecs:Describe*", "ecs:List*", "acm:ListCertificates", "acm:DescribeCertificate",
			"kms:ListKeys", "kms:ListAliases", "kms:DescribeKey", "kms:ListResourceTags", "secretsmanager:ListSecrets",
			"logs:DescribeLogGroups", "iam:ListRoles", "s3:ListAllMyBuckets", "route53:ListHostedZonesByName", "servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota",
		}},
		object{"Sid": "Make", "Effect": "Allow", "Resource": "*", "Action": []string{
			"ec2:CreateVpc", "ec2:CreateInternetGateway", "ec2:AllocateAddress", "ec2:CreateSubnet", "ec2:CreateRouteTable",
			"ec2:CreateSecurityGroup", "ec2:CreateNatGateway", "ec2:CreateVpcEndpoint", "ec2:CreateVpcPeeringConnection", "ec2:CreateFlowLogs",
			"ec2:CreateTags", "route53:CreateHostedZone",
			"kms:CreateKey", "kms:TagResource", "acm:RequestCertificate", "acm:AddTagsToCertificate",
			"ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition", "ecs:TagResource",
			"elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:CreateListener",
			"elasticloadbalancing:AddTags",
		}},
		object{
			"Sid": "ChangeWhatIsTagged", "Effect": "Allow", "Resource": "*",
			"Condition": object{"Null": object{"aws:ResourceTag/podium:installation": "false"}},
			"Action": []string{
				"ec2:Modify*", "ec2:Attach*", "ec2:Detach*", "ec2:CreateRoute", "ec2:Replace*", "ec2:Delete*", "ec2:Associate*",
				"ec2:Disassociate*", "ec2:Authorize*", "ec2:Revoke*", "ec2:ReleaseAddress",
				"kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias", "kms:EnableKeyRotation", "kms:ScheduleKeyDeletion",
				"kms:CreateGrant", "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "acm:DeleteCertificate",
				"ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService", "ecs:DeleteCluster", "ecs:RunTask", "ecs:StopTask",
				"elasticloadbalancing:Modify*", "elasticloadbalancing:Delete*", "elasticloadbalancing:RegisterTargets",
			},
		},
		object{
			"Sid": "PrivateNames", "Effect": "Allow", "Resource": "arn:" + r.partition + ":route53:::hostedzone/*",
			"Action":    "route53:ChangeResourceRecordSets",
			"Condition": object{"ForAllValues:StringLike": object{"route53:ChangeResourceRecordSetsNormalizedRecordNames": []string{"*." + r.domain}}},
		},
		object{
			"Sid": "PrivateZones", "Effect": "Allow", "Resource": "arn:" + r.partition + ":route53:::hostedzone/*",
			"Action": []string{
				"route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ChangeTagsForResource", "route53:DeleteHostedZone",
				"route53:CreateVPCAssociationAuthorization", "route53:DeleteVPCAssociationAuthorization", "route53:AssociateVPCWithHostedZone",
				"route53:DisassociateVPCFromHostedZone",
			},
		},
		object{"Sid": "Aliases", "Effect": "Allow", "Action": []string{"kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"}, "Resource": r.arn("kms", "alias/podium-*")},
		object{
			"Sid": "ChangeWhatIsNamed", "Effect": "Allow", "Action": []string{"rds:*", "elasticache:*", "s3:*", "secretsmanager:*", "logs:*"},
			"Resource": []string{
				r.arn("rds", "db:podium-*"), r.arn("rds", "subgrp:podium-*"), r.arn("elasticache", "*:podium-*"), buckets, buckets + "/*",
				r.arn("secretsmanager", "secret:podium/*"), r.arn("logs", "log-group:/podium/*"),
			},
		},
		object{
			"Sid": "MakeBoundedRoles", "Effect": "Allow", "Action": []string{"iam:CreateRole", "iam:PutRolePolicy"},
			"Resource": clusters, "Condition": bounded,
		},
		object{
			"Sid": "RemoveRoles", "Effect": "Allow", "Resource": clusters,
			"Action": []string{"iam:DeleteRole", "iam:DeleteRolePolicy", "iam:GetRole", "iam:TagRole", "iam:ListRolePolicies"},
		},
		object{"Sid": "TellWhatIsMissing", "Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": r.Role},
		object{
			"Sid": "PassRoles", "Effect": "Allow", "Action": "iam:PassRole", "Resource": clusters,
			"Condition": object{"StringEquals": object{"iam:PassedToService": []string{"ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"}}},
		},
		object{
			"Sid": "ServiceRoles", "Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": r.arn("iam", "role/aws-service-role/*"),
			"Condition": object{"StringLike": object{"iam:AWSServiceName": []string{
				"rds.amazonaws.com", "elasticache.amazonaws.com", "ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com",
			}}},
		},
	)
}

// boundary is the most that a cluster's containers may do.
func (r recipe) boundary() object {
	buckets := "arn:" + r.partition + ":s3:::podium-*"
	return policy(
		object{
			"Effect": "Allow", "Action": []string{"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"},
			"Resource": []string{buckets, buckets + "/*"},
		},
		object{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": r.arn("secretsmanager", "secret:podium/*")},
		object{"Effect": "Allow", "Action": []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"}, "Resource": r.arn("logs", "log-group:/podium/*")},
		object{
			"Effect": "Allow", "Action": []string{"kms:Decrypt", "kms:GenerateDataKey"}, "Resource": "*",
			"Condition": object{"Null": object{"aws:ResourceTag/podium:installation": "false"}},
		},
		object{
			"Effect": "Allow", "Resource": "*",
			"Action": []string{"ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"},
		},
	)
}

func policy(statements ...object) object {
	return object{"Version": "2012-10-17", "Statement": statements}
}

// stack is a template of CloudFormation.
func (r recipe) stack() (string, error) {
	text, err := pretty(object{
		"AWSTemplateFormatVersion": "2010-09-09", "Description": "Lets Podium make clusters in this account",
		"Resources": object{
			"Boundary": object{"Type": "AWS::IAM::ManagedPolicy", "Properties": object{
				"ManagedPolicyName": r.name() + "-boundary", "Path": "/" + OurPath, "PolicyDocument": r.boundary(),
			}},
			"Role": object{"Type": "AWS::IAM::Role", "DependsOn": "Boundary", "Properties": object{
				"RoleName": r.name(), "Path": "/" + OurPath, "MaxSessionDuration": int(sessionTime.Seconds()),
				"AssumeRolePolicyDocument": r.trust(),
				"Policies":                 []object{{"PolicyName": "podium", "PolicyDocument": r.permissions()}},
			}},
		},
		"Outputs": object{"RoleArn": object{"Value": object{"Fn::GetAtt": []string{"Role", "Arn"}}}},
	})
	return text, err
}

func (r recipe) terraform() (string, error) {
	var b strings.Builder
	documents := map[string]string{}
	for name, document := range map[string]object{"trust": r.trust(), "permissions": r.permissions(), "boundary": r.boundary()} {
		text, err := pretty(document)
		if err != nil {
			return "", err
		}
		documents[name] = "<<-JSON\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n  JSON"
	}
	fmt.Fprintf(&b, `resource "aws_iam_policy" "podium_boundary" {
  name   = %q
  path   = %q
  policy = %s
}

resource "aws_iam_role" "podium" {
  name                 = %q
  path                 = %q
  max_session_duration = %d
  assume_role_policy   = %s
}

resource "aws_iam_role_policy" "podium" {
  name   = "podium"
  role   = aws_iam_role.podium.id
  policy = %s
}
`, r.name()+"-boundary", "/"+OurPath, documents["boundary"], r.name(), "/"+OurPath, int(sessionTime.Seconds()), documents["trust"], documents["permissions"])
	return b.String(), nil
}

func (r recipe) commands() (string, error) {
	var b strings.Builder
	for _, c := range []struct {
		command  string
		document object
	}{
		{"create-policy --policy-name " + r.name() + "-boundary --path /" + OurPath + " --policy-document", r.boundary()},
		{"create-role --role-name " + r.name() + " --path /" + OurPath + " --assume-role-policy-document", r.trust()},
		{"put-role-policy --role-name " + r.name() + " --policy-name podium --policy-document", r.permissions()},
	} {
		text, err := json.Marshal(c.document)
		if err != nil {
			return "", fmt.Errorf("encode a policy: %w", err)
		}
		fmt.Fprintf(&b, "aws iam %s '%s'\n", c.command, text)
	}
	return b.String(), nil
}

func pretty(v object) (string, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return "", fmt.Errorf("encode a policy: %w", err)
	}
	return string(text), nil
}
