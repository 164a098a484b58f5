import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export function readDoc(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

/** The rows of all tables whose first column has this title, each from column to cell. */
export function tableRows(markdown: string, firstColumn: string): Readonly<Record<string, string>>[] {
  const tables = markdown.match(/(?:^\|.*\|\n)+/gm) ?? [];
  return tables.flatMap((table) => {
    const [header = [], , ...rows] = table.trim().split('\n').map(cells);
    if (header[0] !== firstColumn) return [];
    return rows.map((row) => Object.fromEntries(header.map((column, index) => [column, row[index] ?? ''])));
  });
}

/** What stands in fences of these languages. */
export function codeBlocks(markdown: string, ...languages: readonly string[]): string[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, language = '', code = '']) =>
    languages.includes(language) ? [code] : [],
  );
}

/** The text in backticks, without them. */
export function codeSpans(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** Each block with the line of text before it, which says what it is for. */
export function titledBlocks(doc: string, language: string): (readonly [title: string, block: string])[] {
  return codeBlocks(doc, language).map((block) => {
    const before = doc.slice(0, doc.indexOf(block)).replace(/:\s*```\w+\n$/, '');
    return [before.slice(before.lastIndexOf('\n') + 1), block] as const;
  });
}
