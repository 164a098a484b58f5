export type DmarcPolicy = 'none' | 'quarantine' | 'reject';

/** A policy record, read by RFC 9989 4.7, with what RFC 7489 6.3 says of the tags that it has removed. */
export interface DmarcRecord {
  readonly text: string;
  /** In their order; names in lower case. Of duplicates the first. */
  readonly tags: readonly DmarcTag[];
  /** Null where there is none, or a wrong one. */
  readonly policy: DmarcPolicy | null;
  /** Of subdomains that have no record themselves: `sp`, or else `p`. */
  readonly subdomainPolicy: DmarcPolicy | null;
  readonly adkim: 'r' | 's';
  readonly aspf: 'r' | 's';
  /** Percent of mail that the policy holds for (RFC 7489; RFC 9989 knows it no more). */
  readonly pct: number;
  /** The policy is only tried out (RFC 9989). */
  readonly testing: boolean;
  readonly psd: 'y' | 'n' | 'u';
  /** Addresses of `rua` and `ruf`, without their limits of size. */
  readonly rua: readonly string[];
  readonly ruf: readonly string[];
  /** What makes receivers take it for none, or for something else than was meant; clauses in plain English. */
  readonly faults: readonly string[];
  /** What receivers ignore. */
  readonly slips: readonly string[];
}

export interface DmarcTag {
  readonly name: string;
  readonly value: string;
}

/** Whether a TXT record is one for DMARC: `v=DMARC1` comes first, in these letters. */
export function isDmarc(text: string): boolean {
  return /^v[ \t]{0,9}=[ \t]{0,9}DMARC1[ \t]{0,9}(?:;|$)/.test(text);
}

/** Whether somebody meant it to be one. */
export function resemblesDmarc(text: string): boolean {
  return /dmarc1|(?:^|;)\s?p\s?=\s?(?:none|quarantine|reject)/i.test(text);
}

/** Never throws, and its time is linear in the text's length. */
export function parseDmarc(text: string): DmarcRecord {
  const slips: string[] = [];
  const faults: string[] = [];
  const tags = readTags(text, slips, faults);
  const value = (name: string) => tags.find((tag) => tag.name === name)?.value ?? null;
  const rua = readUris(value('rua'), 'rua', slips);
  const policy = readPolicy(value('p'));
  judgePolicy(value('p'), policy, rua.length > 0, faults, slips);
  slips.push(...wrongValues(tags), ...olderOrder(tags));
  return {
    text,
    tags,
    policy,
    subdomainPolicy: readPolicy(value('sp')) ?? policy,
    adkim: value('adkim')?.toLowerCase() === 's' ? 's' : 'r',
    aspf: value('aspf')?.toLowerCase() === 's' ? 's' : 'r',
    pct: VALUES['pct']?.test(value('pct') ?? '') ? Number(value('pct')) : 100,
    testing: value('t')?.toLowerCase() === 'y',
    psd: readPsd(value('psd')),
    rua,
    ruf: readUris(value('ruf'), 'ruf', slips),
    faults,
    slips,
  };
}

function readTags(text: string, slips: string[], faults: string[]): DmarcTag[] {
  const tags: DmarcTag[] = [];
  const names = new Set<string>();
  for (const part of text.split(';')) {
    const written = part.trim();
    if (written === '') continue;
    const cut = written.indexOf('=');
    const name = written.slice(0, Math.max(cut, 0)).trim().toLowerCase();
    if (!/^[a-z][a-z0-9_]*$/.test(name)) {
      slips.push(`"${written}" is no tag`);
      continue;
    }
    // A tag that is there twice makes all of the list invalid (RFC 6376 3.2, which DMARC's lists follow).
    if (names.has(name)) faults.push(`the tag ${name} is there twice`);
    else tags.push({ name, value: written.slice(cut + 1).trim() });
    names.add(name);
  }
  return tags;
}

function readPolicy(value: string | null): DmarcPolicy | null {
  const lower = value?.toLowerCase();
  return lower === 'none' || lower === 'quarantine' || lower === 'reject' ? lower : null;
}

/** Without a policy a record is one of `p=none` where it asks for reports, and else it is none (RFC 7489 6.6.3, RFC 9989 4.7). */
function judgePolicy(
  written: string | null,
  policy: DmarcPolicy | null,
  reported: boolean,
  faults: string[],
  slips: string[],
): void {
  if (policy !== null) return;
  if (written !== null) faults.push(`p=${written} is no policy: it may be none, quarantine or reject`);
  else if (reported) slips.push('it has no p, which receivers take for p=none');
  else faults.push('it has no policy (p)');
}

function readPsd(value: string | null): 'y' | 'n' | 'u' {
  const lower = value?.toLowerCase();
  return lower === 'y' || lower === 'n' ? lower : 'u';
}

/** What a tag may be; `p` and the addresses are looked at elsewhere. */
const VALUES: Readonly<Record<string, RegExp>> = {
  sp: /^(?:none|quarantine|reject)$/i,
  np: /^(?:none|quarantine|reject)$/i,
  adkim: /^[rs]$/i,
  aspf: /^[rs]$/i,
  pct: /^(?:100|\d{1,2})$/,
  t: /^[yn]$/i,
  psd: /^[ynu]$/i,
  fo: /^[01ds](?:\s?:\s?[01ds])*$/i,
  rf: /^afrf(?:\s?:\s?afrf)*$/i,
  ri: /^\d{1,10}$/,
};

const KNOWN = ['v', 'p', 'rua', 'ruf', ...Object.keys(VALUES)];

function wrongValues(tags: readonly DmarcTag[]): string[] {
  return tags.flatMap(({ name, value }) => {
    if (!KNOWN.includes(name)) return [`nobody knows the tag ${name}, so that it is ignored`];
    return VALUES[name]?.test(value) === false
      ? [`${name}=${value} is no value of ${name}, so that it is ignored`]
      : [];
  });
}

/** RFC 9989 takes any order behind `v`; receivers by RFC 7489 want `p` second. */
function olderOrder(tags: readonly DmarcTag[]): string[] {
  return tags.findIndex(({ name }) => name === 'p') > 1
    ? ['p should come directly behind v for receivers by RFC 7489']
    : [];
}

const URIS_MAX = 20;

/** `mailto:a@b!10m,mailto:…`. */
function readUris(value: string | null, name: string, slips: string[]): string[] {
  if (value === null) return [];
  const uris = value.split(',', URIS_MAX).map((uri) => uri.trim());
  return uris.flatMap((uri) => {
    const address = /^mailto:([^\s!@?]+@[^\s!@?]+?)(?:\?[^!\s]*)?(?:!\d{1,10}[kmgt]?)?$/i.exec(uri)?.[1];
    if (address === undefined) {
      slips.push(`${name}: "${uri}" is no mailto: address, so that no report goes there`);
      return [];
    }
    return [address];
  });
}
