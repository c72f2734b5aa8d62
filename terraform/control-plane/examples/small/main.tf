provider "aws" {
  region = "eu-central-1"
}

module "podium" {
  source = "../.."

  image              = "registry.example.com/podium/controlplane@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  dataplane_image    = "registry.example.com/podium/dataplane"
  dataplane_versions = ["1.0.0"]
  regions            = ["eu-central-1"]
  public_url         = "https://podium.example.com"
  certificate_arn    = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  cluster_domain     = "clusters.example.com"
  hosted_zone_id     = "Z0123456789EXAMPLE"
  vpc_id             = "vpc-0123456789abcdef0"
  public_subnet_ids  = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  private_subnet_ids = ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"]
}
