# Runs with the provider's schema and without an account: terraform init && terraform test (1.7 or newer)

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "ap-northeast-1" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:ap-northeast-1:123456789012:sluice-events" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:ap-northeast-1:123456789012:sluice-events" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/sluice" }
  }
  mock_resource "aws_sesv2_email_identity" {
    defaults = { dkim_signing_attributes = { tokens = ["one", "two", "three"] } }
  }
}

run "by_default_no_roles_and_no_domains" {
  assert {
    condition     = aws_sesv2_configuration_set.sluice.delivery_options[0].tls_policy == "REQUIRE"
    error_message = "Mail may go out without TLS."
  }

  assert {
    condition     = length(aws_sesv2_configuration_set_event_destination.sluice.event_destination[0].matching_event_types) == 7
    error_message = "Opens and clicks are published without having been asked for."
  }

  assert {
    condition     = aws_sns_topic_subscription.events.endpoint == aws_sqs_queue.events.arn && aws_sns_topic_subscription.events.topic_arn == aws_sns_topic.events.arn
    error_message = "The queue does not get what the topic gets."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.events.redrive_policy).maxReceiveCount == 1000
    error_message = "Events are set aside while Redis is away."
  }

  assert {
    condition     = jsondecode(aws_iam_policy.sluice["worker"].policy).Statement[4].Resource == "arn:aws:sqs:ap-northeast-1:123456789012:sluice-events"
    error_message = "Workers may read another queue than theirs."
  }

  assert {
    condition     = length(output.role_arns) == 0 && length(output.dns_records) == 0
    error_message = "Something was made that nobody asked for."
  }

  assert {
    condition     = output.environment.AWS_REGION == "ap-northeast-1" && output.environment.SLUICE_CONFIGURATION_SET == "sluice"
    error_message = "The settings are not those of what was made."
  }
}

run "a_domain_comes_with_its_records" {
  variables {
    domains      = { "news.example.com" = { mail_from = "bounce" }, "example.org" = {} }
    track_opens  = true
    track_clicks = true
    trust_policy = "{}"
  }

  assert {
    condition     = length([for record in output.dns_records : record if record.type == "CNAME"]) == 6
    error_message = "Each domain has three records of DKIM."
  }

  assert {
    condition     = contains(output.dns_records, { name = "bounce.news.example.com", type = "MX", value = "10 feedback-smtp.ap-northeast-1.amazonses.com" })
    error_message = "The MAIL FROM has no MX."
  }

  assert {
    condition     = length([for record in output.dns_records : record if record.type == "MX"]) == 1
    error_message = "A domain without a MAIL FROM of its own has one."
  }

  assert {
    condition     = length(aws_sesv2_configuration_set_event_destination.sluice.event_destination[0].matching_event_types) == 9
    error_message = "Opens and clicks are not published."
  }

  assert {
    condition     = join(",", keys(output.role_arns)) == "server,worker"
    error_message = "There are not two roles."
  }
}

run "events_are_not_set_aside_soon" {
  command         = plan
  expect_failures = [var.receives_max]

  variables {
    receives_max = 3
  }
}
