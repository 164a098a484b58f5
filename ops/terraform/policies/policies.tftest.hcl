# Runs without any provider: terraform init && terraform test

variables {
  region            = "ap-northeast-1"
  account           = "123456789012"
  configuration_set = "sluice"
  topic             = "sluice-events"
  queue             = "sluice-events"
}

run "policies_are_json_without_placeholders" {
  command = plan

  assert {
    condition     = alltrue([for policy in [output.worker, output.server, output.operator, output.topic, output.queue] : jsondecode(policy).Version == "2012-10-17"])
    error_message = "A policy is no JSON."
  }

  assert {
    condition     = !strcontains(join("", [output.worker, output.server, output.operator, output.topic, output.queue]), "$${")
    error_message = "A placeholder was left."
  }

  assert {
    condition     = jsondecode(output.queue).Statement[0].Condition.ArnEquals["aws:SourceArn"] == jsondecode(output.topic).Statement[0].Resource
    error_message = "The queue does not take from the topic that SES publishes to."
  }
}

run "an_account_has_twelve_digits" {
  command         = plan
  expect_failures = [var.account]

  variables {
    account = "12"
  }
}
