import type { About } from '../../core/hold-code.ts';
import { duration, figure, percent } from './figures.ts';
import type { PageContext } from './page-context.ts';

/** What a sentence is about, written as its reader writes it. What is not known is a dash. */
export interface Told {
  count(name: string): string;
  /** Of a share from 0 to 1. */
  share(name: string): string;
  /** Of milliseconds. */
  time(name: string): string;
  /** As it is. */
  text(name: string): string;
  has(name: string): boolean;
}

/** @returns the sentence; null where it would lack something, since another version made what it is about */
export function sentenceOf(
  context: Pick<PageContext, 'language'>,
  about: About,
  sentence: (told: Told) => string,
): string | null {
  let isWhole = true;
  const value = (name: string) => {
    const found = Object.entries(about).find(([known]) => known === name)?.[1];
    if (found === undefined) isWhole = false;
    return found;
  };
  const number = (name: string, write: (found: number) => string) => {
    const found = value(name);
    if (typeof found === 'number') return write(found);
    isWhole = false;
    return '–';
  };
  const said = sentence({
    count: (name) => number(name, (found) => figure(context, found)),
    share: (name) => number(name, (found) => percent(context, found)),
    time: (name) => number(name, (found) => duration(context, found)),
    text: (name) => String(value(name) ?? '–'),
    has: (name) => Object.hasOwn(about, name) && about[name] !== '',
  });
  return isWhole ? said : null;
}
