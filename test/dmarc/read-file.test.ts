import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FileContent, readFileContent } from '../../src/dmarc/read-file.ts';
import { Refusal } from '../../src/dmarc/refusal.ts';
import { FAILURE_REPORT, mailWith } from './mail.ts';
import { NOW, newReportXml, reportXml } from './reports.ts';
import { zipOf } from './zip.ts';

const read = (bytes: Buffer | string) => readFileContent(Buffer.from(bytes), NOW);

async function one(bytes: Buffer | string) {
  const content = await read(bytes);
  if (content.kind !== 'reports' || content.reports[0] === undefined) throw new Error('no report');
  expect(content.reports).toHaveLength(1);
  return content.reports[0];
}

const xml = Buffer.from(reportXml());
const entry = (name: string, bytes: Buffer | string = xml) => ({ name, bytes: Buffer.from(bytes) });

describe('a report is read from', () => {
  const zip = zipOf(entry('mailbox!example.jp!1!2.xml'));
  const gzip = gzipSync(xml);
  const encodedName = 'attachment; filename="=?UTF-8?Q?report=5F=E6=97=A5=E6=9C=AC.zip?="';
  test.each([
    ['XML', xml],
    ['XML with a byte order mark', Buffer.from(`\ufeff${reportXml()}`)],
    ['XML in UTF-16', Buffer.from(`\ufeff${reportXml().replace('UTF-8', 'UTF-16')}`, 'utf16le')],
    ['XML without a declaration', Buffer.from(reportXml().replace(/^<\?.*\?>\n/, '\n  '))],
    ['gzip', gzip],
    ['zip', zip],
    [
      'zip with what macOS packs beside',
      zipOf(entry('a/', ''), entry('a/r.xml'), entry('__MACOSX/._r.xml', 'x')),
    ],
    ['a mail with gzip', mailWith(gzip, 'application/gzip', 'attachment; filename="r.xml.gz"')],
    [
      'a mail with a zip that is called text',
      mailWith(zip, 'text/plain; name=x.txt', 'attachment; filename="x.txt"'),
    ],
    ['a mail with an encoded name', mailWith(zip, 'application/octet-stream', encodedName)],
    ['a mail with XML', mailWith(xml, 'text/xml', 'inline; filename="=?UTF-8?Q?r=2Exml?="')],
  ])('%s', async (_what, bytes) => {
    expect(await one(bytes)).toEqual(await one(xml));
  });

  test('a mail that is only the report', async () => {
    const head =
      'From: a@b.example\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n';
    expect(await one(head + zip.toString('base64'))).toEqual(await one(xml));
  });

  test('a mail in which it was forwarded', async () => {
    const inner = mailWith(gzip, 'application/gzip', 'attachment').toString('latin1');
    const head = 'From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n';
    expect(await one(head + inner)).toEqual(await one(xml));
  });

  test('a zip of two, both', async () => {
    const content = await read(zipOf(entry('1.xml'), entry('2.xml', reportXml({ id: 'r2' }))));
    expect(content.kind === 'reports' && content.reports.map(({ reportId }) => reportId)).toEqual([
      'r1',
      'r2',
    ]);
  });
});

test('a failure report is told apart, and not read', async () => {
  expect(await read(FAILURE_REPORT)).toEqual({ kind: 'failure' });
});

test('a report in the form of RFC 9990 is read whole', async () => {
  expect(await one(newReportXml())).toMatchObject({
    month: '2025-11',
    domain: 'example.jp',
    organisation: 'Mailbox Two & Söhne',
    reportId: '9990-1',
    policy: { p: 'quarantine', sp: 'reject', np: 'reject', pct: null, testing: true, adkim: 's', aspf: 'r' },
    records: [
      {
        ip: '2001:db8::1',
        count: 7,
        disposition: 'pass',
        dkimAligned: true,
        spfAligned: false,
        overrides: ['policy_test_mode'],
        dkim: [{ domain: 'example.jp', selector: 's1', result: 'pass' }],
        spf: [],
      },
    ],
  });
});

