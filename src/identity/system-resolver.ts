import { promises as dns } from 'node:dns';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { bounded } from './bounded.ts';
import type { DnsAnswer, MxRecord, Resolver } from './resolver.ts';
import { reverseName } from './reverse-name.ts';

export interface ResolverSettings {
  /** `ip`, `ip:port` or `[ip6]:port`; none: those of the system. */
  readonly servers: readonly string[];
  /** Bound of one look-up, all its tries and servers together. */
  readonly timeoutMs: number;
}

/** More at a time would look like an attack to a small resolver, and c-ares would only queue them. */
const LOOKUPS_AT_A_TIME_MAX = 8;

/** A lost packet is asked for again within the bound. */
const TRIES = 2;

/**
 * Asks DNS through c-ares (`node:dns`). What is remembered is nothing: each look-up has a channel of its own, since c-ares keeps
 * answers of a channel, and who has just changed a record wants to see it. See `remembering` for the answers of one check.
 */
export function createResolver({ servers, timeoutMs }: ResolverSettings): Resolver {
  const limited = bounded(LOOKUPS_AT_A_TIME_MAX);
  const look = <T>(ask: (channel: dns.Resolver) => Promise<readonly T[]>): Promise<DnsAnswer<T>> =>
    limited(() => lookUp(ask, servers, timeoutMs));
  return {
    txt: (name) => look((channel) => channel.resolveTxt(name)),
    cname: (name) => look(async (channel) => (await channel.resolveCname(name)).map(dotless)),
    mx: (name) => look(async (channel) => (await channel.resolveMx(name)).map(plainMx)),
    addresses: async (name) =>
      joined(
        await Promise.all([
          look((channel) => channel.resolve4(name)),
          look((channel) => channel.resolve6(name)),
        ]),
      ),
    // Not `reverse`: it asks the system's hosts file as well, and says of every failure that there is no name.
    names: async (ip) => {
      const name = reverseName(ip);
      if (name === null) return { kind: 'none', what: 'name' };
      return look(async (channel) => (await channel.resolvePtr(name)).map(dotless));
    },
  };
}

async function lookUp<T>(
  ask: (channel: dns.Resolver) => Promise<readonly T[]>,
  servers: readonly string[],
  timeoutMs: number,
): Promise<DnsAnswer<T>> {
  const over = new AbortController();
  const channel = new dns.Resolver({ timeout: Math.ceil(timeoutMs / (TRIES + 1)), tries: TRIES });
  const deadline = sleepFor(timeoutMs, undefined, { signal: over.signal }).then(
    () => channel.cancel(),
    () => {},
  );
  try {
    if (servers.length > 0) channel.setServers(servers);
    const records = await ask(channel);
    return records.length > 0 ? { kind: 'found', records } : { kind: 'none', what: 'record' };
  } catch (thrown) {
    return answerOfError(codeOf(thrown), timeoutMs);
  } finally {
    over.abort();
    await deadline;
  }
}

/** Codes of `node:dns`. */
function answerOfError(code: string, timeoutMs: number): DnsAnswer<never> {
  if (code === 'ENOTFOUND') return { kind: 'none', what: 'name' };
  if (code === 'ENODATA') return { kind: 'none', what: 'record' };
  return { kind: 'unasked', reason: reasonOf(code, timeoutMs) };
}

function reasonOf(code: string, timeoutMs: number): string {
  switch (code) {
    case 'ETIMEOUT':
    case 'ECANCELLED':
      return `the resolver gave no answer in ${timeoutMs / 1_000} s`;
    case 'ESERVFAIL':
      return 'the resolver could not get an answer from the name servers of the domain (SERVFAIL)';
    case 'EREFUSED':
      return 'the resolver refused to answer (REFUSED)';
    case 'ECONNREFUSED':
      return 'no resolver could be reached';
    case 'EBADRESP':
    case 'EFORMERR':
      return `the resolver's answer could not be read (${code.slice(1)})`;
    case 'EBADNAME':
    case 'EBADQUERY':
      return 'the name can not be asked for in DNS';
    default:
      return `the look-up failed (${code})`;
  }
}

function codeOf(thrown: unknown): string {
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
  return typeof code === 'string' ? code : 'no code';
}

/** A name that has addresses of one family only is found, even where the other family's look-up failed. */
function joined(answers: readonly DnsAnswer<string>[]): DnsAnswer<string> {
  const records = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []));
  if (records.length > 0) return { kind: 'found', records };
  const unasked = answers.find((answer) => answer.kind === 'unasked');
  if (unasked) return unasked;
  const noName = answers.every((answer) => answer.kind === 'none' && answer.what === 'name');
  return { kind: 'none', what: noName ? 'name' : 'record' };
}

function plainMx({ exchange, priority }: MxRecord): MxRecord {
  return { exchange: dotless(exchange), priority };
}

function dotless(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}
