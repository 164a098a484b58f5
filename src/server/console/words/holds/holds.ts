import type { HoldCode } from '../../../../core/hold-code.ts';
import type { AlertCode } from '../../../../desk/decisions.ts';
import { inBoth } from '../words.ts';
import { englishAlerts, englishHolds } from './english.ts';
import { japaneseAlerts, japaneseHolds } from './japanese.ts';
import type { Saying } from './saying.ts';

/** Of every code of a hold: one without words in one of the languages is a type error. */
export const holdWords = inBoth<Readonly<Record<HoldCode, Saying>>>({ en: englishHolds, ja: japaneseHolds });

/** Of what else an operator is told. */
export const alertWords = inBoth<Readonly<Record<AlertCode, Saying>>>({
  en: englishAlerts,
  ja: japaneseAlerts,
});
