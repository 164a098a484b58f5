# Both modules together: terraform init && terraform apply, then
#   terraform output -raw environment > sluice.env

terraform {
  required_version = ">= 1.5"
}

provider "aws" {
  region = var.region
}

provider "google" {
  project = var.project
}

module "aws" {
  source = "../aws"

  domains = var.domains
}

module "google" {
  source = "../google"

  project  = var.project
  location = var.location
}
