import type { DmarcRecord, DmarcTag } from './record.ts';

/**
 * The record to begin with: it watches and changes nothing. `pct=100; adkim=r; aspf=r` are what is meant without them as well; receivers by
 * RFC 7489 read `pct`, those by RFC 9989 ignore it.
 */
export function firstDmarcRecord(domain: string): string {
  return `v=DMARC1; p=none; pct=100; adkim=r; aspf=r; rua=mailto:dmarc-reports@${domain}`;
}

/** One step on the way from `none` over `quarantine` to `reject`, each tried out on a part of the mail first; null at its end. */
export function nextDmarcStep(record: DmarcRecord): string | null {
  const trying = record.testing || record.pct < 100;
  if (record.policy === 'none' || record.policy === null)
    return changed(record, { p: 'quarantine', pct: '25', t: 'y' });
  if (trying) return changed(record, { pct: '100', t: 'n' });
  return record.policy === 'quarantine' ? changed(record, { p: 'reject', pct: '25', t: 'y' }) : null;
}

/** The same record with an address for reports. */
export function withReports(record: DmarcRecord, domain: string): string {
  return changed(record, { rua: `mailto:dmarc-reports@${domain}` });
}

/** Tags that are there keep their place, `p` comes second, and others follow at the end. */
function changed({ tags }: DmarcRecord, values: Readonly<Record<string, string>>): string {
  const kept = tags.filter(({ name }) => name !== 'v' && name !== 'p');
  const policy: DmarcTag = { name: 'p', value: values['p'] ?? valueOf(tags, 'p') ?? 'none' };
  const others = Object.entries(values).filter(
    ([name]) => name !== 'p' && !kept.some((tag) => tag.name === name),
  );
  return [
    'v=DMARC1',
    ...[policy, ...kept].map(({ name, value }) => `${name}=${values[name] ?? value}`),
    ...others.map(([name, value]) => `${name}=${value}`),
  ].join('; ');
}

function valueOf(tags: readonly DmarcTag[], name: string): string | undefined {
  return tags.find((tag) => tag.name === name)?.value;
}
