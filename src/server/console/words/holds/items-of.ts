import type { Told } from '../../told.ts';

/** Items of a domain's check, in the reader's words. */
export function itemsOf(told: Told, names: Readonly<Record<string, string>>, between = ', '): string {
  return told
    .text('items')
    .split(' ')
    .map((item) => names[item] ?? item)
    .join(between);
}
