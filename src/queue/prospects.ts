import { DuplicateFilter } from '../audience/filter.ts';
import type { AudienceRow, AudienceSource } from '../audience/source.ts';
import type { Address, AddressProblem } from '../core/address.ts';
import type { Mailing } from '../send/mailing.ts';
import type { Reason } from '../suppression/entry.ts';
import type { SuppressionStore } from '../suppression/store.ts';
import { type JudgedRow, judgeRow } from './row.ts';

/** A row of an audience with what would become of it if the campaign were sent at this moment. */
export type Prospect = { readonly row: AudienceRow } & (
  | { readonly kind: 'invalid'; readonly reason: AddressProblem }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'skipped'; readonly rule: Reason }
  | { readonly kind: 'sendable'; readonly address: Address }
);

export interface ProspectParts {
  readonly source: AudienceSource;
  readonly suppression: Pick<SuppressionStore, 'rules'>;
}

type Judged = { readonly row: AudienceRow } & JudgedRow;

/** The store asks for so many addresses in one round trip. */
const CHUNK_ROWS = 1_000;

/**
 * Goes through an audience as the planner does, and asks of each person who is suppressed. Changes nothing. Holds a chunk
 * or two of rows and the duplicate filter, however long the list is.
 *
 * @throws AudienceFault where the list can't be read
 */
export async function* prospects(
  { source, suppression }: ProspectParts,
  mailing: Mailing,
): AsyncGenerator<Prospect[]> {
  const filter = new DuplicateFilter();
  const ready: Judged[] = [];
  for await (const rows of source.rows()) {
    for (const row of rows) ready.push({ row, ...judgeRow(row, filter) });
    while (ready.length >= CHUNK_ROWS) yield asked(suppression, mailing, ready.splice(0, CHUNK_ROWS));
  }
  if (ready.length > 0) yield asked(suppression, mailing, ready);
}

async function asked(
  suppression: ProspectParts['suppression'],
  mailing: Mailing,
  judged: readonly Judged[],
): Promise<Prospect[]> {
  const persons = judged.flatMap((one) => (one.kind === 'person' ? [one.address.normal] : []));
  const rules =
    persons.length === 0 ? [] : await suppression.rules(persons, mailing.sender, mailing.override);
  let next = 0;
  return judged.map((one) => {
    if (one.kind !== 'person') return one;
    const rule = rules[next++] ?? null;
    const { row, address } = one;
    return rule === null ? { row, kind: 'sendable', address } : { row, kind: 'skipped', rule };
  });
}
