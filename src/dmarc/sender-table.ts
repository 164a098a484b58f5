import { organisationalDomain } from '../identity/organisational-domain.ts';

/**
 * Whom registrable domains belong to: senders, and mailboxes that forward. Domains that anybody may rent a machine under
 * (amazonaws.com, googleusercontent.com) are not among them, since those say nothing of who sends.
 */
const ORGANISATIONS: Readonly<Record<string, string>> = {
  'amazonses.com': 'Amazon SES',
  'apple.com': 'Apple',
  'benchmarkemail.com': 'Benchmark Email',
  'brevo.com': 'Brevo',
  'cuenote.jp': 'ユミルリンク (Cuenote)',
  'docomo.ne.jp': 'NTTドコモ',
  'exacttarget.com': 'Salesforce Marketing Cloud',
  'ezweb.ne.jp': 'KDDI',
  'fastmail.com': 'Fastmail',
  'freshdesk.com': 'Freshworks',
  'google.com': 'Google',
  'hubspotemail.net': 'HubSpot',
  'icloud.com': 'Apple',
  'karte.io': 'KARTE (プレイド)',
  'kintoneapp.com': 'サイボウズ (kintone)',
  'mailchimpapp.net': 'Mailchimp',
  'mailgun.net': 'Mailgun',
  'mailgun.org': 'Mailgun',
  'mandrillapp.com': 'Mailchimp Transactional',
  'mcdlv.net': 'Mailchimp',
  'mcsv.net': 'Mailchimp',
  'messagingengine.com': 'Fastmail',
  'microsoft.com': 'Microsoft',
  'mktomail.com': 'Adobe Marketo',
  'mtasv.net': 'Postmark',
  'outlook.com': 'Microsoft',
  'postmarkapp.com': 'Postmark',
  'rsgsv.net': 'Mailchimp',
  'salesforce.com': 'Salesforce',
  'sendgrid.net': 'Twilio SendGrid',
  'sendinblue.com': 'Brevo',
  'shopifyemail.com': 'Shopify',
  'softbank.jp': 'ソフトバンク',
  'sparkpostmail.com': 'SparkPost',
  'stripe.com': 'Stripe',
  'treasuredata.com': 'Treasure Data',
  'yahoo.co.jp': 'LINEヤフー',
  'yahoo.com': 'Yahoo',
  'zendesk.com': 'Zendesk',
  'zoho.com': 'Zoho',
};

/**
 * Those of them at which anybody may have a mailbox. Their machines send what whoever has one writes as From, and send on what came
 * for it, spam too: that mail comes from there does not say that it is legitimate.
 */
const MAILBOXES: ReadonlySet<string> = new Set([
  'apple.com',
  'docomo.ne.jp',
  'ezweb.ne.jp',
  'fastmail.com',
  'google.com',
  'icloud.com',
  'messagingengine.com',
  'microsoft.com',
  'outlook.com',
  'softbank.jp',
  'yahoo.co.jp',
  'yahoo.com',
  'zoho.com',
]);

/** Whether a name is of a service that sends for companies, which look after who sends as whom. */
export function isSenderService(domain: string): boolean {
  const owner = organisationalDomain(domain);
  return owner !== null && Object.hasOwn(ORGANISATIONS, owner) && !MAILBOXES.has(owner);
}

/** The name of a well-known organisation; null where the table has none. */
export function knownOrganisation(domain: string): string | null {
  const owner = organisationalDomain(domain);
  return (owner === null ? undefined : ORGANISATIONS[owner]) ?? null;
}
