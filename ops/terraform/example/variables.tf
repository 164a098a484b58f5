variable "region" {
  description = "Region of the SES account."
  type        = string
  default     = "ap-northeast-1"
}

variable "domains" {
  description = "Sending domains, each with the subdomain of its MAIL FROM."
  type        = map(object({ mail_from = optional(string) }))
  default     = {}
}

variable "project" {
  description = "Google Cloud project of the log."
  type        = string
}

variable "location" {
  description = "Where the log is kept."
  type        = string
  default     = "asia-northeast1"
}
