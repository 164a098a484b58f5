import { decodeEntries, encodeEntries } from './entry.ts';
import { reasonOf, type Suppression } from './target.ts';

/** Text beyond this is cut: it explains an entry to a person, and a million of them are in memory. */
const SOURCE_CHARACTERS_MAX = 64;
const DETAIL_CHARACTERS_MAX = 256;

/** Neighbours that are stored with the same line share it: a call of a thousand then carries it once. */
export function runsOf(suppressions: readonly Suppression[]): { line: string; addresses: string[] }[] {
  const runs: { line: string; addresses: string[] }[] = [];
  let last: Suppression | undefined;
  for (const one of suppressions) {
    const run = runs.at(-1);
    if (run && last && sameEntry(last, one)) run.addresses.push(one.address);
    else runs.push({ line: lineOf(one), addresses: [one.address] });
    last = one;
  }
  return runs;
}

/** What the value of an address says: in the list of a sender, or for null in the hash that counts everywhere. */
export function suppressionsOf(sender: string | null, address: string, value: string | null): Suppression[] {
  return decodeEntries(value ?? '').flatMap(({ reason, ...stamp }): Suppression[] => {
    if (sender !== null) return [{ address, target: { kind: 'sender', sender }, ...stamp }];
    return reason === 'unsubscribed' ? [] : [{ address, target: { kind: 'everywhere', reason }, ...stamp }];
  });
}

function sameEntry(a: Suppression, b: Suppression): boolean {
  return (
    reasonOf(a.target) === reasonOf(b.target) &&
    a.at === b.at &&
    a.source === b.source &&
    a.detail === b.detail
  );
}

function lineOf({ target, at, source, detail }: Suppression): string {
  const entry = {
    reason: reasonOf(target),
    at,
    source: source.slice(0, SOURCE_CHARACTERS_MAX),
    detail: detail?.slice(0, DETAIL_CHARACTERS_MAX) ?? null,
  };
  return encodeEntries([entry]);
}
