variable "connection_id" {
  description = "Id of the peering connection, pcx-…, as Podium shows it"
  type        = string

  validation {
    condition     = startswith(var.connection_id, "pcx-")
    error_message = "connection_id must begin with pcx-."
  }
}

variable "cluster_range" {
  description = "Range of the cluster's network, such as 10.64.16.0/20"
  type        = string

  validation {
    condition     = can(cidrnetmask(var.cluster_range))
    error_message = "cluster_range must be a range of IPv4 addresses such as 10.64.16.0/20."
  }
}

variable "vpc_id" {
  description = "Id of the VPC in which workers run, vpc-…, in the region of the provider"
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "vpc_id must begin with vpc-."
  }
}

variable "zone_id" {
  description = "Id of the private zone of the cluster's names, Z…, as Podium shows it"
  type        = string

  validation {
    condition     = startswith(var.zone_id, "Z")
    error_message = "zone_id must begin with Z."
  }
}

variable "route_table_ids" {
  description = "Route tables of the subnets in which workers run: all of them"
  type        = set(string)

  validation {
    condition     = length(var.route_table_ids) > 0
    error_message = "route_table_ids must name at least one route table."
  }
}

variable "worker_security_group_ids" {
  description = "Security groups of the workers that may not yet call out; empty when they may call anywhere"
  type        = set(string)
  default     = []
}

variable "tags" {
  description = "Tags for the connection"
  type        = map(string)
  default     = {}
}
