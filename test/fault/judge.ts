import { appendFileSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const takenMail = z.object({
  campaign: z.string(),
  /** As it was mailed. */
  to: z.string(),
  /** `<batch>-<position>-<seq>`. */
  entry: z.string(),
  claim: z.string(),
  messageId: z.string(),
  atMs: z.number(),
});

/** A mail that the endpoint has taken. */
export type TakenMail = Readonly<z.infer<typeof takenMail>>;

/**
 * What the endpoint has taken, and nobody else's word: a file that only grows, written before the answer to the call is.
 * Without a file it is in memory only.
 */
export class Judge {
  readonly #file: string | null;
  readonly #mails: TakenMail[] = [];

  constructor(file: string | null) {
    this.#file = file;
  }

  get mails(): readonly TakenMail[] {
    return this.#mails;
  }

  take(mails: readonly TakenMail[]): void {
    if (mails.length === 0) return;
    if (this.#file !== null) {
      appendFileSync(this.#file, mails.map((mail) => `${JSON.stringify(mail)}\n`).join(''));
    }
    this.#mails.push(...mails);
  }
}

export function readJudgement(file: string): TakenMail[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => takenMail.parse(JSON.parse(line)));
}

/** Recipients of a campaign that have more than one mail of it. */
export function twice(mails: readonly TakenMail[]): string[] {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const { campaign, to } of mails) {
    const key = `${campaign} ${to.toLowerCase()}`;
    if (seen.has(key)) again.add(key);
    seen.add(key);
  }
  return [...again];
}
