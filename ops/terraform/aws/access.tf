# What each kind of process may do, as ops/aws has it.

locals {
  access = {
    worker   = module.policies.worker
    server   = module.policies.server
    operator = module.policies.operator
  }
  roles = var.trust_policy == null ? toset([]) : toset(["worker", "server"])
}

resource "aws_iam_policy" "sluice" {
  for_each = local.access

  name   = "${var.name}-${each.key}"
  policy = each.value
  tags   = var.tags
}

resource "aws_iam_role" "sluice" {
  for_each = local.roles

  name               = "${var.name}-${each.key}"
  assume_role_policy = var.trust_policy
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "sluice" {
  for_each = local.roles

  role       = aws_iam_role.sluice[each.key].name
  policy_arn = aws_iam_policy.sluice[each.key].arn
}
