import { readFileSync, statSync } from 'node:fs';
import { parseZone } from 'dnsz';
import { messageOf } from '../core/fault.ts';
import { sesNames } from './dns-known.ts';
import type { DnsRecord, DnsSource } from './dns-record.ts';

/** Nobody writes a zone of this size by hand. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;
const QUOTED = /"((?:[^"\\]|\\.)*)"|(\S+)/g;

/**
 * The records of a zone file (RFC 1035, 5), or of a part of one, read again when the file has changed. A file that can't be
 * read has no records, which is said once for each state of it.
 */
export class ZoneFile implements DnsSource {
  readonly #path: string;
  readonly #complain: (line: string) => void;
  #stamp = '';
  #byName = new Map<string, DnsRecord[]>();

  constructor(path: string, complain: (line: string) => void) {
    this.#path = path;
    this.#complain = complain;
  }

  records(name: string): readonly DnsRecord[] | null {
    const own = sesNames.records(name);
    if (own !== null) return own;
    this.#refresh();
    const exact = this.#byName.get(name);
    if (exact) return exact;
    // A name between two others is there, without a record (RFC 4592, 2.2.2).
    if ([...this.#byName.keys()].some((other) => other.endsWith(`.${name}`))) return [];
    return this.#wildcard(name);
  }

  #wildcard(name: string): DnsRecord[] | null {
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const parent = name.slice(dot + 1);
      const found = this.#byName.get(`*.${parent}`);
      if (found) return found.map((record) => ({ ...record, name }));
      if (this.#byName.has(parent)) return null;
    }
    return null;
  }

  #refresh(): void {
    const stamp = stampOf(this.#path);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#byName = new Map();
    try {
      const { records, problems } = read(this.#path);
      for (const record of records)
        this.#byName.set(record.name, [...(this.#byName.get(record.name) ?? []), record]);
      for (const problem of problems) this.#complain(`Zone file ${this.#path}: ${problem}`);
    } catch (thrown) {
      this.#complain(`Zone file ${this.#path} has no records: ${messageOf(thrown)}`);
    }
  }
}

/** Changes with the file. */
function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs}` : 'none';
}

function read(path: string): { readonly records: DnsRecord[]; readonly problems: string[] } {
  if (statSync(path).size > FILE_BYTES_MAX) throw new Error(`it is larger than ${FILE_BYTES_MAX} bytes`);
  const { records: parsed, origin } = parseZone(readFileSync(path, 'utf8'));
  const records: DnsRecord[] = [];
  const problems: string[] = [];
  for (const { name, type, content } of parsed) {
    const record = recordOf(name, type, content, origin);
    if (typeof record === 'string') problems.push(`${name} ${type}: ${record}`);
    else if (record) records.push(record);
  }
  return { records, problems };
}

/** Null for a kind that mail has no use for; what is wrong with it otherwise. */
function recordOf(
  name: string,
  type: string,
  content: string,
  origin: string | undefined,
): DnsRecord | string | null {
  switch (type) {
    case 'A':
    case 'AAAA':
      return { name, type, data: content };
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { name, type, data: absolute(content, origin) };
    case 'MX': {
      const [, preference = '', exchange = ''] = /^(\d+)\s+(\S+)$/.exec(content) ?? [];
      if (exchange === '') return 'it is no preference and host';
      return {
        name,
        type,
        data: { preference: Number(preference), exchange: absolute(exchange, origin) },
      };
    }
    case 'TXT': {
      const data = [...content.matchAll(QUOTED)].map(([, quoted, bare]) => unescaped(quoted ?? bare ?? ''));
      return data.some((text) => Buffer.byteLength(text) > 255)
        ? 'a string is longer than 255 bytes'
        : { name, type, data };
    }
    default:
      return null;
  }
}

/** A name without a dot at its end is below the origin, where there is one. */
function absolute(text: string, origin: string | undefined): string {
  const name = text.toLowerCase();
  if (name.endsWith('.')) return name.slice(0, -1);
  if (name === '@' && origin !== undefined) return origin;
  return origin === undefined ? name : `${name}.${origin}`;
}

/** `\"` and `\\`, and `\DDD` for a byte (RFC 1035, 5.1). */
function unescaped(text: string): string {
  return text.replaceAll(/\\(\d{3}|.)/g, (_whole, what: string) =>
    /^\d{3}$/.test(what) ? String.fromCharCode(Number(what)) : what,
  );
}
