/** A mail with one attachment in base64, as reporters send it. */
export function mailWith(attachment: Buffer, type: string, disposition: string): Buffer {
  const body = attachment.toString('base64').replaceAll(/.{76}/g, '$&\r\n');
  return Buffer.from(
    [
      'From: dmarc@mailbox.example',
      'To: reports@example.jp',
      'Subject: Report Domain: example.jp',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="b1"',
      '',
      '--b1',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'This is a report.',
      '--b1',
      `Content-Type: ${type}`,
      `Content-Disposition: ${disposition}`,
      'Content-Transfer-Encoding: base64',
      '',
      body,
      '--b1--',
      '',
    ].join('\r\n'),
  );
}

/** About one message that failed (RFC 6591). */
export const FAILURE_REPORT: Buffer = Buffer.from(
  [
    'From: dmarc@mailbox.example',
    'To: reports@example.jp',
    'Subject: FW: a message that failed',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b1"',
    '',
    '--b1',
    'Content-Type: text/plain',
    '',
    'A message failed DMARC.',
    '--b1',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: auth-failure',
    'User-Agent: Reporter/1',
    'Version: 1',
    'Auth-Failure: dmarc',
    'Source-IP: 192.0.2.7',
    '',
    '--b1',
    'Content-Type: message/rfc822',
    '',
    'From: someone@example.jp',
    'Subject: hello',
    '',
    'text',
    '--b1--',
    '',
  ].join('\r\n'),
);
