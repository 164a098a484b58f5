output "environment" {
  description = "Settings of Sluice: for workers, the server and whoever runs commands."
  value = {
    GOOGLE_CLOUD_PROJECT     = var.project
    SLUICE_BIGQUERY_DATASET  = google_bigquery_dataset.log.dataset_id
    SLUICE_BIGQUERY_LOCATION = google_bigquery_dataset.log.location
    SLUICE_LOG               = "bigquery"
  }
}

output "service_accounts" {
  description = "Email addresses of the service accounts by whom they are for: worker, server."
  value       = { for who, account in google_service_account.sluice : who => account.email }
}
