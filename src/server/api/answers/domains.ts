import { z } from 'zod';
import type { SenderDesk } from '../../../desk/desk.ts';
import { answer, type Given } from './answer.ts';
import { about, count, countOrNull, listOf, text, textOrNull, time, timeOrNull } from './common.ts';

const itemName = z.enum([
  'identity',
  'dkim',
  'dkim_records',
  'spf',
  'dmarc',
  'alignment',
  'mail_from',
  'tls',
  'events',
]);

export const domainItem = z
  .object({
    item: itemName,
    status: z.enum(['ok', 'advice', 'wrong', 'missing', 'unasked']),
    found: text,
    expected: textOrNull,
    todo: z.array(text),
    findings: z
      .array(z.object({ code: text, about }))
      .optional()
      .meta({ description: 'The same as data, the most important first' }),
  })
  .meta({ id: 'DomainItem' });

const row = {
  name: text,
  organisation: text,
  primary: text,
  addedAt: time,
  check: z.object({ at: time, ready: z.boolean(), blockers: z.array(itemName) }).nullable(),
  gmail: z.object({ last24Hours: count, bulkSenderSince: timeOrNull }),
};

const domainRow = answer<Given<SenderDesk['domains']>[number]>()(z.object(row)).meta({
  id: 'DomainRow',
});

export const domainRows = listOf(domainRow, 'Domains');

export const domainCheck = answer<Given<SenderDesk['checkDomain']>>()(
  z.object({
    domain: text,
    checkedAt: time,
    ready: z.boolean(),
    blockers: z.object({ always: z.array(itemName), byDefault: z.array(itemName) }),
    items: z.array(domainItem),
    spf: z.object({ lookups: countOrNull, tree: z.array(text) }),
  }),
).meta({ id: 'DomainCheck' });

export const domain = answer<Given<SenderDesk['domain']>>()(
  z.object({
    ...row,
    records: z.array(
      z.object({
        name: text,
        type: z.enum(['CNAME', 'MX', 'TXT']),
        value: text,
        priority: countOrNull,
        purpose: text,
        relativeName: text,
      }),
    ),
    zone: text.meta({ description: 'The records as a fragment of a zone file' }),
    trouble: textOrNull.meta({ description: 'Why SES could not be asked for the records' }),
    lastCheck: domainCheck.nullable(),
  }),
).meta({ id: 'Domain' });

export const moved = answer<Given<SenderDesk['moveDomain']>>()(
  z.object({ organisation: text, domains: z.array(text) }),
).meta({ id: 'DomainMove' });

export const removedDomain = answer<Given<SenderDesk['removeDomain']>>()(z.object({ name: text })).meta({
  id: 'RemovedDomain',
});
