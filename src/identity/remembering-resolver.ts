import type { DnsAnswer, Resolver } from './resolver.ts';

/**
 * A resolver that asks for each name and type once and gives the same answer again, also to those who ask while it is on its way. For
 * one check: nothing in it grows old.
 * @param over once it is aborted nothing new is asked
 */
export function remembering(resolver: Resolver, over: AbortSignal): Resolver {
  return {
    txt: once((name) => resolver.txt(name), over),
    cname: once((name) => resolver.cname(name), over),
    mx: once((name) => resolver.mx(name), over),
    addresses: once((name) => resolver.addresses(name), over),
    names: once((ip) => resolver.names(ip), over),
  };
}

function once<T>(
  ask: (name: string) => Promise<DnsAnswer<T>>,
  over: AbortSignal,
): (name: string) => Promise<DnsAnswer<T>> {
  const tooLate = Promise.resolve({ kind: 'unasked', reason: 'the time of the check was over' } as const);
  const asked = new Map<string, Promise<DnsAnswer<T>>>();
  return (name) => {
    const key = name.toLowerCase().replace(/\.$/, '');
    const known = asked.get(key);
    if (known) return known;
    const answer = over.aborted ? tooLate : ask(key);
    asked.set(key, answer);
    return answer;
  };
}
