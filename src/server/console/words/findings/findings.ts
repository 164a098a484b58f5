import type { FindingCode } from '../../../../identity/finding.ts';
import type { Told } from '../../told.ts';
import { inBoth } from '../words.ts';
import { englishFindings } from './english.ts';
import { japaneseFindings } from './japanese.ts';

export interface FindingWords {
  /** What was found. */
  readonly said: (told: Told) => string;
  /** What to do about it; missing where nothing is to be done. */
  readonly todo?: (told: Told) => string;
}

/** Of everything that a check of a domain may find: a code without words in one of the languages is a type error. */
export const findingWords = inBoth<Readonly<Record<FindingCode, FindingWords>>>({
  en: englishFindings,
  ja: japaneseFindings,
});
