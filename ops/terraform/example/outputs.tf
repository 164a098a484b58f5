output "environment" {
  description = "Settings of Sluice, a line each. REDIS_URL, SLUICE_PUBLIC_URL, SLUICE_SECRET and SLUICE_API_TOKEN are yours to add."
  value = join("\n", [
    for name, value in merge(module.aws.environment, module.google.environment) : "${name}=${value}"
  ])
}

output "dns_records" {
  description = "What DNS needs before the domains can send."
  value       = module.aws.dns_records
}

output "policy_arns" {
  description = "Policies for workers, server and operators."
  value       = module.aws.policy_arns
}

output "service_accounts" {
  description = "Google's accounts for workers and server."
  value       = module.google.service_accounts
}
