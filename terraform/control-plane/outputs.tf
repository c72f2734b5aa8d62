output "balancer_dns_name" {
  description = "What the host of public_url must lead to"
  value       = aws_lb.control.dns_name
}

output "role_arn" {
  description = "Role with which clusters are made"
  value       = aws_iam_role.control.arn
}
