export type Token =
  | { readonly kind: 'string'; readonly text: string }
  /** A name in backticks, cut at its dots. */
  | { readonly kind: 'name'; readonly parts: readonly string[] }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'word'; readonly text: string; readonly upper: string }
  | { readonly kind: 'other'; readonly text: string };

const TOKEN =
  /(?<skip>\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>[rR]?(?:'''[\s\S]*?'''|"""[\s\S]*?"""|'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"))|`(?<name>[^`]+)`|@(?<parameter>\w+)|(?<word>[A-Za-z_]\w*)|(?<other>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|<=|>=|!=|<>|\|\||=>|<<|>>|[\s\S])/gu;

/** GoogleSQL in its words, without comments and spaces. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const { groups = {} } of sql.matchAll(TOKEN)) {
    const { string, name, parameter, word, other } = groups;
    if (string !== undefined) tokens.push({ kind: 'string', text: textOf(string) });
    else if (name !== undefined) tokens.push({ kind: 'name', parts: name.split('.') });
    else if (parameter !== undefined) tokens.push({ kind: 'parameter', name: parameter });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, upper: word.toUpperCase() });
    else if (other !== undefined) tokens.push({ kind: 'other', text: other });
  }
  return joinNames(tokens);
}

/** `p`.`d`.`t` is the same as `p.d.t`. */
function joinNames(tokens: readonly Token[]): Token[] {
  const joined: Token[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    const last = joined.at(-1);
    const before = joined.at(-2);
    if (token?.kind === 'name' && isText(last, '.') && before?.kind === 'name') {
      joined.splice(-2, 2, { kind: 'name', parts: [...before.parts, ...token.parts] });
    } else if (token) joined.push(token);
  }
  return joined;
}

export function isText(token: Token | undefined, text: string): boolean {
  return token?.kind === 'other' && token.text === text;
}

export function isWord(token: Token | undefined, ...uppers: string[]): boolean {
  return token?.kind === 'word' && uppers.includes(token.upper);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

function textOf(source: string): string {
  const raw = /^r/iu.test(source);
  const body = raw ? source.slice(1) : source;
  const quotes = body.startsWith("'''") || body.startsWith('"""') ? 3 : 1;
  const inner = body.slice(quotes, -quotes);
  if (raw) return inner;
  return inner.replaceAll(/\\([\s\S])/gu, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}
