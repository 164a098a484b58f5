export const LANGUAGES = ['en', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

/** As long as any browser's. */
const HEADER_CHARACTERS_MAX = 500;

/** Which of ours a reader wants most (RFC 9110, 12.5.4); English where they want neither. */
export function languageOf(acceptLanguage: string | undefined): Language {
  const ranges = (acceptLanguage ?? '').slice(0, HEADER_CHARACTERS_MAX).split(',');
  const wanted = ranges.flatMap((range) => {
    const [tag = '', ...parameters] = range.toLowerCase().split(';');
    const primary = tag.trim().split('-')[0] ?? '';
    const language = LANGUAGES.find((known) => known === primary);
    const weight = weightOf(parameters);
    return language !== undefined && weight > 0 ? [{ language, weight }] : [];
  });
  // Sorting is stable: of equal weights the first is meant.
  return wanted.toSorted((a, b) => b.weight - a.weight)[0]?.language ?? 'en';
}

function weightOf(parameters: readonly string[]): number {
  const given = parameters.map((each) => /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/.exec(each)?.[1]);
  const weight = given.find((each) => each !== undefined);
  return weight === undefined ? (parameters.length === 0 ? 1 : 0) : Number(weight);
}
