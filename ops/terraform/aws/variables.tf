variable "name" {
  description = "What everything is named after: topic and queue are <name>-events, roles and policies <name>-worker and so on."
  type        = string
  default     = "sluice"
}

variable "configuration_set" {
  description = "Name of the SES configuration set (SLUICE_CONFIGURATION_SET)."
  type        = string
  default     = "sluice"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.configuration_set))
    error_message = "It may be up to 64 of A-Z a-z 0-9 _ -"
  }
}

variable "track_opens" {
  description = "Whether SES tells of opens. It then puts a pixel into all mail of the set, but for campaigns whose `tracking` says otherwise."
  type        = bool
  default     = false
}

variable "track_clicks" {
  description = "Whether SES tells of clicks. It then changes the links of all mail of the set, but for campaigns whose `tracking` says otherwise."
  type        = bool
  default     = false
}

variable "domains" {
  description = "Sending domains that Terraform keeps, each with the subdomain of its MAIL FROM (null: SES's own). Leave it empty where `sluice domain add` makes them."
  type        = map(object({ mail_from = optional(string) }))
  default     = {}
}

variable "event_days" {
  description = "How long the queue keeps events that nobody reads, in days."
  type        = number
  default     = 14

  validation {
    condition     = var.event_days >= 1 && var.event_days <= 14
    error_message = "SQS keeps messages for 1 to 14 days."
  }
}

variable "receives_max" {
  description = "So often a message may be received before SQS sets it aside. Sluice deletes what it can't read itself, so this counts tries while Redis is away: keep it high."
  type        = number
  default     = 1000

  validation {
    condition     = var.receives_max >= 100 && var.receives_max <= 1000
    error_message = "It may be from 100 to 1000: events that are set aside reach nobody."
  }
}

variable "trust_policy" {
  description = "JSON of who may take the roles of worker and server (ECS tasks, EKS pods, EC2). Null makes policies and no roles."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that takes some."
  type        = map(string)
  default     = {}
}
