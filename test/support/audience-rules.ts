import { domainToASCII } from 'node:url';
import { parse } from 'csv-parse/sync';

/**
 * The rules for an address, written down a second time, as plainly as they read: the judge of what the planner does.
 * It shares no code with `src/`.
 */
export interface JudgedRow {
  readonly kind: 'person' | 'duplicate' | 'invalid';
  readonly normal: string;
  readonly wire: string;
  readonly row: Readonly<Record<string, string>>;
}

const CARRIERS = [
  'docomo.ne.jp',
  'ezweb.ne.jp',
  'au.com',
  'softbank.ne.jp',
  'i.softbank.jp',
  'vodafone.ne.jp',
];

export function judgeCsv(text: string, column: string): JudgedRow[] {
  const rows: Record<string, string>[] = parse(text, {
    bom: true,
    columns: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const seen = new Set<string>();
  return rows.map((row) => {
    const written = (row[column] ?? '').replace(/^[\s\u3000]+|[\s\u3000]+$/g, '');
    const judged = judge(written);
    if (!judged) return { kind: 'invalid', normal: '', wire: '', row };
    const kind = seen.has(judged.normal) ? 'duplicate' : 'person';
    seen.add(judged.normal);
    return { kind, ...judged, row };
  });
}

function judge(written: string): { normal: string; wire: string } | null {
  const parts = written.split('@');
  const [local = '', rawDomain = ''] = parts;
  if (parts.length !== 2 || !/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/.test(local)) return null;
  const domain = /[^\x21-\x7e]/.test(rawDomain) ? domainToASCII(rawDomain) : rawDomain.toLowerCase();
  const labels = domain.split('.');
  const isLabel = (label: string) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label);
  const last = labels.at(-1) ?? '';
  if (
    labels.length < 2 ||
    domain.length > 253 ||
    !labels.every(isLabel) ||
    !/^([a-z]{2,}|xn--.+)$/.test(last)
  )
    return null;
  const isLoose = /^\.|\.$|\.\./.test(local);
  if (isLoose && !CARRIERS.includes(domain)) return null;
  return { normal: `${local.toLowerCase()}@${domain}`, wire: `${isLoose ? `"${local}"` : local}@${domain}` };
}
