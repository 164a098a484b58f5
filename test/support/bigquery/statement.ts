import { invalidQuery } from './api-error.ts';
import { isText, isWord, type Token } from './tokens.ts';
import { type TableName, tableName } from './translate.ts';

export interface Create {
  readonly name: TableName;
  readonly replace: boolean;
  readonly ifNotExists: boolean;
  readonly isView: boolean;
  /** What stands between the name and AS. */
  readonly clauses: readonly Token[];
  readonly select: readonly Token[];
}

/** The kind of a statement as BigQuery names it. */
export function kindOf(tokens: readonly Token[]): string {
  const [first] = tokens;
  if (isText(first, '(') || isWord(first, 'SELECT', 'WITH')) return 'SELECT';
  if (isWord(first, 'INSERT', 'UPDATE', 'DELETE', 'MERGE') && first?.kind === 'word') return first.upper;
  if (isWord(first, 'CREATE'))
    return tokens.slice(0, 4).some((token) => isWord(token, 'VIEW'))
      ? 'CREATE_VIEW'
      : 'CREATE_TABLE_AS_SELECT';
  if (isWord(first, 'DROP')) return 'DROP_TABLE';
  throw invalidQuery(
    `Syntax error: Unexpected ${first?.kind === 'word' ? `keyword ${first.upper}` : 'token'} at [1:1]`,
  );
}

/** DML as DuckDB spells it. BigQuery wants a WHERE, and lets FROM and INTO be left out. */
export function completeDml(kind: string, tokens: readonly Token[]): readonly Token[] {
  const isPlain = kind === 'UPDATE' || kind === 'DELETE';
  if (isPlain && !tokens.some((token) => isWord(token, 'WHERE')))
    throw invalidQuery(`${kind} must have a WHERE clause at [1:1]`);
  const missing = { DELETE: 'FROM', INSERT: 'INTO', MERGE: 'INTO' }[kind];
  const [first, second] = tokens;
  if (!first || missing === undefined || isWord(second, missing)) return tokens;
  return [first, { kind: 'word', text: missing, upper: missing }, ...tokens.slice(1)];
}

export function parseCreate(tokens: readonly Token[]): Create {
  const at = tokens.findIndex((token) => token.kind === 'name');
  const named = tokens[at];
  const name = named?.kind === 'name' ? tableName(named.parts) : null;
  const as = topLevelAs(tokens, at);
  if (!name || as < 0) throw invalidQuery('The fake creates `p.d.t` in backticks, AS SELECT only.');
  const head = tokens.slice(0, at);
  return {
    name,
    replace: head.some((token) => isWord(token, 'REPLACE')),
    ifNotExists: head.some((token) => isWord(token, 'EXISTS')),
    isView: head.some((token) => isWord(token, 'VIEW')),
    clauses: tokens.slice(at + 1, as),
    select: tokens.slice(as + 1),
  };
}

function topLevelAs(tokens: readonly Token[], from: number): number {
  let depth = 0;
  return tokens.findIndex((token, index) => {
    if (isText(token, '(')) depth += 1;
    if (isText(token, ')')) depth -= 1;
    return index > from && depth === 0 && isWord(token, 'AS');
  });
}

/** The arguments of `word(…)` among the clauses, cut at their commas; null where there is none. */
export function argumentsOf(tokens: readonly Token[], word: string): Token[][] | null {
  const at = tokens.findIndex((token, index) => isWord(token, word) && isText(tokens[index + 1], '('));
  if (at < 0) return null;
  const found: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens.slice(at + 1)) {
    if (isText(token, ')')) depth -= 1;
    if (depth === 0 && found.flat().length > 0) break;
    if (depth === 1 && isText(token, ',')) found.push([]);
    else if (depth > 0) found.at(-1)?.push(token);
    if (isText(token, '(')) depth += 1;
  }
  return found;
}
