variable "project" {
  description = "Project of the dataset, in which jobs run (GOOGLE_CLOUD_PROJECT)."
  type        = string
}

variable "dataset" {
  description = "Dataset of the delivery log (SLUICE_BIGQUERY_DATASET)."
  type        = string
  default     = "sluice"

  validation {
    condition     = can(regex("^[A-Za-z0-9_]{1,1024}$", var.dataset))
    error_message = "It may be up to 1024 of A-Z a-z 0-9 _"
  }
}

variable "location" {
  description = "Where the dataset is, such as asia-northeast1, US or EU (SLUICE_BIGQUERY_LOCATION). It can't be changed later."
  type        = string
}

variable "time_travel_hours" {
  description = "How long BigQuery keeps what was changed or deleted. `sluice forget` is complete when it is over, so the least is the default."
  type        = number
  default     = 48

  validation {
    condition     = var.time_travel_hours >= 48 && var.time_travel_hours <= 168
    error_message = "BigQuery takes 48 to 168 hours."
  }
}

variable "worker_role" {
  description = "Role of the workers on the dataset. roles/bigquery.dataEditor lets them make and complete the table, and stage audiences; one of your own needs bigquery.tables.get and bigquery.tables.updateData."
  type        = string
  default     = "roles/bigquery.dataEditor"
}

variable "audience_datasets" {
  description = "Datasets that queries of audiences read, as { project, dataset }."
  type        = list(object({ project = string, dataset = string }))
  default     = []
}

variable "readers" {
  description = "Who may read the log besides, such as group:crm@example.com."
  type        = list(string)
  default     = []
}

variable "impersonators" {
  description = "Who may act as the accounts without a key, by account (worker, server), such as a pod's principal of Workload Identity."
  type        = map(list(string))
  default     = {}
}

variable "name" {
  description = "What the service accounts are named after: <name>-worker and <name>-server."
  type        = string
  default     = "sluice"
}

variable "enable_apis" {
  description = "Whether to switch the APIs of BigQuery on in the project."
  type        = bool
  default     = true
}
