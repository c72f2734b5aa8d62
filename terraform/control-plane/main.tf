data "aws_region" "here" {}

locals {
  tags = merge({ Name = var.name }, var.tags)
}

resource "aws_security_group" "balancer" {
  name_prefix = "${var.name}-balancer-"
  description = "Podium: browsers and data planes"
  vpc_id      = var.vpc_id
  tags        = local.tags

  ingress {
    description = "HTTPS"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    description = "The control plane"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "control" {
  name_prefix = "${var.name}-"
  description = "Podium control plane"
  vpc_id      = var.vpc_id
  tags        = local.tags

  ingress {
    description     = "The load balancer"
    protocol        = "tcp"
    from_port       = 8080
    to_port         = 8080
    security_groups = [aws_security_group.balancer.id]
  }

  egress {
    description = "AWS, identity providers, clusters"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "data" {
  name_prefix = "${var.name}-data-"
  description = "Podium control plane: data"
  vpc_id      = var.vpc_id
  tags        = local.tags

  ingress {
    description     = "The control plane"
    protocol        = "tcp"
    from_port       = 2049
    to_port         = 2049
    security_groups = [aws_security_group.control.id]
  }
}

resource "aws_efs_file_system" "data" {
  encrypted = true
  tags      = local.tags
}

resource "aws_efs_backup_policy" "data" {
  file_system_id = aws_efs_file_system.data.id

  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_efs_mount_target" "data" {
  for_each        = var.private_subnet_ids
  file_system_id  = aws_efs_file_system.data.id
  subnet_id       = each.value
  security_groups = [aws_security_group.data.id]
}

resource "aws_lb" "control" {
  name               = var.name
  load_balancer_type = "application"
  subnets            = var.public_subnet_ids
  security_groups    = [aws_security_group.balancer.id]
  idle_timeout       = 120
  tags               = local.tags
}

resource "aws_lb_target_group" "control" {
  name        = var.name
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = 8080
  tags        = local.tags

  health_check {
    path = "/healthz"
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.control.arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  tags              = local.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.control.arn
  }
}

resource "aws_cloudwatch_log_group" "control" {
  name              = "/ecs/${var.name}"
  retention_in_days = 90
  tags              = local.tags
}

resource "aws_ecs_cluster" "control" {
  name = var.name
  tags = local.tags
}

resource "aws_ecs_task_definition" "control" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 1024
  memory                   = 2048
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.control.arn
  tags                     = local.tags

  volume {
    name = "data"
    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.data.id
      transit_encryption = "ENABLED"
    }
  }

  container_definitions = jsonencode([{
    name      = "control"
    image     = var.image
    essential = true
    command   = ["controlplane", "serve", "--insecure-http"]
    environment = [
      { name = "PODIUM_LISTEN", value = "0.0.0.0:8080" },
      { name = "PODIUM_DATA", value = "/data/podium" },
      { name = "PODIUM_PUBLIC_URL", value = var.public_url },
      { name = "PODIUM_AWS_REGIONS", value = join(",", var.regions) },
      { name = "PODIUM_AWS_DOMAIN", value = var.cluster_domain },
      { name = "PODIUM_AWS_HOSTED_ZONE", value = var.hosted_zone_id },
      { name = "PODIUM_AWS_IMAGE", value = var.dataplane_image },
      { name = "PODIUM_AWS_VERSIONS", value = join(",", var.dataplane_versions) },
    ]
    portMappings = [{ containerPort = 8080 }]
    mountPoints  = [{ sourceVolume = "data", containerPath = "/data" }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.control.name
        awslogs-region        = data.aws_region.here.name
        awslogs-stream-prefix = "control"
      }
    }
  }])
}

# The data belongs to one process at a time: the old one ends before the new one starts.
resource "aws_ecs_service" "control" {
  name                               = var.name
  cluster                            = aws_ecs_cluster.control.id
  task_definition                    = aws_ecs_task_definition.control.arn
  desired_count                      = 1
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100
  tags                               = local.tags

  network_configuration {
    subnets         = var.private_subnet_ids
    security_groups = [aws_security_group.control.id]
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.control.arn
    container_name   = "control"
    container_port   = 8080
  }

  depends_on = [aws_efs_mount_target.data, aws_lb_listener.https]
}
