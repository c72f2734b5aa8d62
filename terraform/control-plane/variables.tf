variable "name" {
  description = "Begins the names of all resources"
  type        = string
  default     = "podium-control"
}

variable "image" {
  description = "Image with the programs controlplane and edge, pinned by its digest"
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must be pinned by its digest: …@sha256:…"
  }
}

variable "dataplane_image" {
  description = "Image of the data plane for clusters, without a tag"
  type        = string
}

variable "dataplane_versions" {
  description = "Tags or digests of that image that clusters can have, newest first"
  type        = list(string)
}

variable "regions" {
  description = "Regions in which clusters can be made, the default first"
  type        = list(string)
}

variable "public_url" {
  description = "URL under which browsers and data planes reach the control plane"
  type        = string

  validation {
    condition     = startswith(var.public_url, "https://")
    error_message = "public_url must begin with https://."
  }
}

variable "certificate_arn" {
  description = "Certificate of the host of public_url"
  type        = string
}

variable "cluster_domain" {
  description = "Name below which clusters get theirs"
  type        = string
}

variable "hosted_zone_id" {
  description = "Route 53 zone of cluster_domain"
  type        = string
}

variable "vpc_id" {
  description = "VPC in which the control plane runs"
  type        = string
}

variable "public_subnet_ids" {
  description = "Subnets of the load balancer"
  type        = set(string)
}

variable "private_subnet_ids" {
  description = "Subnets of the task, with a way out to the internet"
  type        = set(string)
}

variable "tags" {
  description = "Tags for all resources"
  type        = map(string)
  default     = {}
}
