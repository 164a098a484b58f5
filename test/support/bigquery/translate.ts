import { invalidQuery } from './api-error.ts';
import { literal, quote } from './schema.ts';
import { isText, isWord, type Token } from './tokens.ts';

export interface TableName {
  readonly dataset: string;
  readonly table: string;
}

/** Named parameters as SQL expressions. */
export type Parameters = ReadonlyMap<string, string>;

/** GoogleSQL as DuckDB takes it. */
export function translate(tokens: readonly Token[], parameters: Parameters): string {
  return tokens.map((token, index) => translateToken(token, index, tokens, parameters)).join(' ');
}

/** The tables that are named in backticks: those without are left to DuckDB. */
export function tablesIn(tokens: readonly Token[]): TableName[] {
  const found = new Map<string, TableName>();
  for (const token of tokens) {
    const name = token.kind === 'name' ? tableName(token.parts) : null;
    if (name) found.set(duckName(name), name);
  }
  return [...found.values()];
}

export function tableName(parts: readonly string[]): TableName | null {
  const [table, dataset] = parts.toReversed();
  return table !== undefined && dataset !== undefined ? { dataset, table } : null;
}

export function duckName({ dataset, table }: TableName): string {
  return `${quote(dataset)}.${quote(table)}`;
}

function translateToken(
  token: Token,
  index: number,
  tokens: readonly Token[],
  parameters: Parameters,
): string {
  switch (token.kind) {
    case 'string':
      return literal(token.text);
    case 'name': {
      const name = tableName(token.parts);
      return name ? duckName(name) : quote(token.parts.join('.'));
    }
    case 'parameter': {
      const value = parameters.get(token.name.toLowerCase());
      if (value === undefined) throw invalidQuery(`Query parameter '${token.name}' not found`);
      return value;
    }
    case 'word':
      return translateWord(token.text, token.upper, index, tokens);
    case 'other':
      return token.text;
  }
}

/** Functions whose name DuckDB has for something else. */
const CALLS: Readonly<Record<string, string>> = {
  SAFE_CAST: 'TRY_CAST',
  REGEXP_EXTRACT: 'bq_regexp_extract',
  DATE: 'bq_date',
  DATE_ADD: 'bq_date_add',
  DATE_SUB: 'bq_date_sub',
  DATE_DIFF: 'bq_date_diff',
  DATE_TRUNC: 'bq_date_trunc',
  TIMESTAMP: 'bq_timestamp',
  STRING: 'bq_string',
  SPLIT: 'bq_split',
  JSON_VALUE: 'bq_json_value',
  UNNEST: 'unnest',
  EXCEPT: 'EXCLUDE',
  SAFE_OFFSET: '1 +',
  OFFSET: '1 +',
  SAFE_ORDINAL: '',
  ORDINAL: '',
};
const TYPES: Readonly<Record<string, string>> = {
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  STRING: 'VARCHAR',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATETIME: 'TIMESTAMP',
  BYTES: 'BLOB',
  NUMERIC: 'DECIMAL(38, 9)',
};
const PARTS = /^(?:MICROSECOND|MILLISECOND|SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|QUARTER|YEAR)$/u;

function translateWord(text: string, upper: string, index: number, tokens: readonly Token[]): string {
  const before = tokens[index - 1];
  const after = tokens[index + 1];
  if (isText(before, '.')) return text;
  if (upper === 'NOT' && isWord(after, 'IN') && isWord(tokens[index + 2], 'UNNEST')) return '<> ALL';
  if (upper === 'IN' && isWord(after, 'UNNEST')) return isWord(before, 'NOT') ? '' : '= ANY';
  if (isText(after, '(')) {
    if (upper === 'UNNEST' && isWord(before, 'IN')) return '';
    if (upper === 'EXCEPT' && !isText(before, '*')) return text;
    if (upper.endsWith('OFFSET') && !isText(before, '[')) return text;
    return CALLS[upper] ?? (upper === 'CURRENT_TIMESTAMP' ? 'now' : text);
  }
  if (upper === 'CURRENT_TIMESTAMP') return 'now()';
  if (PARTS.test(upper) && isText(before, ',')) return literal(upper);
  const inCast = isWord(before, 'AS') && isText(after, ')');
  if (upper === 'INT64' || upper === 'FLOAT64' || inCast || after?.kind === 'string')
    return TYPES[upper] ?? text;
  return text;
}
