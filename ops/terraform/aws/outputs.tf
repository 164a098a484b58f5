output "environment" {
  description = "Settings of Sluice: for workers, the server and whoever runs commands."
  value = {
    AWS_REGION               = local.region
    SLUICE_CONFIGURATION_SET = aws_sesv2_configuration_set.sluice.configuration_set_name
    SLUICE_SQS_URL           = aws_sqs_queue.events.url
  }
}

output "topic_arn" {
  description = "Topic with SES's events."
  value       = aws_sns_topic.events.arn
}

output "queue_arn" {
  description = "Queue with SES's events."
  value       = aws_sqs_queue.events.arn
}

output "set_aside_queue_url" {
  description = "Queue of events that were received too often. Anything in it wants a look."
  value       = aws_sqs_queue.set_aside.url
}

output "policy_arns" {
  description = "Policies by whom they are for: worker, server, operator."
  value       = { for who, policy in aws_iam_policy.sluice : who => policy.arn }
}

output "role_arns" {
  description = "Roles by whom they are for: worker, server. Empty without a trust policy."
  value       = { for who, role in aws_iam_role.sluice : who => role.arn }
}

output "dns_records" {
  description = "Records of the domains for DKIM and MAIL FROM. DMARC is the organisation's own: `sluice domain add` shows a first one."
  value       = concat(local.dkim_records, local.mail_from_records)
}
