output "security_group_id" {
  description = "Security group of the data plane, to open to a load balancer of yours"
  value       = aws_security_group.dataplane.id
}

output "file_system_id" {
  description = "File system that holds all that the cluster keeps"
  value       = aws_efs_file_system.data.id
}

output "log_group" {
  description = "Log group of the data plane"
  value       = aws_cloudwatch_log_group.dataplane.name
}
