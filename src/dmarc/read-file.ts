import { XML_BYTES_MAX } from './bounds.ts';
import { contentKind } from './content-kind.ts';
import { fromMail } from './mail.ts';
import { Refusal } from './refusal.ts';
import type { AggregateReport } from './report.ts';
import { readReport } from './report-xml.ts';
import { fromGzip, fromZip } from './unpack.ts';

export type FileContent =
  | { readonly kind: 'reports'; readonly reports: readonly AggregateReport[] }
  /** A failure report (RFC 6591): it is about one person's message, and is not read. */
  | { readonly kind: 'failure' };

/**
 * All reports of a file, by what is in it: XML, a gzip or zip of it, or a mail with those attached. All of it or nothing.
 * @throws Refusal, and nothing else, whatever the bytes are
 */
export async function readFileContent(bytes: Buffer, now: number): Promise<FileContent> {
  const kind = contentKind(bytes);
  if (kind !== 'mail') return { kind: 'reports', reports: read(await xmlsIn(bytes), now) };
  const mail = await fromMail(bytes);
  if (mail.kind === 'failure') return mail;
  const xmls: Buffer[] = [];
  for (const part of mail.parts) {
    xmls.push(...(await xmlsIn(part)));
    if (lengthOf(xmls) > XML_BYTES_MAX)
      throw new Refusal(`the mail's reports are longer than ${XML_BYTES_MAX.toLocaleString('en')} bytes`);
  }
  return { kind: 'reports', reports: read(xmls, now) };
}

async function xmlsIn(bytes: Buffer): Promise<readonly Buffer[]> {
  const kind = contentKind(bytes);
  switch (kind) {
    case 'xml':
      if (bytes.length > XML_BYTES_MAX)
        throw new Refusal(`the XML is longer than ${XML_BYTES_MAX.toLocaleString('en')} bytes`);
      return [bytes];
    case 'gzip':
      return [await fromGzip(bytes)];
    case 'zip':
      return fromZip(bytes);
    case 'mbox':
      throw new Refusal('it is a mailbox of many mails (mbox): save each mail in a file of its own');
    case 'mail':
    case 'unknown':
      throw new Refusal('it is no XML, gzip, zip or mail');
  }
}

function lengthOf(xmls: readonly Buffer[]): number {
  return xmls.reduce((sum, { length }) => sum + length, 0);
}

function read(xmls: readonly Buffer[], now: number): AggregateReport[] {
  return xmls.map((xml) => readReport(xml, now));
}
