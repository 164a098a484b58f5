import type { DnsAnswer, Resolver } from './resolver.ts';

/**
 * A resolver that asks for each name and type once and gives the same answer again, also to those who ask while it is on its way. For
 * one check: nothing in it grows old.
 */
export function remembering(resolver: Resolver): Resolver {
  return {
    txt: once((name) => resolver.txt(name)),
    cname: once((name) => resolver.cname(name)),
    mx: once((name) => resolver.mx(name)),
    addresses: once((name) => resolver.addresses(name)),
    names: once((ip) => resolver.names(ip)),
  };
}

function once<T>(ask: (name: string) => Promise<DnsAnswer<T>>): (name: string) => Promise<DnsAnswer<T>> {
  const asked = new Map<string, Promise<DnsAnswer<T>>>();
  return (name) => {
    const key = name.toLowerCase().replace(/\.$/, '');
    const known = asked.get(key);
    if (known) return known;
    const answer = ask(key);
    asked.set(key, answer);
    return answer;
  };
}
