data "aws_region" "here" {}

locals {
  tags = merge({ Name = var.name, "podium:cluster" = var.cluster_id }, var.tags)
}

resource "aws_security_group" "dataplane" {
  name_prefix = "${var.name}-"
  description = "Podium data plane"
  vpc_id      = var.vpc_id
  tags        = local.tags

  ingress {
    description = "Workers"
    protocol    = "tcp"
    from_port   = 8080
    to_port     = 8080
    cidr_blocks = var.worker_ranges
  }

  egress {
    description = "The control plane, and what HTTP tasks call"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "data" {
  name_prefix = "${var.name}-data-"
  description = "Podium data"
  vpc_id      = var.vpc_id
  tags        = local.tags

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
  tags      = local.tags
}

resource "aws_efs_file_system_policy" "data" {
  count          = var.keep_data ? 1 : 0
  file_system_id = aws_efs_file_system.data.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = "*" }, Action = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite", "elasticfilesystem:ClientRootAccess"], Resource = aws_efs_file_system.data.arn },
      { Effect = "Deny", Principal = { AWS = "*" }, Action = "elasticfilesystem:DeleteFileSystem", Resource = aws_efs_file_system.data.arn },
    ]
  })
}

resource "aws_efs_mount_target" "data" {
  for_each        = var.subnet_ids
  file_system_id  = aws_efs_file_system.data.id
  subnet_id       = each.value
  security_groups = [aws_security_group.data.id]
}

resource "aws_secretsmanager_secret" "join" {
  name_prefix = "${var.name}-join-"
  tags        = local.tags
}

resource "aws_secretsmanager_secret_version" "join" {
  secret_id     = aws_secretsmanager_secret.join.id
  secret_string = var.join_token
}

resource "aws_cloudwatch_log_group" "dataplane" {
  name              = "/ecs/${var.name}"
  retention_in_days = 30
  tags              = local.tags
}

resource "aws_iam_role" "execution" {
  name_prefix = "${var.name}-"
  tags        = local.tags
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
  name = var.name
  tags = local.tags
}

resource "aws_ecs_task_definition" "dataplane" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  tags                     = local.tags

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
      command     = ["sh", "-c", "wget -qO /program/edge '${var.program_url}' && echo '${var.program_sha256}  /program/edge' | sha256sum -c - && chmod 755 /program/edge"]
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
        { name = "PODIUM_EDGE_CONTROL_PLANE", value = var.control_plane },
        { name = "PODIUM_EDGE_CLUSTER_ID", value = var.cluster_id },
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
  name                               = var.name
  cluster                            = aws_ecs_cluster.podium.id
  task_definition                    = aws_ecs_task_definition.dataplane.arn
  desired_count                      = 1
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100
  tags                               = local.tags

  network_configuration {
    subnets         = var.subnet_ids
    security_groups = [aws_security_group.dataplane.id]
  }

  depends_on = [aws_efs_mount_target.data]
}
