import { z } from 'zod';
import type { Desk } from '../../desk/desk.ts';
import { monthReports } from './answers/dmarc.ts';
import { domain, domainCheck, domainRows, moved, removedDomain } from './answers/domains.ts';
import { authorOf, nameParams, signature, signatureWithReason } from './input.ts';
import { operation, type Route } from './operation.ts';

const tag = 'domains';
const organisation = z.string().trim().min(1).max(200);
const name = z.string().trim().min(1).max(1_000);
/** Of a query. */
const flag = z.enum(['true', 'false']).transform((word) => word === 'true');

export function domainRoutes({ senders }: Desk): Route[] {
  return [
    operation({
      id: 'listDomains',
      method: 'GET',
      url: '/v1/domains',
      tag,
      summary: 'List sending domains',
      answers: { 200: domainRows },
      handle: async () => ({ items: [...(await senders.domains())] }),
    }),
    operation({
      id: 'addDomain',
      method: 'POST',
      url: '/v1/domains',
      tag,
      summary: 'Register a sending domain with SES',
      description:
        'Answers with the records to make in DNS. One that is registered already is shown. A domain of another organisation is a conflict. Idempotent.',
      body: z.strictObject({
        name: name.meta({ description: 'Such as news.example.com' }),
        organisation: organisation
          .exactOptional()
          .meta({ description: 'Who owns it; `default` where it is missing' }),
        mailFrom: name
          .exactOptional()
          .meta({ description: 'A subdomain of it for the envelope, such as bounce' }),
        dkimLength: z.union([z.literal(1024), z.literal(2048)]).exactOptional(),
        ...signature,
      }),
      answers: { 200: domain },
      errors: [409, 502],
      handle: ({ body: { by, reason, ...order }, ...call }) =>
        senders.addDomain(order, authorOf(call, { by, reason })),
    }),
    operation({
      id: 'getDomain',
      method: 'GET',
      url: '/v1/domains/:name',
      tag,
      summary: 'A sending domain, with its DNS records',
      params: nameParams,
      answers: { 200: domain },
      errors: [404],
      handle: ({ params }) => senders.domain(params.name),
    }),
    operation({
      id: 'checkDomain',
      method: 'POST',
      url: '/v1/domains/:name/check',
      tag,
      summary: 'Ask DNS and SES anew',
      description: 'The answer is 200 also where it is not ready: look at `ready`.',
      params: nameParams,
      answers: { 200: domainCheck },
      errors: [404],
      handle: ({ params }) => senders.checkDomain(params.name),
    }),
    operation({
      id: 'moveDomain',
      method: 'POST',
      url: '/v1/domains/:name/move',
      tag,
      summary: 'Give it to another organisation',
      description: 'With all that share its organisational domain.',
      params: nameParams,
      body: z.strictObject({ organisation, ...signatureWithReason }),
      answers: { 200: moved },
      errors: [404, 409],
      handle: ({ params, body: { organisation: to, ...said }, ...call }) =>
        senders.moveDomain(params.name, to, authorOf(call, said)),
    }),
    operation({
      id: 'removeDomain',
      method: 'DELETE',
      url: '/v1/domains/:name',
      tag,
      summary: 'Remove a sending domain',
      description:
        'Also from SES, unless `keepIdentity` is true. A domain that campaigns send from is a conflict.',
      params: nameParams,
      query: z.strictObject({ keepIdentity: flag.default(false), ...signature }),
      answers: { 200: removedDomain },
      errors: [404, 409, 502],
      handle: ({ params, query: { keepIdentity, ...said }, ...call }) =>
        senders.removeDomain(params.name, keepIdentity, authorOf(call, said)),
    }),
    operation({
      id: 'getDmarcReports',
      method: 'GET',
      url: '/v1/dmarc',
      tag,
      summary: 'What receivers reported of a month',
      description: 'The newest month of which there are reports, and all domains, where they are not named.',
      query: z.strictObject({
        domain: name.exactOptional(),
        month: z
          .string()
          .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month, such as 2026-11')
          .exactOptional(),
      }),
      answers: { 200: monthReports },
      errors: [404],
      handle: async ({ query }) => ({ items: [...(await senders.dmarc(query))] }),
    }),
  ];
}
