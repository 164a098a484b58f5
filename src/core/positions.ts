import { Fault } from './fault.ts';

/*
 * Positions in a batch (from 0) as the ledger's scripts are told of them and answer with them: a run as first-last (`0-48,50`),
 * since nearly always it is the whole batch. core/positions.lua is the other end.
 */

/** @param positions in rising order */
export function encodePositions(positions: readonly number[]): string {
  const runs: string[] = [];
  for (let at = 0; at < positions.length; at += 1) {
    const first = positions[at] ?? 0;
    let last = first;
    for (; positions[at + 1] === last + 1; at += 1) last += 1;
    runs.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return runs.join(',');
}

/** @throws Fault POSITIONS where it is no such text */
export function decodePositions(text: string): number[] {
  if (text === '') return [];
  return text.split(',').flatMap((run) => {
    const [, first, last] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(run) ?? [];
    if (first === undefined) throw new Fault('POSITIONS', `"${run}" is no run of positions`);
    const from = Number(first);
    const length = Number(last ?? first) - from + 1;
    return Array.from({ length }, (_, index) => from + index);
  });
}
