provider "aws" {
  region = "eu-central-1"
}

module "podium" {
  source = "../.."

  connection_id   = "pcx-0123456789abcdef0"
  cluster_range   = "10.64.16.0/20"
  vpc_id          = "vpc-0123456789abcdef0"
  zone_id         = "Z0123456789ABCDEFGHIJ"
  route_table_ids = ["rtb-0123456789abcdef0", "rtb-0123456789abcdef1"]
}
