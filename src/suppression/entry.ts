/** Why an address gets no mail. `unsubscribed` counts for one sender address, the others everywhere. */
export const REASONS = ['blocked', 'complained', 'bounced', 'unsubscribed'] as const;
export type Reason = (typeof REASONS)[number];
export type GlobalReason = Exclude<Reason, 'unsubscribed'>;

export interface SuppressionEntry {
  readonly reason: Reason;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Where it came from: `import`, `operator`, `event`, … */
  readonly source: string;
  /** The campaign or event that led to it. */
  readonly detail: string | null;
}

/*
 * One hash field an address; its value is a line for each reason, so that the claim's script sees the reasons
 * without parsing anything but the first letter of each line:
 *
 *   b 1732222222000 import newsletter-2026-11
 *   c 1732222333000 event
 */
export const REASON_LETTERS: Readonly<Record<Reason, string>> = {
  blocked: 'k',
  complained: 'c',
  bounced: 'b',
  unsubscribed: 'u',
};
const REASON_OF: ReadonlyMap<string, Reason> = new Map(
  REASONS.map((reason) => [REASON_LETTERS[reason], reason]),
);

/** Null for a letter that stands for no reason. */
export function reasonOfLetter(letter: string): Reason | null {
  return REASON_OF.get(letter) ?? null;
}

export function encodeEntries(entries: readonly SuppressionEntry[]): string {
  return entries
    .map(
      (entry) =>
        `${REASON_LETTERS[entry.reason]} ${entry.at} ${asOneWord(entry.source)}${entry.detail ? ` ${onOneLine(entry.detail)}` : ''}`,
    )
    .join('\n');
}

export function decodeEntries(value: string): SuppressionEntry[] {
  return value.split('\n').flatMap((line) => {
    const [letter = '', at = '', source = '', ...detail] = line.split(' ');
    const reason = REASON_OF.get(letter);
    return reason ? [{ reason, at: Number(at), source, detail: detail.join(' ') || null }] : [];
  });
}

/** The second word of a line is the source, so it has no blank in it. */
function asOneWord(text: string): string {
  return text.trim().replaceAll(/\s+/g, '_');
}

/** The detail is the rest of the line. */
function onOneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}
