variable "name" {
  description = "Begins the names of all resources"
  type        = string
  default     = "podium"
}

variable "control_plane" {
  description = "URL of the control plane, such as https://podium.example.com"
  type        = string

  validation {
    condition     = startswith(var.control_plane, "https://")
    error_message = "control_plane must begin with https://."
  }
}

variable "cluster_id" {
  description = "Id of the cluster, from its join page"
  type        = string
}

variable "join_token" {
  description = "One-time token, from the cluster's join page"
  type        = string
  sensitive   = true
}

variable "program_url" {
  description = "Where the program of the data plane is fetched, from the join page"
  type        = string
}

variable "program_sha256" {
  description = "Digest of the program, 64 hexadecimal digits, from the join page"
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.program_sha256))
    error_message = "program_sha256 must be 64 hexadecimal digits."
  }
}

variable "advertise" {
  description = "API root as workers reach it, for instance behind a load balancer of yours; ends in /api"
  type        = string

  validation {
    condition     = endswith(var.advertise, "/api")
    error_message = "advertise must end in /api."
  }
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

variable "vpc_id" {
  description = "VPC in which the data plane runs"
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets with a way out to the internet"
  type        = set(string)
}

variable "worker_ranges" {
  description = "Ranges that workers call from"
  type        = list(string)
}

variable "cpu" {
  description = "1024ths of a vCPU; Fargate takes certain pairs with memory"
  type        = number
  default     = 1024
}

variable "memory" {
  description = "MiB"
  type        = number
  default     = 2048
}

variable "keep_data" {
  description = "Whether the file system stays when the module is destroyed: Terraform then refuses to remove it"
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags for all resources"
  type        = map(string)
  default     = {}
}
