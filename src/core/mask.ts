/**
 * Takes addresses and secrets out of a log line (JSON, as it is about to be written) and leaves it valid JSON.
 *
 * It is a second net: what is logged should hold neither to begin with. But errors quote what they failed on (SES
 * names the recipient, ioredis the command, a URL its password), and process logs go where addresses must not.
 */
export function maskLine(line: string): string {
  const withoutSecrets = line.replace(SECRET_FIELD, '$1"[secret]"');
  if (!AT.test(line)) return withoutSecrets;
  return withoutSecrets.replace(URL_CREDENTIALS, '://[secret]@').replace(ADDRESS_OR_ESCAPE, maskMatch);
}

/** A field whose name ends like a secret's, and its value where that is a string. */
const SECRET_FIELD =
  /((?:secret|password|passwd|token|authorization|cookie|api_?key|access_?key|private_?key)s?":)"(?:[^"\\]|\\.)+"/gi;

/** Nearly every line has none of these, and is spared the rest. */
const AT = /[@＠]|%40/;

const URL_CREDENTIALS = /:\/\/[^\s/"\\@]{1,300}@/g;

/**
 * A quoted local part (its quotes are escaped in JSON), an escape, or a plain local part. Escapes are matched so that a
 * mask never begins in the middle of one. Lengths are bounded, so that a long line without any address costs no more
 * than its length.
 */
const ADDRESS_OR_ESCAPE = (() => {
  const at = '(?:[@＠]|%40)';
  const label = String.raw`[\p{L}\p{M}\p{N}_-]{1,63}`;
  const name = String.raw`(?:${label}[.。．]){1,10}(?![\d.]+(?![\p{L}\p{N}]))${label}`;
  const domain = String.raw`(?:${name}|localhost\b|\[[\w.:]{3,50}\])`;
  const quoted = String.raw`\\"[^"\\]{1,80}\\"`;
  const plain = String.raw`[^\s"\\()<>,;:[\]/@＠]{1,80}`;
  return new RegExp(String.raw`${quoted}${at}${domain}|\\(?:u[\da-f]{4}|.)|${plain}${at}${domain}`, 'giu');
})();

function maskMatch(match: string): string {
  return AT.test(match) ? '[address]' : match;
}
