# The policy files of ops/aws with their placeholders filled in. It needs no provider, so that it runs anywhere.

terraform {
  required_version = ">= 1.5"
}

locals {
  names = {
    partition         = var.partition
    region            = var.region
    account           = var.account
    configuration_set = var.configuration_set
    topic             = var.topic
    queue             = var.queue
  }
  files = "${path.module}/../../aws"
}
