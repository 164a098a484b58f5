/** One line of a CSV (RFC 4180), with its end. Blanks at the ends of a cell are kept by quotes, since readers may trim. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** Spreadsheets take what begins so for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** A text for somebody's spreadsheet, where a name that somebody else has given must not become a formula (OWASP, CSV Injection). */
export function plainCell(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

function csvCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
