/** A record of the kinds that mail needs. Names have no dot at their end and are lower-case. */
export type DnsRecord =
  | { readonly name: string; readonly type: 'A' | 'AAAA' | 'CNAME' | 'NS' | 'PTR'; readonly data: string }
  /** In strings of up to 255 bytes (RFC 1035, 3.3). */
  | { readonly name: string; readonly type: 'TXT'; readonly data: string[] }
  | { readonly name: string; readonly type: 'MX'; readonly data: { preference: number; exchange: string } };

/** What a name has. */
export interface DnsSource {
  /** All of its records; null where there is no such name, so that it is NXDOMAIN. */
  records(name: string): readonly DnsRecord[] | null;
}

const TXT_STRING_BYTES_MAX = 255;
/** A chain of CNAMEs that is longer leads nowhere. */
const CHAIN_MAX = 8;

/** A text that fits no single string is cut; it is ASCII wherever we write it. */
export function txtRecord(name: string, text: string): DnsRecord {
  const data: string[] = [];
  for (let at = 0; at < text.length || at === 0; at += TXT_STRING_BYTES_MAX)
    data.push(text.slice(at, at + TXT_STRING_BYTES_MAX));
  return { name, type: 'TXT', data };
}

/** The records of one type that a name leads to, with the CNAMEs on the way; null where there is no such name. */
export function lookUp(source: DnsSource, name: string, type: string): readonly DnsRecord[] | null {
  const found: DnsRecord[] = [];
  let asked = name.toLowerCase();
  for (let step = 0; step < CHAIN_MAX; step += 1) {
    const records = source.records(asked);
    // A CNAME to a name that is not there: the CNAME is what there is.
    if (records === null) return step === 0 ? null : found;
    found.push(...records.filter((record) => record.type === type || type === 'ANY'));
    const alias = records.find((record) => record.type === 'CNAME');
    if (alias?.type !== 'CNAME' || type === 'CNAME' || type === 'ANY') return found;
    found.push(alias);
    asked = alias.data;
  }
  return found;
}
