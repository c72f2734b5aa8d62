resource "aws_vpc_peering_connection_accepter" "podium" {
  vpc_peering_connection_id = var.connection_id
  auto_accept               = true
  tags                      = merge({ Name = "podium" }, var.tags)
}

# AWS takes the options only once the connection is active.
resource "aws_vpc_peering_connection_options" "podium" {
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.podium.id

  accepter {
    allow_remote_vpc_dns_resolution = true
  }
}

resource "aws_route" "cluster" {
  for_each = var.route_table_ids

  route_table_id            = each.value
  destination_cidr_block    = var.cluster_range
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.podium.id
}

# The cluster's names then stand for its private addresses in this network.
resource "aws_route53_zone_association" "names" {
  zone_id = var.zone_id
  vpc_id  = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "https" {
  for_each = var.worker_security_group_ids

  security_group_id = each.value
  description       = "Podium: REST"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = var.cluster_range
}

resource "aws_vpc_security_group_egress_rule" "grpc" {
  for_each = var.worker_security_group_ids

  security_group_id = each.value
  description       = "Podium: gRPC"
  ip_protocol       = "tcp"
  from_port         = 8090
  to_port           = 8090
  cidr_ipv4         = var.cluster_range
}
