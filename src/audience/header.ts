import type { Cells } from './records.ts';

/** What the columns of a list are called, and which one has the address. */
export interface Header {
  readonly kind: 'header';
  /** Empty where a column has no name: its cells are left out. */
  readonly names: readonly string[];
  /** Index of the column with the address. */
  readonly email: number;
}

/** Why a list can't be used, in plain English, and the number of the column (from 1) where there is one to name. */
export interface HeaderProblem {
  readonly kind: 'problem';
  readonly problem: string;
  readonly column?: number;
}

/**
 * Reads the first row of a list. White space around a name is dropped; a name may stand there once only, since nobody
 * could tell which of two columns a mail means.
 *
 * @param emailColumn its exact name; where it is undefined, the one column with a usual name (below) is taken
 */
export function readHeader(cells: Cells, emailColumn: string | undefined): Header | HeaderProblem {
  const names = cells.map((cell) => cell.trim());
  const repeated = repeatedName(names);
  if (repeated) return repeated;
  const wanted = emailColumn?.trim();
  const candidates = names.flatMap((name, index) =>
    (wanted === undefined ? USUAL_NAMES.has(plain(name)) : name === wanted) ? [index] : [],
  );
  const [email, second] = candidates;
  if (email === undefined) {
    const missing = wanted === undefined ? 'no column with an address' : `no column "${shown(wanted)}"`;
    return problem(`${missing} (found: ${listed(names)}); set audience.emailColumn`);
  }
  if (second !== undefined) {
    const several = listed(candidates.map((index) => names[index] ?? ''));
    return problem(
      `more than one column may have the address (${several}); set audience.emailColumn`,
      second,
    );
  }
  return { kind: 'header', names, email };
}

function repeatedName(names: readonly string[]): HeaderProblem | null {
  const first = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const before = first.get(name);
    if (name !== '' && before !== undefined) {
      return problem(
        `columns ${before + 1} and ${index + 1} are both named "${shown(name)}"; rename one`,
        index,
      );
    }
    first.set(name, index);
  }
  return null;
}

function problem(text: string, index?: number): HeaderProblem {
  return index === undefined
    ? { kind: 'problem', problem: text }
    : { kind: 'problem', problem: text, column: index + 1 };
}

/**
 * What address columns are usually called, in Unicode's compatibility form, lower case, without spaces, hyphens and
 * underscores. So `E-Mail`, `email_address`, `Ｅメール` and `ﾒｰﾙｱﾄﾞﾚｽ` are among them.
 */
const USUAL_NAMES: ReadonlySet<string> = new Set([
  'email',
  'emailaddress',
  'mail',
  'mailaddress',
  'メール',
  'メールアドレス',
  'メアド',
  'eメール',
  'eメールアドレス',
  'emailアドレス',
  'mailアドレス',
  '電子メール',
  '電子メールアドレス',
]);

function plain(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_-]/g, '');
}

/** A wrong file (a whole text on one line) must not become a message of a megabyte. */
const NAMES_LISTED_MAX = 20;
const NAME_CHARACTERS_MAX = 40;

function listed(names: readonly string[]): string {
  const shownNames = names
    .slice(0, NAMES_LISTED_MAX)
    .map((name) => (name === '' ? '(no name)' : shown(name)));
  const more = names.length - shownNames.length;
  return shownNames.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** A name as a message on one line can carry it. In a list without a header it may be a person's address. */
function shown(name: string): string {
  if (name.includes('@')) return '(an address)';
  const line = name.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
  return line.length > NAME_CHARACTERS_MAX ? `${line.slice(0, NAME_CHARACTERS_MAX)}…` : line;
}
