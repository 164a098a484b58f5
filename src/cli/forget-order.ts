import { type Address, describeProblem, parseAddress } from '../core/address.ts';
import { InputFault } from '../core/fault.ts';
import { Mention } from '../log/mention.ts';
import type { Author } from '../queue/author.ts';
import { type AuthorOptions, authorOf } from './author.ts';

export interface ForgetOptions extends AuthorOptions {
  readonly dryRun?: boolean;
  readonly timeout?: string;
  readonly json?: boolean;
}

export interface ForgetOrder {
  readonly address: Address;
  readonly author: Author;
  /** How long rows on their way are waited for. */
  readonly waitMs: number;
}

const WAIT_SECONDS = 60;
const WAIT_SECONDS_MAX = 86_400;
/** As in the override of a campaign. */
const WORDS_CHARS_MAX = 1_000;

/**
 * Reads what `forget` was asked for. No problem quotes the address: it is not to be in anybody's output.
 * @throws InputFault with a line for everything that is wrong
 */
export function forgetOrder(written: string, options: ForgetOptions): ForgetOrder {
  const parsed = parseAddress(written);
  const author = authorOf(options);
  const seconds = Number(options.timeout ?? WAIT_SECONDS);
  const problems = [
    ...(parsed.kind === 'invalid'
      ? [`what is to be forgotten is no address: ${describeProblem(parsed.reason)}`]
      : []),
    ...(author.reason === null ? ['--reason: is missing; it is kept in the log'] : []),
    ...(parsed.kind === 'address' ? authorProblems(author, parsed.address) : []),
    ...(seconds >= 0 && seconds <= WAIT_SECONDS_MAX && options.timeout?.trim() !== ''
      ? []
      : [`--timeout: may be 0 to ${WAIT_SECONDS_MAX} seconds`]),
  ];
  if (parsed.kind === 'invalid' || problems.length > 0) throw new InputFault(problems);
  return { address: parsed.address, author, waitMs: seconds * 1000 };
}

/** Both are written into the log, and stay there. */
function authorProblems({ by, reason }: Author, address: Address): string[] {
  const mention = new Mention(address);
  return Object.entries({ by, reason: reason ?? '' }).flatMap(([flag, words]) => [
    ...(words.length > WORDS_CHARS_MAX ? [`--${flag}: has more than ${WORDS_CHARS_MAX} characters`] : []),
    ...(mention.isIn(words) ? [`--${flag}: names the address, and is kept in the log; say it without`] : []),
  ]);
}
