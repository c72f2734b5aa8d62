output "connection_status" {
  description = "What AWS says of the connection: active when it is done"
  value       = aws_vpc_peering_connection_accepter.podium.accept_status
}
