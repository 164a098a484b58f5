/**
 * What DNS says, with the one distinction that counts here: that a name has no such record, or that nobody could say. A time-out
 * and SERVFAIL are never "missing".
 */
export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[] }
  /** `name`: there is no such name (NXDOMAIN). `record`: the name has no record of this type. */
  | { readonly kind: 'none'; readonly what: 'name' | 'record' }
  /** A clause in plain English, such as "the resolver gave no answer in 5 s". */
  | { readonly kind: 'unasked'; readonly reason: string };

export interface MxRecord {
  readonly exchange: string;
  readonly priority: number;
}

/** Names are given and come back without a dot at the end. No method throws for what DNS says or fails to say. */
export interface Resolver {
  /** Each record in the strings that it consists of (RFC 1035 3.3: up to 255 bytes each). */
  txt(name: string): Promise<DnsAnswer<readonly string[]>>;
  cname(name: string): Promise<DnsAnswer<string>>;
  mx(name: string): Promise<DnsAnswer<MxRecord>>;
  /** IPv4 and IPv6 addresses together. */
  addresses(name: string): Promise<DnsAnswer<string>>;
  /** Names of an IP address (PTR). */
  names(ip: string): Promise<DnsAnswer<string>>;
}
