/** Which of the names is that of the address: an index, or why there is none, in plain English. */
export type AddressColumn =
  | { readonly kind: 'found'; readonly index: number }
  | { readonly kind: 'missing'; readonly problem: string }
  /** `index` is that of the second one. */
  | { readonly kind: 'several'; readonly index: number; readonly problem: string };

/** @param wanted its exact name; where it is undefined, the one with a usual name (below) is taken */
export function addressColumn(names: readonly string[], wanted: string | undefined): AddressColumn {
  const candidates = names.flatMap((name, index) =>
    (wanted === undefined ? USUAL_NAMES.has(plain(name)) : name === wanted) ? [index] : [],
  );
  const [email, second] = candidates;
  if (email === undefined) {
    const missing = wanted === undefined ? 'no column with an address' : `no column "${shown(wanted)}"`;
    return { kind: 'missing', problem: `${missing} (found: ${listed(names)}); set audience.emailColumn` };
  }
  if (second !== undefined) {
    const several = listed(candidates.map((index) => names[index] ?? ''));
    const problem = `more than one column may have the address (${several}); set audience.emailColumn`;
    return { kind: 'several', index: second, problem };
  }
  return { kind: 'found', index: email };
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
export function shown(name: string): string {
  if (name.includes('@')) return '(an address)';
  const line = name.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
  return line.length > NAME_CHARACTERS_MAX ? `${line.slice(0, NAME_CHARACTERS_MAX)}…` : line;
}
