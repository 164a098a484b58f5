/**
 * Looks at the macros of a text (RFC 7208 7.1): `%{` a letter, digits, `r`, delimiters `}`, or `%%`, `%_`, `%-`. They are not expanded:
 * they say something of a mail (its sender, its IP address), and here is none.
 * @returns a clause in plain English, or null where nothing is wrong
 */
export function macroFault(text: string): string | null {
  const rest = text.replace(/%(?:%|_|-|\{[slodiphcrtv]\d{0,3}r?[-.+,/_=]*\})/gi, '');
  if (rest.includes('%')) return 'a % begins no macro that there is';
  return /[^\x21-\x7e]/.test(rest) ? 'it has a character that may not stand there' : null;
}
