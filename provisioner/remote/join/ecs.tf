# A Podium data plane in your AWS account: one ECS Fargate task with its data on EFS. The program is pinned by its digest.
terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "join_token" {
  description = "One-time token from the cluster's join page"
  type        = string
  sensitive   = true
}

variable "vpc_id" {
  description = "VPC in which the data plane runs"
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets with a way out to the internet"
  type        = list(string)
}

variable "worker_cidrs" {
  description = "Ranges that your workers call from"
  type        = list(string)
}

variable "console_through_link" {
  description = "Whether people of your organization reach its console from the cloud console"
  type        = bool
  default     = false
}

variable "backup_dir" {
  description = "Folder for backups that Podium asks for, below /data, which outlives tasks; \"\": Podium may not ask. Removing old ones is yours"
  type        = string
  default     = "/data/backups"

  validation {
    condition     = var.backup_dir == "" || startswith(var.backup_dir, "/data/")
    error_message = "backup_dir must be below /data/, or empty."
  }
}

variable "refuse_commands" {
  description = "What Podium may not ask of the data plane: kinds of commands, or all"
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for kind in var.refuse_commands : contains(["all", "rotate-certificate", "collect-diagnostics", "back-up", "drain", "resume", "update"], kind)])
    error_message = "refuse_commands must name kinds of commands, or all."
  }
}

variable "advertise" {
  description = "API root as workers reach it, for instance behind a load balancer of yours; ends in /api"
  type        = string
}

locals {
  name = "podium-[[.Label]]"
}

data "aws_region" "here" {}

resource "aws_security_group" "dataplane" {
  name   = local.name
  vpc_id = var.vpc_id

  ingress {
    description = "Workers"
    protocol    = "tcp"
    from_port   = 8080
    to_port     = 8080
    cidr_blocks = var.worker_cidrs
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "data" {
  name   = "${local.name}-data"
  vpc_id = var.vpc_id

  ingress {
    description     = "The data plane"
    protocol        = "tcp"
    from_port       = 2049
    to_port         = 2049
    security_groups = [aws_security_group.dataplane.id]
  }
}

resource "aws_efs_file_system" "data" {
  encrypted = true
  tags      = { Name = local.name }
}

resource "aws_efs_mount_target" "data" {
  for_each        = toset(var.subnet_ids)
  file_system_id  = aws_efs_file_system.data.id
  subnet_id       = each.value
  security_groups = [aws_security_group.data.id]
}

resource "aws_secretsmanager_secret" "join" {
  name_prefix = "${local.name}-join-"
}

resource "aws_secretsmanager_secret_version" "join" {
  secret_id     = aws_secretsmanager_secret.join.id
  secret_string = var.join_token
}

resource "aws_cloudwatch_log_group" "dataplane" {
  name              = "/ecs/${local.name}"
  retention_in_days = 30
}

resource "aws_iam_role" "execution" {
  name_prefix = "podium-"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "execution" {
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "${aws_cloudwatch_log_group.dataplane.arn}:*" },
      { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.join.arn },
    ]
  })
}

resource "aws_ecs_cluster" "podium" {
  name = local.name
}

resource "aws_ecs_task_definition" "dataplane" {
  family                   = local.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 1024
  memory                   = 2048
  execution_role_arn       = aws_iam_role.execution.arn

  volume {
    name = "data"
    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.data.id
      transit_encryption = "ENABLED"
    }
  }

  volume {
    name = "program"
  }

  container_definitions = jsonencode([
    {
      name        = "program"
      image       = "public.ecr.aws/docker/library/alpine:3.20"
      essential   = false
      command     = ["sh", "-c", "wget -qO /program/edge '[[.Program]]' && echo '[[.SHA256]]  /program/edge' | sha256sum -c - && chmod 755 /program/edge"]
      mountPoints = [{ sourceVolume = "program", containerPath = "/program" }]
    },
    {
      name       = "dataplane"
      image      = "public.ecr.aws/docker/library/alpine:3.20"
      essential  = true
      entryPoint = ["/program/edge"]
      dependsOn  = [{ containerName = "program", condition = "SUCCESS" }]
      environment = [
        { name = "PODIUM_EDGE_LISTEN", value = "0.0.0.0:8080" },
        { name = "PODIUM_EDGE_DATA", value = "/data/podium" },
        { name = "PODIUM_EDGE_CONTROL_PLANE", value = "[[.ControlPlane]]" },
        { name = "PODIUM_EDGE_CLUSTER_ID", value = "[[.Cluster]]" },
        { name = "PODIUM_EDGE_ADVERTISE", value = var.advertise },
        { name = "PODIUM_EDGE_CONSOLE_THROUGH_LINK", value = tostring(var.console_through_link) },
        { name = "PODIUM_EDGE_BACKUP_DIR", value = var.backup_dir },
        { name = "PODIUM_EDGE_REFUSE_COMMANDS", value = join(",", var.refuse_commands) },
      ]
      secrets      = [{ name = "PODIUM_EDGE_JOIN_TOKEN", valueFrom = aws_secretsmanager_secret.join.arn }]
      portMappings = [{ containerPort = 8080 }]
      mountPoints = [
        { sourceVolume = "program", containerPath = "/program", readOnly = true },
        { sourceVolume = "data", containerPath = "/data" },
      ]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.dataplane.name
          awslogs-region        = data.aws_region.here.name
          awslogs-stream-prefix = "dataplane"
        }
      }
    },
  ])
}

# One task at a time may hold the data: the old one ends before the new one starts.
resource "aws_ecs_service" "dataplane" {
  name                               = local.name
  cluster                            = aws_ecs_cluster.podium.id
  task_definition                    = aws_ecs_task_definition.dataplane.arn
  desired_count                      = 1
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100

  network_configuration {
    subnets         = var.subnet_ids
    security_groups = [aws_security_group.dataplane.id]
  }

  depends_on = [aws_efs_mount_target.data]
}
