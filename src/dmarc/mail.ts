import PostalMime, { type Attachment, type Email } from 'postal-mime';
import { messageOf } from '../core/fault.ts';
import { MAIL_BOUNDARIES_MAX, MAIL_DEPTH_MAX, MAIL_REPORTS_MAX } from './bounds.ts';
import { type ContentKind, contentKind } from './content-kind.ts';
import { Refusal } from './refusal.ts';

/** What a mail brought. `failure`: a report of one failed message (RFC 6591), which is about a person's mail and is not read. */
export type MailContent =
  | { readonly kind: 'reports'; readonly parts: readonly Buffer[] }
  | { readonly kind: 'failure' };

/** A mailed report in the mail that it is forwarded in, and that in another. */
const FORWARDED_DEPTH_MAX = 2;

const PACKED: readonly ContentKind[] = ['gzip', 'zip', 'xml'];

/**
 * The reports in a mail, by what is in its parts. Names and types of parts are not trusted, since reporters give all kinds.
 * @throws Refusal where the mail can't be read, or has no report
 */
export async function fromMail(bytes: Buffer): Promise<MailContent> {
  refuseManyParts(bytes);
  const mail = await read(bytes);
  if (isFailureReport(mail)) return { kind: 'failure' };
  const parts = mail.attachments
    .filter(({ mimeType }) => mimeType !== 'text/html')
    .map(bytesOf)
    .filter((part) => PACKED.includes(contentKind(part)));
  if (parts.length === 0) throw new Refusal('the mail has no report attached');
  if (parts.length > MAIL_REPORTS_MAX)
    throw new Refusal(`the mail has more than ${MAIL_REPORTS_MAX} reports attached`);
  return { kind: 'reports', parts };
}

/** A mail of nothing but boundaries would be a million parts. */
function refuseManyParts(bytes: Buffer): void {
  let boundaries = 0;
  for (let at = bytes.indexOf('\n--'); at >= 0; at = bytes.indexOf('\n--', at + 3)) {
    boundaries += 1;
    if (boundaries > MAIL_BOUNDARIES_MAX) throw new Refusal('the mail has too many parts');
  }
}

async function read(bytes: Buffer): Promise<Email> {
  try {
    return await PostalMime.parse(bytes, {
      maxNestingDepth: MAIL_DEPTH_MAX,
      maxRfc822NestingDepth: FORWARDED_DEPTH_MAX,
    });
  } catch (thrown) {
    throw new Refusal(`the mail can't be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** RFC 5965 2: a multipart/report of this type, with a part of its own media type. */
function isFailureReport({ attachments, headers }: Email): boolean {
  const type = headers.find(({ key }) => key === 'content-type')?.value ?? '';
  return (
    attachments.some(({ mimeType }) => mimeType === 'message/feedback-report') ||
    /report-type\s*=\s*"?feedback-report\b/i.test(type)
  );
}

function bytesOf({ content }: Attachment): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof ArrayBuffer
    ? Buffer.from(content)
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}
