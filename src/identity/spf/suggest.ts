import { isSpf } from './record.ts';

const SES_INCLUDE = 'include:amazonses.com';

/** For a domain that has none. `~all` asks receivers to distrust others, and leaves the rest to DMARC. */
export const FIRST_SPF_RECORD = `v=spf1 ${SES_INCLUDE} ~all`;

/**
 * A record, with SES allowed before its `all` (or its redirect), and everything else as it is. Includes of SES that do not count, since
 * they are behind `all` or let nobody pass, are left away.
 */
export function withSes(text: string): string {
  return withTerms(
    termsOf(text).filter((term) => !isSesInclude(term)),
    [SES_INCLUDE],
  );
}

/** Several records as the one that there may be: every term once, with SES, and the mildest `all` of them at the end. */
export function merged(texts: readonly string[]): string {
  const terms = [...new Set(texts.flatMap(termsOf))].filter((term) => !isSesInclude(term));
  const all = terms.filter(isAll).toSorted((one, other) => mildness(one) - mildness(other))[0] ?? '~all';
  const plain = terms.filter((term) => !isAll(term) && !/^redirect=/i.test(term));
  return ['v=spf1', ...plain, SES_INCLUDE, all].join(' ');
}

function withTerms(terms: readonly string[], added: readonly string[]): string {
  const end = terms.findIndex((term) => isAll(term) || /^redirect=/i.test(term));
  const at = end < 0 ? terms.length : end;
  const last = end < 0 ? ['~all'] : [];
  return ['v=spf1', ...terms.slice(0, at), ...added, ...terms.slice(at), ...last].join(' ');
}

function termsOf(text: string): string[] {
  return isSpf(text) ? text.split(' ').slice(1).filter(Boolean) : [];
}

function isAll(term: string): boolean {
  return /^[-+~?]?all$/i.test(term);
}

function isSesInclude(term: string): boolean {
  return /^[-+~?]?include:amazonses\.com\.?$/i.test(term);
}

/** `+all` is worth nothing, so it is never the one that is kept. */
function mildness(all: string): number {
  return all.startsWith('~') ? 0 : all.startsWith('-') ? 1 : all.startsWith('?') ? 2 : 3;
}