const hostile: readonly (readonly [what: string, bytes: Buffer | string, why: RegExp])[] = [
  [
    'entities that multiply',
    `<?xml version="1.0"?><!DOCTYPE f [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><feedback>&b;</feedback>`,
    /DOCTYPE/,
  ],
  [
    'an entity from a file',
    `<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/hostname">]>${reportXml({ organisation: '&x;' })}`,
    /DOCTYPE/,
  ],
  ['a document type in lower case', `<!doctype html><feedback/>`, /DOCTYPE/],
  ['an entity that nobody declares', reportXml({ organisation: 'A&nbsp;B' }), /entity/],
  ['elements in elements', `<feedback>${'<a>'.repeat(100_000)}`, /deeper than 16/],
  ['a text of a megabyte', reportXml({ organisation: 'a'.repeat(1_000_000) }), /text of more than/],
  ['a megabyte of one tag', `<feedback ${'a'.repeat(1_000_000)}`, /tag that does not end/],
  ['a million elements', `<feedback>${'<a/>'.repeat(1_000_001)}</feedback>`, /more than 1,000,000 elements/],
  ['tags that do not match', reportXml().replace('</record>', '</recrod>'), /not well-formed/],
  ['a tag that closes nothing', reportXml().replace('</record>', '</record></record>'), /not well-formed/],
  ['text outside of the elements', `${reportXml()} and more`, /not well-formed/],
  ['a tag without a name', reportXml().replace('<record>', '<record>< >'), /not well-formed/],
  ['a bare ampersand', reportXml({ organisation: 'A & B' }), /bare/],
  ['half a report', reportXml().slice(0, -50), /not well-formed/],
  ['another XML', '<rss><channel/></rss>', /no DMARC report/],
  ['two roots', '<feedback></feedback><feedback></feedback>', /./],
  ['a name that changes objects', '<feedback><__proto__><domain>x</domain></__proto__></feedback>', /./],
  ['no record', reportXml({ rows: [] }), /no record/],
  [
    '20,001 records',
    reportXml({ rows: Array.from({ length: 20_001 }, () => ({})) }),
    /more than 20,000 records/,
  ],
  ['a negative count', reportXml({ rows: [{ count: -5 }] }), /<count>/],
  ['a fraction of a message', reportXml({ rows: [{ count: '1.5' }] }), /<count>/],
  ['a count without bounds', reportXml({ rows: [{ count: '99999999999999999999' }] }), /<count>/],
  ['a count in figures of another kind', reportXml({ rows: [{ count: '1e3' }] }), /<count>/],
  ['an address that is none', reportXml({ rows: [{ ip: '300.1.2.3' }] }), /no IP address/],
  ['an address with a zone', reportXml({ rows: [{ ip: 'fe80::1%eth0' }] }), /no IP address/],
  ['a disposition that is none', reportXml({ rows: [{ disposition: 'delete' }] }), /<disposition>/],
  ['a policy that is none', reportXml({ policy: '<p>maybe</p>' }), /policy is none/],
  ['a domain that is a path', reportXml({ domain: '../../etc/passwd' }), /no domain/],
  ['a time before DMARC', reportXml({ begin: 0 }), /before there was DMARC/],
  ['a time in the future', reportXml({ begin: Date.UTC(2030, 0, 1) }), /future/],
  ['a time backwards', reportXml({ end: 1_600_000_000_000 }), /ends before/],
  [
    'a time of a year',
    reportXml({ begin: Date.UTC(2025, 0, 1), end: Date.UTC(2026, 0, 1) }),
    /longer than 62 days/,
  ],
  ['a date in words', reportXml().replace(/<begin>\d+/, '<begin>2026-11-10'), /no number of seconds/],
  ['no id', reportXml({ id: '' }), /no id/],
  ['bytes that are no UTF-8', Buffer.from(reportXml({ organisation: '\u00ff' }), 'latin1'), /no utf-8 text/i],
  ['an encoding that there is not', reportXml().replace('UTF-8', 'x-none'), /no x-none text/],
  [
    'a zip of 10,000 entries',
    zipOf(...Array.from({ length: 10_000 }, (_, n) => entry(`${n}.xml`, 'x'))),
    /10,000 entries/,
  ],
  ['a zip in a zip', zipOf(entry('a.zip', zipOf(entry('b.xml')))), /a zip in the zip/],
  ['a gzip in a gzip', gzipSync(gzipSync(xml)), /a gzip in the gzip/],
  ['a gzip in a zip', zipOf(entry('a.gz', gzipSync(xml))), /a gzip in the zip/],
  ['a zip with no file', zipOf(), /no file/],
  ['a zip that is encrypted', zipOf({ ...entry('a.xml'), isEncrypted: true }), /encrypted/],
  ['a zip with a name that leads elsewhere', zipOf(entry('../../a.xml')), /can't be unpacked/],
  ['a zip with a name from the root', zipOf(entry('/etc/a.xml')), /can't be unpacked/],
  ['a zip that lies about a length', zipOf({ ...entry('a.xml'), saysBytes: 10 }), /can't be unpacked/],
  ['a zip that is cut off', zipOf(entry('a.xml')).subarray(0, 100), /can't be unpacked/],
  ['a gzip that is cut off', gzipSync(xml).subarray(0, 100), /can't be unpacked/],
  ['a gzip that fills memory', gzipSync(Buffer.alloc(200_000_000, 0x20)), /longer than/],
  ['a zip that fills memory', zipOf(entry('a.xml', Buffer.alloc(50_000_000, 0x20))), /longer than/],
  [
    'a zip that fills memory and lies',
    zipOf({ ...entry('a.xml', Buffer.alloc(50_000_000)), saysBytes: 9 }),
    /unpacked|longer/,
  ],
  [
    'white space packed a thousand times',
    gzipSync(`${reportXml()}${' '.repeat(8_000_000)}`),
    /packed more than/,
  ],
  ['a gzip of something else', gzipSync('hello'), /no XML/],
  ['a mail without a report', 'From: a@b.example\r\nSubject: hello\r\n\r\nhello', /no report attached/],
  [
    'a mail of nothing but parts',
    `From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n${'--x\r\n\r\n'.repeat(5_000)}`,
    /too many parts/,
  ],
  [
    'a mail with a hostile attachment',
    mailWith(Buffer.from('<!DOCTYPE a><feedback/>'), 'text/xml', 'attachment'),
    /DOCTYPE/,
  ],
  ['a mailbox', `From a@b.example Sat Nov 28 2026\nFrom: a@b.example\n\nhello`, /mbox/],
  ['something else', Buffer.from([0, 1, 2, 3]), /no XML, gzip, zip or mail/],
];

test.each(hostile)('%s is refused with the reason', async (_what, bytes, why) => {
  const refusal = await read(bytes).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(refusal).toBeInstanceOf(Refusal);
  expect(refusal).toHaveProperty('message', expect.stringMatching(why));
  expect(refusal).toHaveProperty('message', expect.stringMatching(/^.{10,300}$/));
});

test('a mail of many reports is never unpacked further than a report may be long', async () => {
  const versions = Array.from({ length: 350_000 }, (_, n) => `<version>${n}</version>`);
  const long = gzipSync(`<feedback>${versions.join('\n')}</feedback>`);
  const part = `--b\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n${long.toString('base64')}\r\n`;
  const mail = `From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(3)}--b--\r\n`;
  await expect(read(mail)).rejects.toThrow(/the mail's reports are longer than 20,971,520 bytes/);
});

test('two reports of which one is wrong are refused as a whole', async () => {
  const zip = zipOf(entry('1.xml'), entry('2.xml', reportXml({ rows: [{ count: -1 }] })));
  await expect(read(zip)).rejects.toThrow(Refusal);
});

describe('whatever the bytes are, they are read or refused', () => {
  const settled = (bytes: Buffer): Promise<FileContent | Refusal> =>
    readFileContent(bytes, NOW).catch((thrown: unknown) => {
      if (thrown instanceof Refusal) return thrown;
      throw thrown;
    });
  const bases = [
    xml,
    gzipSync(xml),
    zipOf(entry('r.xml')),
    mailWith(xml, 'text/xml', 'attachment'),
    FAILURE_REPORT,
  ];

  test('at random', async () => {
    const heads = fc.constantFrom('', '<', '<feedback>', 'PK\u0003\u0004', '\u001f\u008b\u0008', 'From: ');
    await fc.assert(
      fc.asyncProperty(heads, fc.uint8Array({ maxLength: 500 }), async (head, bytes) => {
        await settled(Buffer.concat([Buffer.from(head, 'latin1'), bytes]));
      }),
      { numRuns: 300 },
    );
  });

  test('a file with some bytes changed, and cut off somewhere', async () => {
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...bases),
        fc.array(change, { maxLength: 8 }),
        fc.nat(),
        async (base, changes, cut) => {
          const bytes = Buffer.from(base);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          await settled(cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes);
        },
      ),
      { numRuns: 500 },
    );
  });
});
