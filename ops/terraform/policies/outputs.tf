output "worker" {
  description = "For processes of `sluice worker`."
  value       = templatefile("${local.files}/worker.json", local.names)
}

output "server" {
  description = "For processes of `sluice serve`."
  value       = templatefile("${local.files}/server.json", local.names)
}

output "operator" {
  description = "For people who run `sluice setup`, `domain`, `suppression sync` and `doctor`."
  value       = templatefile("${local.files}/operator.json", local.names)
}

output "topic" {
  description = "On the SNS topic: lets SES publish, for this configuration set only."
  value       = templatefile("${local.files}/topic.json", local.names)
}

output "queue" {
  description = "On the SQS queue: lets the topic deliver."
  value       = templatefile("${local.files}/queue.json", local.names)
}
