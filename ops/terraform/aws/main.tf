# SES publishes events to a topic, and a queue holds them until a worker reads them.

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
data "aws_region" "here" {}

locals {
  region = data.aws_region.here.id
  events = "${var.name}-events"
  needed = ["SEND", "DELIVERY", "DELIVERY_DELAY", "BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE"]
  wanted = concat(var.track_opens ? ["OPEN"] : [], var.track_clicks ? ["CLICK"] : [])
}

module "policies" {
  source = "../policies"

  partition         = data.aws_partition.here.partition
  region            = local.region
  account           = data.aws_caller_identity.here.account_id
  configuration_set = var.configuration_set
  topic             = local.events
  queue             = local.events
}

resource "aws_sesv2_configuration_set" "sluice" {
  configuration_set_name = var.configuration_set
  tags                   = var.tags

  delivery_options {
    tls_policy = "REQUIRE"
  }

  reputation_options {
    reputation_metrics_enabled = true
  }

  sending_options {
    sending_enabled = true
  }
}

# The name is the one that `sluice setup` looks for, so that it finds nothing to do.
resource "aws_sesv2_configuration_set_event_destination" "sluice" {
  configuration_set_name = aws_sesv2_configuration_set.sluice.configuration_set_name
  event_destination_name = "sluice"

  event_destination {
    enabled              = true
    matching_event_types = concat(local.needed, local.wanted)

    sns_destination {
      topic_arn = aws_sns_topic.events.arn
    }
  }

  # SES looks whether it may publish.
  depends_on = [aws_sns_topic_policy.events]
}

resource "aws_sns_topic" "events" {
  name = local.events
  tags = var.tags
}

resource "aws_sns_topic_policy" "events" {
  arn    = aws_sns_topic.events.arn
  policy = module.policies.topic
}

resource "aws_sqs_queue" "events" {
  name                      = local.events
  message_retention_seconds = var.event_days * 86400
  receive_wait_time_seconds = 20
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.set_aside.arn
    maxReceiveCount     = var.receives_max
  })
}

resource "aws_sqs_queue" "set_aside" {
  name                      = "${local.events}-set-aside"
  message_retention_seconds = 14 * 86400
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy    = module.policies.queue
}

# Raw: the message is SES's event and nothing around it. Sluice reads both kinds.
resource "aws_sns_topic_subscription" "events" {
  topic_arn            = aws_sns_topic.events.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.events.arn
  raw_message_delivery = true

  depends_on = [aws_sqs_queue_policy.events]
}
