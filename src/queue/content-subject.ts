import type { ContentCode } from './content-code.ts';

/** A phone held upright shows some thirty full-width characters. */
const SUBJECT_COLUMNS = 60;
/** Fewer letters are an abbreviation. */
const CAPITALS_MIN = 8;

let machineDependent: RegExp | null = null;

/**
 * Characters that carriers' old phones show as something else: emoji, and those that each maker once had at a place of its own.
 * The list of all emoji is made into an expression when it is first needed, since that takes a while.
 */
function hasMachineDependent(subject: string): boolean {
  machineDependent ??= new RegExp('[\\p{RGI_Emoji}\\u2460-\\u2473\\u2160-\\u217b\\u3220-\\u33ff]', 'v');
  return machineDependent.test(subject);
}

/**
 * Codes of what is wrong with a subject as a reader gets it.
 * @param columns that a text takes, full-width characters counted double
 */
export function subjectCodes(
  subject: string,
  columns: (text: string) => number,
  toCarriers: boolean,
): ContentCode[] {
  if (subject.trim() === '') return ['SUBJECT_EMPTY'];
  return [
    ...(/^\s/.test(subject) ? (['SUBJECT_BLANK'] as const) : []),
    ...(columns(subject) > SUBJECT_COLUMNS ? (['SUBJECT_LONG'] as const) : []),
    ...(isAllCapitals(subject) ? (['SUBJECT_CAPITALS'] as const) : []),
    ...(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\ufffd]/u.test(subject) ? (['SUBJECT_CONTROL'] as const) : []),
    ...(toCarriers && hasMachineDependent(subject) ? (['SUBJECT_CARRIER'] as const) : []),
  ];
}

function isAllCapitals(subject: string): boolean {
  const capitals = subject.match(/\p{Lu}/gu)?.length ?? 0;
  const letters = subject.match(/\p{L}/gu)?.length ?? 0;
  return capitals >= CAPITALS_MIN && capitals === letters;
}
