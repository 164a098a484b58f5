# Domains that are kept here. Sluice finds them in SES: `sluice domain add NAME` makes none anew, and writes down who owns it.

resource "aws_sesv2_email_identity" "domain" {
  for_each = var.domains

  email_identity = each.key
  tags           = var.tags

  dkim_signing_attributes {
    next_signing_key_length = "RSA_2048_BIT"
  }
}

resource "aws_sesv2_email_identity_mail_from_attributes" "domain" {
  for_each = { for name, domain in var.domains : name => domain.mail_from if domain.mail_from != null }

  email_identity         = aws_sesv2_email_identity.domain[each.key].email_identity
  mail_from_domain       = "${each.value}.${each.key}"
  behavior_on_mx_failure = "USE_DEFAULT_VALUE"
}

locals {
  dkim_records = flatten([
    for name, identity in aws_sesv2_email_identity.domain : [
      for token in identity.dkim_signing_attributes[0].tokens : {
        name  = "${token}._domainkey.${name}"
        type  = "CNAME"
        value = "${token}.dkim.amazonses.com"
      }
    ]
  ])
  mail_from_records = flatten([
    for name, attributes in aws_sesv2_email_identity_mail_from_attributes.domain : [
      { name = attributes.mail_from_domain, type = "MX", value = "10 feedback-smtp.${local.region}.amazonses.com" },
      { name = attributes.mail_from_domain, type = "TXT", value = "v=spf1 include:amazonses.com ~all" },
    ]
  ])
}
