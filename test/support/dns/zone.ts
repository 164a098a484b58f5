import type { Answer, RecordType } from 'dns-packet';

/** What a name has, as plain data. Names are written without a dot at the end. */
export interface Records {
  /** A record each: one string, or the strings that it consists of. */
  readonly TXT?: readonly (string | readonly string[])[];
  readonly CNAME?: string;
  /** Priority and exchange. */
  readonly MX?: readonly (readonly [number, string])[];
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  readonly PTR?: readonly string[];
  /** What the server does in place of an answer. */
  readonly fault?: Fault;
}

/**
 * `servfail`, `refused`: it says so. `silent`: it gives no answer. `truncated`: by UDP it only says "ask by TCP". `garbage`: bytes that
 * are no message. `lame`: the answer to another question, which nobody may believe.
 */
export type Fault = 'servfail' | 'refused' | 'silent' | 'truncated' | 'garbage' | 'lame';

/** By name, in any case. `*.example.com` answers for every name under it that nothing else is written for (RFC 4592). */
export type Zone = Readonly<Record<string, Records>>;

export interface ZoneAnswer {
  readonly code: 'NOERROR' | 'NXDOMAIN';
  readonly answers: readonly Answer[];
  readonly fault: Fault | null;
}

/** CNAMEs in a row that are followed; a loop ends here, with what was gathered. */
const CHAIN_MAX = 16;

/** Answers as a recursive resolver does: a chain of CNAMEs is followed, and the code is that of its end. */
export function answerFrom(zone: Zone, name: string, type: RecordType): ZoneAnswer {
  const answers: Answer[] = [];
  let current = name.toLowerCase();
  for (let step = 0; step < CHAIN_MAX; step += 1) {
    const records = recordsOf(zone, current);
    if (!records) return { code: exists(zone, current) ? 'NOERROR' : 'NXDOMAIN', answers, fault: null };
    if (records.fault)
      return { code: 'NOERROR', answers: ownOf(records, current, type), fault: records.fault };
    const owner = step === 0 ? name : current;
    if (records.CNAME === undefined || type === 'CNAME') {
      answers.push(...ownOf(records, owner, type));
      return { code: 'NOERROR', answers, fault: null };
    }
    answers.push({ type: 'CNAME', name: owner, ttl: 1, data: records.CNAME });
    current = records.CNAME.toLowerCase();
  }
  return { code: 'NOERROR', answers, fault: 'servfail' };
}

function recordsOf(zone: Zone, name: string): Records | null {
  const known = entry(zone, name);
  if (known || exists(zone, name)) return known;
  const labels = name.split('.');
  for (let cut = 1; cut < labels.length; cut += 1) {
    const parent = labels.slice(cut).join('.');
    const wildcard = entry(zone, `*.${parent}`);
    if (wildcard) return wildcard;
    if (exists(zone, parent)) return null;
  }
  return null;
}

function entry(zone: Zone, name: string): Records | null {
  const found = Object.entries(zone).find(([written]) => written.toLowerCase() === name);
  return found ? found[1] : null;
}

/** Also a name that has nothing itself, where one below it has. */
function exists(zone: Zone, name: string): boolean {
  return Object.keys(zone).some((written) => `.${written.toLowerCase()}`.endsWith(`.${name}`));
}

function ownOf(records: Records, name: string, type: RecordType): Answer[] {
  switch (type) {
    case 'TXT':
      return (records.TXT ?? []).map((text) => ({
        type,
        name,
        ttl: 1,
        data: typeof text === 'string' ? [text] : [...text],
      }));
    case 'MX':
      return (records.MX ?? []).map(([preference, exchange]) => ({
        type,
        name,
        ttl: 1,
        data: { preference, exchange },
      }));
    case 'CNAME':
      return records.CNAME === undefined ? [] : [{ type, name, ttl: 1, data: records.CNAME }];
    case 'A':
    case 'AAAA':
    case 'PTR':
      return (records[type] ?? []).map((data) => ({ type, name, ttl: 1, data }));
    default:
      return [];
  }
}
