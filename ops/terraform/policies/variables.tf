variable "partition" {
  description = "Part of AWS: aws, aws-cn or aws-us-gov."
  type        = string
  default     = "aws"
}

variable "region" {
  description = "Region of the SES account, such as ap-northeast-1."
  type        = string
}

variable "account" {
  description = "Number of the AWS account."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account))
    error_message = "An AWS account has twelve digits."
  }
}

variable "configuration_set" {
  description = "Name of the SES configuration set."
  type        = string
}

variable "topic" {
  description = "Name of the SNS topic that gets SES's events."
  type        = string
}

variable "queue" {
  description = "Name of the SQS queue that gets them from the topic."
  type        = string
}
