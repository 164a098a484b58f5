import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlanStretch } from '../../src/queue/plan-book.ts';
import { PlanDraft } from '../../src/queue/stretch.ts';
import { decodePayload } from '../../src/send/payload.ts';

type Kind = 'new' | 'again' | 'bad';

/** Plans rows of these kinds, committing as the room allows. */
function plan(
  rows: readonly Kind[],
  room: () => number,
  start: Parameters<typeof newDraft>[0] = null,
): PlanStretch[] {
  const draft = newDraft(start);
  const stretches: PlanStretch[] = [];
  const take = () => {
    for (let stretch = draft.take(room(), 'f', {}); stretch; stretch = draft.take(room(), 'f', {}))
      stretches.push(stretch);
  };
  rows.forEach((kind, index) => {
    const seq = index + 1;
    if (start && seq <= (start.checkpoint?.seq ?? 0)) return;
    if (kind === 'new')
      draft.recipient({
        seq,
        normal: `p${seq}@x.jp`,
        written: `P${seq}@x.jp`,
        wire: `P${seq}@x.jp`,
        data: { n: seq },
      });
    else if (kind === 'again') draft.duplicate(seq, { seq });
    else draft.invalid(seq, { seq });
    if (seq % 7 === 0) take();
  });
  draft.end();
  take();
  return stretches;
}

function newDraft(
  start: { readonly checkpoint: PlanStretch['after'] | null; readonly nextBatch: number } | null,
): PlanDraft {
  return new PlanDraft(start ?? { checkpoint: null, nextBatch: 0 }, () => 'digest');
}

const batchesOf = (stretches: readonly PlanStretch[]) =>
  stretches.flatMap((stretch) =>
    stretch.batches.map(({ payload }, index) => ({
      batch: stretch.firstBatch + index,
      recipients: decodePayload({ addresses: payload.addresses.split('\n'), payload: payload.rest }),
    })),
  );

const kinds = fc.array(fc.constantFrom<Kind>('new', 'new', 'new', 'again', 'bad'), { maxLength: 600 });

test('every row is in exactly one count, and every new address in exactly one batch', () => {
  fc.assert(
    fc.property(kinds, fc.integer({ min: 1, max: 9 }), (rows, room) => {
      const stretches = plan(rows, () => room);
      const count = (kind: Kind) => rows.filter((row) => row === kind).length;
      const sum = (of: (stretch: PlanStretch) => number) =>
        stretches.reduce((total, stretch) => total + of(stretch), 0);
      expect(sum((stretch) => stretch.read)).toBe(rows.length);
      expect(sum((stretch) => stretch.duplicate)).toBe(count('again'));
      expect(sum((stretch) => stretch.invalid)).toBe(count('bad'));
      const mailed = batchesOf(stretches).flatMap(({ recipients }) =>
        recipients.map((recipient) => recipient.seq),
      );
      expect(mailed).toEqual(rows.flatMap((row, index) => (row === 'new' ? [index + 1] : [])));
      expect(stretches.at(-1)?.after.atEnd).toBe(true);
    }),
  );
});

test('each stretch follows the one before, and batches are numbered without a gap', () => {
  const stretches = plan(
    Array.from({ length: 500 }, (): Kind => 'new'),
    () => 2,
  );
  stretches.forEach((stretch, index) => {
    expect(stretch.before).toEqual(stretches[index - 1]?.after ?? null);
    expect(stretch.batches.length).toBeLessThanOrEqual(2);
  });
  expect(batchesOf(stretches).map(({ batch }) => batch)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('the same rows give the same batches, whatever the room was and wherever planning began again', () => {
  fc.assert(
    fc.property(kinds, fc.integer({ min: 1, max: 9 }), fc.nat({ max: 20 }), (rows, room, stop) => {
      const whole = plan(rows, () => 1);
      const begun = plan(rows, () => room).slice(0, stop);
      const last = begun.at(-1);
      const rest =
        last?.after.atEnd === true
          ? []
          : plan(
              rows,
              () => 3,
              last ? { checkpoint: last.after, nextBatch: last.firstBatch + last.batches.length } : null,
            );
      expect(batchesOf([...begun, ...rest])).toEqual(batchesOf(whole));
    }),
  );
});

test('a list of nothing but duplicates is written down piece by piece', () => {
  const stretches = plan(
    Array.from({ length: 9_000 }, (): Kind => 'again'),
    () => 1,
  );
  expect(stretches.length).toBeGreaterThan(3);
  expect(Math.max(...stretches.map((stretch) => stretch.block?.events.length ?? 0))).toBeLessThanOrEqual(
    2_000,
  );
});
