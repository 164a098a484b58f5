import { Resolver } from 'node:dns/promises';
import { type DnsSource, lookUp } from './dns-record.ts';

/** What SES sees when it looks at a domain. Null: nobody could say. */
export interface DnsView {
  cname(name: string): Promise<readonly string[] | null>;
  mx(name: string): Promise<readonly string[] | null>;
  txt(name: string): Promise<readonly string[] | null>;
}

const ANSWER_MS = 1_000;
const TRIES = 2;

/** By way of resolvers, `ip:port`. */
export function resolverView(servers: readonly string[]): DnsView {
  const resolver = new Resolver({ timeout: ANSWER_MS, tries: TRIES });
  resolver.setServers(servers);
  return {
    cname: (name) => asked(async () => (await resolver.resolveCname(name)).map(plain)),
    mx: (name) => asked(async () => (await resolver.resolveMx(name)).map(({ exchange }) => plain(exchange))),
    txt: (name) => asked(async () => (await resolver.resolveTxt(name)).map((strings) => strings.join(''))),
  };
}

/** Of records that are at hand. */
export function sourceView(source: DnsSource): DnsView {
  const found = (name: string, type: string) => lookUp(source, name, type) ?? [];
  return {
    cname: async (name) =>
      found(name, 'CNAME').flatMap((record) => (record.type === 'CNAME' ? [plain(record.data)] : [])),
    mx: async (name) =>
      found(name, 'MX').flatMap((record) => (record.type === 'MX' ? [plain(record.data.exchange)] : [])),
    txt: async (name) =>
      found(name, 'TXT').flatMap((record) => (record.type === 'TXT' ? [record.data.join('')] : [])),
  };
}

async function asked(ask: () => Promise<string[]>): Promise<string[] | null> {
  try {
    return await ask();
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : '';
    return code === 'ENOTFOUND' || code === 'ENODATA' ? [] : null;
  }
}

function plain(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}
