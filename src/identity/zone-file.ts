import { domainName, isWithin } from './domain-name.ts';
import type { DnsRecord } from './records.ts';

/** Short, so that a slip is soon repaired. */
const TTL_S = 300;

const STRING_BYTES_MAX = 255;

/** A fragment of a zone file (RFC 1035 5.1), a record a line: absolute names, texts in strings of 255 bytes at most. */
export function zoneFile(records: readonly DnsRecord[]): string {
  return records
    .map((record) => `${record.name}.\t${TTL_S}\tIN\t${record.type}\t${dataOf(record)}\n`)
    .join('');
}

/** A name as a DNS panel wants it that appends the zone: `@` for the zone itself. One outside of it stays absolute, with a dot. */
export function relativeName(name: string, zone: string): string {
  const [full, root] = [domainName(name) ?? name, domainName(zone) ?? zone];
  if (full === root) return '@';
  return isWithin(full, root) ? full.slice(0, -(root.length + 1)) : `${full}.`;
}

function dataOf({ type, value, priority }: DnsRecord): string {
  switch (type) {
    case 'CNAME':
      return `${value}.`;
    case 'MX':
      return `${priority ?? 0} ${value}.`;
    case 'TXT':
      return textStrings(value).map(quoted).join(' ');
  }
}

/** The strings of a TXT record; joined they are the text. Cut by bytes, since that is what their length counts. */
function textStrings(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const strings: Buffer[] = [];
  for (let at = 0; at < bytes.length || at === 0; at += STRING_BYTES_MAX)
    strings.push(bytes.subarray(at, at + STRING_BYTES_MAX));
  return strings;
}

/** `\"`, `\\`, and `\DDD` for what is no printable ASCII. */
function quoted(bytes: Buffer): string {
  const escaped = [...bytes].map((byte) => {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === '\\') return `\\${character}`;
    return byte >= 0x20 && byte < 0x7f ? character : `\\${String(byte).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}
