data "aws_caller_identity" "here" {}

locals {
  trust = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
  account = data.aws_caller_identity.here.account_id
}

resource "aws_iam_role" "execution" {
  name_prefix        = "${var.name}-execution-"
  assume_role_policy = local.trust
  tags               = local.tags
}

resource "aws_iam_role_policy" "execution" {
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "${aws_cloudwatch_log_group.control.arn}:*" },
      { Effect = "Allow", Action = ["ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"], Resource = "*" },
    ]
  })
}

resource "aws_iam_role" "control" {
  name_prefix        = "${var.name}-"
  assume_role_policy = local.trust
  tags               = local.tags
}

# What bears the tag of an installation may be changed and removed; the rest is found, made, or named after Podium.
resource "aws_iam_role_policy" "provision" {
  name = "provision"
  role = aws_iam_role.control.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Look"
        Effect = "Allow"
        Action = [
          "ec2:Describe*", "rds:Describe*", "elasticache:Describe*", "elasticloadbalancing:Describe*", "ecs:Describe*", "ecs:List*",
          "acm:ListCertificates", "acm:DescribeCertificate", "kms:ListKeys", "kms:ListAliases", "kms:DescribeKey", "kms:ListResourceTags",
          "secretsmanager:ListSecrets", "logs:DescribeLogGroups", "iam:ListRoles", "sts:GetCallerIdentity", "route53:ListHostedZonesByName",
          "servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota",
        ]
        Resource = "*"
      },
      {
        Sid    = "Make"
        Effect = "Allow"
        Action = [
          "ec2:CreateVpc", "ec2:CreateInternetGateway", "ec2:AllocateAddress", "ec2:CreateSubnet", "ec2:CreateRouteTable",
          "ec2:CreateSecurityGroup", "ec2:CreateNatGateway", "ec2:CreateVpcEndpoint", "ec2:CreateVpcPeeringConnection", "ec2:CreateFlowLogs",
          "ec2:CreateTags", "route53:CreateHostedZone",
          "kms:CreateKey", "kms:TagResource", "acm:RequestCertificate", "acm:AddTagsToCertificate",
          "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition", "ecs:TagResource",
          "elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:CreateListener",
          "elasticloadbalancing:AddTags",
        ]
        Resource = "*"
      },
      {
        Sid    = "ChangeWhatIsOurs"
        Effect = "Allow"
        Action = [
          "ec2:ModifyVpcAttribute", "ec2:ModifyVpcPeeringConnectionOptions", "ec2:AttachInternetGateway", "ec2:DetachInternetGateway", "ec2:CreateRoute", "ec2:ReplaceRoute",
          "ec2:DeleteRoute", "ec2:AssociateRouteTable", "ec2:DisassociateRouteTable", "ec2:ReplaceRouteTableAssociation",
          "ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress", "ec2:ReleaseAddress", "ec2:Delete*",
          "kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias", "kms:EnableKeyRotation", "kms:ScheduleKeyDeletion", "kms:CreateGrant",
          "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*",
          "acm:DeleteCertificate", "ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService", "ecs:DeleteCluster",
          "ecs:RunTask", "ecs:StopTask",
          "elasticloadbalancing:Modify*", "elasticloadbalancing:Delete*",
        ]
        Resource  = "*"
        Condition = { Null = { "aws:ResourceTag/podium:installation" = "false" } }
      },
      {
        Sid    = "Aliases"
        Effect = "Allow"
        Action = ["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"]
        # An alias bears no tags.
        Resource = "arn:aws:kms:*:${local.account}:alias/podium-*"
      },
      {
        Sid    = "Named"
        Effect = "Allow"
        Action = ["rds:*", "elasticache:*", "s3:*", "secretsmanager:*", "logs:*", "iam:*"]
        Resource = [
          "arn:aws:rds:*:${local.account}:db:podium-*", "arn:aws:rds:*:${local.account}:subgrp:podium-*",
          "arn:aws:elasticache:*:${local.account}:*:podium-*", "arn:aws:s3:::podium-*", "arn:aws:s3:::podium-*/*",
          "arn:aws:secretsmanager:*:${local.account}:secret:podium/*", "arn:aws:logs:*:${local.account}:log-group:/podium/*",
          "arn:aws:iam::${local.account}:role/podium/*",
        ]
      },
      {
        Sid      = "Names"
        Effect   = "Allow"
        Action   = ["route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"]
        Resource = "arn:aws:route53:::hostedzone/${var.hosted_zone_id}"
      },
      {
        Sid       = "PrivateNames"
        Effect    = "Allow"
        Action    = "route53:ChangeResourceRecordSets"
        Resource  = "arn:aws:route53:::hostedzone/*"
        Condition = { "ForAllValues:StringLike" = { "route53:ChangeResourceRecordSetsNormalizedRecordNames" = ["*.${var.cluster_domain}"] } }
      },
      {
        Sid    = "PrivateZones"
        Effect = "Allow"
        Action = [
          "route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ChangeTagsForResource", "route53:DeleteHostedZone",
          "route53:CreateVPCAssociationAuthorization", "route53:DeleteVPCAssociationAuthorization", "route53:AssociateVPCWithHostedZone",
          "route53:DisassociateVPCFromHostedZone",
        ]
        Resource = "arn:aws:route53:::hostedzone/*"
      },
      {
        Sid      = "AccountsOfCustomers"
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = "arn:aws:iam::*:role/podium-access/*"
      },
      {
        Sid       = "ServiceRoles"
        Effect    = "Allow"
        Action    = "iam:CreateServiceLinkedRole"
        Resource  = "arn:aws:iam::${local.account}:role/aws-service-role/*"
        Condition = { StringLike = { "iam:AWSServiceName" = ["rds.amazonaws.com", "elasticache.amazonaws.com", "ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com"] } }
      },
    ]
  })
}
