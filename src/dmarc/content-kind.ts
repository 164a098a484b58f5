/** What a file is by its first bytes; its name is not asked. `mbox`: a file of many mails, which is not read. */
export type ContentKind = 'gzip' | 'zip' | 'xml' | 'mail' | 'mbox' | 'unknown';

/** So much of a file tells what it is. */
const HEAD_BYTES = 1_024;

/** RFC 1952 2.3.1: a gzip's two bytes and its only method. */
const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);
/** A zip's first entry, and the end of one without entries (APPNOTE.TXT 4.3). */
const ZIPS = [Buffer.from('PK\u0003\u0004', 'latin1'), Buffer.from('PK\u0005\u0006', 'latin1')];
const UTF16 = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

export function contentKind(bytes: Buffer): ContentKind {
  if (begins(bytes, GZIP)) return 'gzip';
  if (ZIPS.some((magic) => begins(bytes, magic))) return 'zip';
  const isUtf16 = UTF16.some((mark) => begins(bytes, mark));
  const head = bytes.subarray(0, HEAD_BYTES).toString('latin1');
  const text = (
    isUtf16 ? head.slice(2).replaceAll('\0', '') : head.replace(/^\u00ef\u00bb\u00bf/, '')
  ).trimStart();
  if (text.startsWith('<')) return 'xml';
  if (text.startsWith('From ')) return 'mbox';
  // RFC 5322 2.2: printable characters but the colon.
  return /^[!-9;-~]{1,76}[ \t]*:/.test(text) ? 'mail' : 'unknown';
}

function begins(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}
