import type { FindingCode } from '../../../../identity/finding.ts';
import type { FindingWords } from './findings.ts';

const COPY = 'Put the records under “Records for DNS” into DNS, then choose Check again.';
const NAME_SERVERS = 'See that the records are in DNS, and that the domain’s name servers answer.';
const SET_UP =
  'Whoever runs the workers makes a configuration set with sluice setup, and names it in SLUICE_CONFIGURATION_SET.';

export const englishFindings: Readonly<Record<FindingCode, FindingWords>> = {
  SES_UNASKED: {
    said: () => 'SES could not be asked, so nobody knows. It keeps no campaign from going out.',
    todo: () => 'Choose Check again in a while. If it stays so, the program’s own words say why.',
  },
  NO_IDENTITY: {
    said: (told) => `SES does not know ${told.text('domain')}.`,
    todo: () => `Add the domain once more under Domains, which registers it with SES. ${COPY}`,
  },
  VERIFIED: { said: (told) => `SES lets mail from ${told.text('identity')} out.` },
  NOT_VERIFIED: {
    said: (told) => `SES knows ${told.text('identity')}, and lets no mail from it out: it is not verified.`,
    todo: () => `${COPY} SES verifies a domain by its DKIM records, which may take some hours.`,
  },
  DKIM_SIGNS: { said: (told) => `SES signs as ${told.text('identity')}.` },
  DKIM_SHORT_KEY: {
    said: (told) => `SES signs as ${told.text('identity')}, with a key of 1,024 bits.`,
    todo: () => 'Let SES use a key of 2,048 bits: some receivers take 1,024 for weak.',
  },
  DKIM_OFF: {
    said: (told) => `DKIM is switched off for ${told.text('identity')}, so SES signs nothing.`,
    todo: () => 'Switch DKIM signatures on for the identity, in the SES console.',
  },
  DKIM_PENDING: {
    said: (told) =>
      `SES has not found the DKIM records of ${told.text('identity')} yet. It looks for 72 hours.`,
    todo: () => COPY,
  },
  DKIM_FAILED: {
    said: (told) =>
      `SES looked for the DKIM records of ${told.text('identity')} for 72 hours, found none, and has stopped looking.`,
    todo: () =>
      `Add the domain once more under Domains, which makes SES look again. The records may be others then. ${COPY}`,
  },
  DKIM_TEMPORARY_FAILURE: {
    said: (told) =>
      `SES cannot read the DKIM records of ${told.text('identity')} any more. It signs for the time being.`,
    todo: () => NAME_SERVERS,
  },
  DKIM_NOT_STARTED: {
    said: (told) => `DKIM has not been started for ${told.text('identity')}.`,
    todo: () => `Add the domain once more under Domains, which starts it. ${COPY}`,
  },
  CNAMES_OWN_KEYS: { said: () => 'The keys are your own, so there are no DKIM records of SES.' },
  CNAMES_NO_TOKENS: { said: (told) => `SES names no DKIM records for ${told.text('identity')}.` },
  CNAMES_RIGHT: { said: (told) => `All ${told.count('count')} DKIM records are right.` },
  CNAMES_LACKING: {
    said: (told) => `${told.count('right')} of ${told.count('count')} DKIM records are right.`,
    todo: () =>
      'Put those below into DNS as they are. Many DNS panels add the domain to a name by themselves: then it must not be entered a second time.',
  },
  CNAMES_UNASKED: {
    said: (told) => `DNS did not answer for the DKIM records of ${told.text('identity')}.`,
    todo: () => 'Choose Check again in a while.',
  },
  SPF_OK: {
    said: (told) =>
      `The SPF record of ${told.text('domain')} allows SES. It costs ${told.count('count')} of ${told.count('limit')} DNS look-ups.`,
  },
  SPF_ADVICE: {
    said: (told) =>
      `The SPF record of ${told.text('domain')} allows SES, and could be better. It costs ${told.count('count')} of ${told.count('limit')} DNS look-ups.`,
    todo: () => 'The program’s own words say what could be better.',
  },
  SPF_NO_SES: {
    said: (told) => `The SPF record of ${told.text('domain')} does not allow SES.`,
    todo: (told) => `Put include:amazonses.com before the all of the TXT record at ${told.text('domain')}.`,
  },
  SPF_BROKEN: {
    said: (told) => `The SPF record of ${told.text('domain')} has a fault, so receivers take it for none.`,
    todo: () => 'The program’s own words name the fault. Correct it in DNS, then choose Check again.',
  },
  SPF_SEVERAL: {
    said: (told) =>
      `${told.text('domain')} has ${told.count('count')} SPF records, which receivers take for none.`,
    todo: () => 'Keep one, with everything in it that is needed, and remove the others.',
  },
  SPF_MISSING: {
    said: (told) => `${told.text('domain')} has no SPF record.`,
    todo: (told) => `Add the one below as a TXT record at ${told.text('domain')}.`,
  },
  SPF_UNASKED: {
    said: (told) => `Not all of the SPF record of ${told.text('domain')} could be asked for.`,
    todo: () => 'Choose Check again in a while.',
  },
  SPF_OTHER_BROKEN: {
    said: (told) =>
      `${told.text('domain')} itself, which is not the envelope’s domain, has an SPF record with a fault.`,
    todo: () => 'Correct it as well: mail that others send from it is judged by it.',
  },
  DMARC_OK: {
    said: (told) =>
      `The DMARC record of ${told.text('domain')} is right. Its policy is ${told.text('policy')}.`,
  },
  DMARC_ADVICE: {
    said: (told) =>
      `The DMARC record of ${told.text('domain')} works, and could be better. Its policy is ${told.text('policy')}.`,
    todo: () => 'The program’s own words say what could be better.',
  },
  DMARC_BROKEN: {
    said: (told) => `The DMARC record of ${told.text('domain')} has a fault, so receivers take it for none.`,
    todo: (told) => `Correct the TXT record at _dmarc.${told.text('domain')}, or begin with the one below.`,
  },
  DMARC_SEVERAL: {
    said: (told) =>
      `${told.text('domain')} has ${told.count('count')} DMARC records, which receivers take for none.`,
    todo: (told) => `Keep one at _dmarc.${told.text('domain')}, and remove the others.`,
  },
  DMARC_MISSING: {
    said: (told) => `${told.text('domain')} has no DMARC record.`,
    todo: (told) =>
      `Add the one below as a TXT record at _dmarc.${told.text('domain')}. Reports go to the address behind rua=: put in one that is read.`,
  },
  DMARC_UNASKED: {
    said: (told) => `The DMARC record of ${told.text('domain')} could not be asked for.`,
    todo: () => 'Choose Check again in a while.',
  },
  ALIGNED_BOTH: { said: () => 'From aligns with DKIM and with the envelope: DMARC passes by either.' },
  ALIGNED_DKIM: {
    said: () =>
      'From aligns with DKIM, which is enough for Gmail and Yahoo. Outlook.com wants the envelope to align as well: only a MAIL FROM domain of your own does that.',
  },
  ALIGNED_SPF: {
    said: () => 'From aligns with the envelope only: DMARC fails for mail that is forwarded.',
    todo: (told) => `Add ${told.text('domain')} under Domains, so that mail is signed as it.`,
  },
  ALIGNED_NONE: {
    said: () => 'From aligns with neither DKIM nor the envelope: DMARC fails for all mail.',
    todo: (told) => `Add ${told.text('domain')} under Domains, so that mail is signed as it.`,
  },
  ALIGNED_SPLIT: {
    said: () =>
      'From aligns for some receivers and not for others, by which rules they look for its organisation.',
    todo: (told) => `Add the DMARC record below at _dmarc.${told.text('domain')}: then it aligns for all.`,
  },
  ALIGNMENT_UNASKED: {
    said: () => 'The DMARC record that decides could not be asked for.',
    todo: () => 'Choose Check again in a while.',
  },
  MAIL_FROM_NONE: {
    said: () =>
      'There is no MAIL FROM domain of your own: the envelope is of amazonses.com, so SPF cannot align with From, and DMARC rests on DKIM alone.',
    todo: () => 'Add the domain once more under Domains, with a subdomain for the envelope such as bounce.',
  },
  MAIL_FROM_MX_RIGHT: { said: (told) => `The MX record of ${told.text('domain')} is right.` },
  MAIL_FROM_MX_UNASKED: {
    said: (told) => `The MX record of ${told.text('domain')} could not be asked for.`,
    todo: () => 'Choose Check again in a while.',
  },
  MAIL_FROM_MX_MISSING: {
    said: (told) => `${told.text('domain')} has no MX record.`,
    todo: () => 'Add the one below.',
  },
  MAIL_FROM_MX_SEVERAL: {
    said: (told) =>
      `${told.text('domain')} has ${told.count('count')} MX records, and SES wants exactly one.`,
    todo: () => 'Keep the one below, and remove the others.',
  },
  MAIL_FROM_MX_OTHER: {
    said: (told) => `The MX record of ${told.text('domain')} does not lead to SES in this region.`,
    todo: () => 'Set the one below in its place.',
  },
  MAIL_FROM_SPF: {
    said: (told) => `SPF of ${told.text('domain')} is not in order.`,
    todo: () => 'The line about SPF says what to do.',
  },
  MAIL_FROM_USED: { said: (told) => `SES uses ${told.text('domain')} for the envelope.` },
  MAIL_FROM_PENDING: {
    said: (told) =>
      `SES has not found the MX record of ${told.text('domain')} yet. It looks for 72 hours, and sends under amazonses.com until then.`,
    todo: () => COPY,
  },
  MAIL_FROM_FAILED: {
    said: (told) =>
      `SES looked for the MX record of ${told.text('domain')} for 72 hours and has stopped. It sends under amazonses.com.`,
    todo: () => `${COPY} Then add the domain once more with the same MAIL FROM, which makes SES look again.`,
  },
  MAIL_FROM_TEMPORARY_FAILURE: {
    said: (told) => `SES does not find the MX record of ${told.text('domain')} any more.`,
    todo: () => NAME_SERVERS,
  },
  SET_NONE: { said: () => 'No configuration set is named.', todo: () => SET_UP },
  SET_UNKNOWN: { said: (told) => `SES has no configuration set ${told.text('set')}.`, todo: () => SET_UP },
  TLS_REQUIRED: { said: (told) => `The configuration set ${told.text('set')} requires TLS.` },
  TLS_OPTIONAL: {
    said: (told) =>
      `The configuration set ${told.text('set')} does not require TLS: mail goes in the clear to receivers without it.`,
    todo: () => 'Set its TLS policy to “required” in the SES console, or run sluice setup on a server.',
  },
  EVENTS_ALL: {
    said: (told) => `The configuration set ${told.text('set')} publishes all events that Sluice reads.`,
  },
  EVENTS_LACKING: {
    said: (told) =>
      `The configuration set ${told.text('set')} does not publish all events: ${told.text('events')}.`,
    todo: () => 'Add them to its event destination in the SES console, or run sluice setup on a server.',
  },
  SET_PAUSED: {
    said: (told) => `Sending is paused for the configuration set ${told.text('set')}.`,
    todo: () =>
      'Find out who has paused it, and let it send again. SES pauses a set of which too much bounces.',
  },
};
