provider "aws" {
  region = "eu-central-1"
}

variable "join_token" {
  description = "One-time token, from the cluster's join page"
  type        = string
  sensitive   = true
}

module "podium" {
  source = "../.."

  control_plane  = "https://podium.example.com"
  cluster_id     = "clu_example"
  join_token     = var.join_token
  program_url    = "https://podium.example.com/join/edge-linux-amd64"
  program_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  advertise      = "https://workflows.internal.example.com/api"
  vpc_id         = "vpc-0123456789abcdef0"
  subnet_ids     = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  worker_ranges  = ["10.0.0.0/16"]

  # Backups stay on the data plane's file system, and Podium never replaces its key.
  backup_dir      = "/data/backups"
  refuse_commands = ["rotate-certificate"]
}
