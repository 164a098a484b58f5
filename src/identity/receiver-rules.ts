import {
  allOf,
  anyOf,
  item,
  type Judge,
  judgeDots,
  judgeHonour,
  judgeOneClick,
  judgeSpamRate,
  judgeTls,
  judgeVisibleLink,
  met,
  unknown,
} from './receiver-judges.ts';
import type { ReceiverId } from './receivers.ts';

/** What a receiver asks of whoever sends to its users. */
export interface ReceiverRule {
  /** Stable. */
  readonly id: string;
  readonly receiver: ReceiverId;
  /** In one sentence of plain English. */
  readonly requirement: string;
  /** Of whom. `bulk`: whoever sends it about 5,000 mails a day, or as many as it finds many. */
  readonly of: { readonly senders: 'all' | 'bulk'; readonly mail: 'all' | 'marketing' };
  readonly source: RuleSource;
  readonly judge: Judge;
}

/** Where the receiver says so. */
export interface RuleSource {
  readonly title: string;
  /** Null where the document was not seen at an address that lasts. */
  readonly url: string | null;
  /** As its page names it: of its publication, or since when the rule holds; null where it names none. */
  readonly date: string | null;
}

const GMAIL: RuleSource = {
  title: 'Google, Email sender guidelines',
  url: 'https://support.google.com/a/answer/81126',
  date: '2024-02-01',
};
const GMAIL_FAQ: RuleSource = {
  title: 'Google, Email sender guidelines FAQ',
  url: 'https://support.google.com/a/answer/14229414',
  date: '2024-02-01',
};
const YAHOO: RuleSource = {
  title: 'Yahoo Sender Hub, Sender Best Practices',
  url: 'https://senders.yahooinc.com/best-practices/',
  date: '2024-02',
};
const YAHOO_JAPAN: RuleSource = {
  title: 'Yahoo! JAPAN, 急増している迷惑メールへの対策について',
  url: 'https://whatsnewmail.yahoo.co.jp/yahoo/20241211a.html',
  date: '2024-12-11',
};
const OUTLOOK: RuleSource = {
  title: 'Microsoft, Outlook’s New Requirements for High‐Volume Senders',
  url: 'https://techcommunity.microsoft.com/blog/microsoftdefenderforoffice365blog/strengthening-email-ecosystem-outlook%E2%80%99s-new-requirements-for-high%E2%80%90volume-senders/4399730',
  date: '2025-05-05',
};
const DOCOMO: RuleSource = {
  title: 'NTT docomo, ドコモメールへメールを送信する際の注意事項',
  url: 'https://www.docomo.ne.jp/service/docomo_mail/smtp_notice/',
  date: null,
};
const DOCOMO_MASS: RuleSource = {
  title: 'NTT docomo, メール送受信する際の注意事項',
  url: 'https://www.docomo.ne.jp/service/imode_mail/notice/mass_send/',
  date: null,
};
const AU: RuleSource = {
  title: 'au, 送信ドメイン認証SPFレコードについて',
  url: 'https://www.au.com/mobile/service/mail/attention/spf-record/',
  date: '2023-10',
};
const SOFTBANK: RuleSource = {
  title: 'SoftBank, なりすましメール対策として送信ドメイン認証技術「DMARC」を導入',
  url: 'https://www.softbank.jp/mobile/info/personal/news/support/20240213a/',
  date: '2024-02-13',
};
const DOCOMO_FILTERS: RuleSource = {
  title: '日本データ通信協会 迷惑メール相談センター, docomo 迷惑メールフィルター一覧',
  url: 'https://www.dekyo.or.jp/soudan/contents/taisaku/2-4docomo-details.html',
  date: null,
};
const AU_FILTERS: RuleSource = {
  title: '日本データ通信協会 迷惑メール相談センター, au 迷惑メールフィルター一覧',
  url: 'https://www.dekyo.or.jp/soudan/contents/taisaku/2-4au-details.html',
  date: null,
};
const SOFTBANK_FILTERS: RuleSource = { title: 'SoftBank, 迷惑メール対策設定', url: null, date: null };
const RFC_5321: RuleSource = {
  title: 'RFC 5321, 4.1.2: a local part whose dots are loose is a Quoted-string',
  url: 'https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2',
  date: '2008-10',
};

const EVERYBODY = { senders: 'all', mail: 'all' } as const;
const BULK = { senders: 'bulk', mail: 'all' } as const;
const BULK_MARKETING = { senders: 'bulk', mail: 'marketing' } as const;

const DOTS = 'Old addresses with loose dots take mail only where their local part is quoted';
const FILTERS =
  'Its users may refuse mail with links or html, or all that comes from outside of mobile networks';
const FILTERS_WHY = 'it is for each user to say, and nobody tells senders';

/** As they stood in November 2026. A receiver's own page is what counts. */
export const RECEIVER_RULES: readonly ReceiverRule[] = [
  ...rules('gmail', GMAIL, [
    ['authentication', EVERYBODY, 'SPF or DKIM authenticates the mail', anyOf(item('spf'), item('dkim'))],
    [
      'ptr',
      EVERYBODY,
      'The sending IP addresses have forward and reverse DNS records',
      met("SES's addresses have them"),
    ],
    ['tls', EVERYBODY, 'The mail comes over TLS', judgeTls],
    ['format', EVERYBODY, 'The message is in the form of RFC 5322', met('SES writes it')],
    [
      'spam-rate',
      EVERYBODY,
      'Less than 0.3 % of the mail is reported as spam in Postmaster Tools',
      judgeSpamRate(0.003),
    ],
    [
      'bulk-authentication',
      BULK,
      'SPF and DKIM both authenticate the mail',
      allOf(item('spf'), item('dkim')),
    ],
    ['dmarc', BULK, 'The From domain has a DMARC record; p=none is enough', item('dmarc')],
    ['alignment', BULK, 'The From domain aligns with that of SPF or DKIM', item('alignment')],
    [
      'bulk-spam-rate',
      BULK,
      'The spam rate stays below 0.1 %, and never reaches 0.3 %',
      judgeSpamRate(0.001),
    ],
    ['one-click', BULK_MARKETING, 'Marketing mail has one-click unsubscribe (RFC 8058)', judgeOneClick],
    [
      'visible-link',
      BULK_MARKETING,
      'Marketing mail has a link to unsubscribe that is plain to see',
      judgeVisibleLink,
    ],
  ]),
  ...rules('gmail', GMAIL_FAQ, [
    ['honour', BULK_MARKETING, 'Whoever unsubscribes gets nothing more after 48 hours', judgeHonour],
  ]),
  ...rules('yahoo', YAHOO, [
    ['authentication', EVERYBODY, 'SPF or DKIM authenticates the mail', anyOf(item('spf'), item('dkim'))],
    [
      'ptr',
      EVERYBODY,
      'The sending IP addresses have forward and reverse DNS records',
      met("SES's addresses have them"),
    ],
    ['format', EVERYBODY, 'The message is in the form of RFC 5321 and 5322', met('SES writes it')],
    [
      'spam-rate',
      EVERYBODY,
      'Less than 0.3 % of the mail is reported as spam',
      unknown('Yahoo counts for itself, and shows it in its Sender Hub'),
    ],
    [
      'bulk-authentication',
      BULK,
      'SPF and DKIM both authenticate the mail',
      allOf(item('spf'), item('dkim')),
    ],
    [
      'dmarc',
      BULK,
      'The From domain has a DMARC record (p=none is enough) and passes it, by alignment with SPF or DKIM',
      allOf(item('dmarc'), item('alignment')),
    ],
    ['one-click', BULK_MARKETING, 'Marketing mail has one-click unsubscribe (RFC 8058)', judgeOneClick],
    [
      'visible-link',
      BULK_MARKETING,
      'Marketing mail has a link to unsubscribe that is plain to see',
      judgeVisibleLink,
    ],
    ['honour', BULK_MARKETING, 'Whoever unsubscribes gets nothing more after 2 days', judgeHonour],
  ]),
  ...rules('yahoo-japan', YAHOO_JAPAN, [
    [
      'authentication',
      EVERYBODY,
      'SPF, DKIM or DMARC authenticates the mail, else it may be taken for spam or refused',
      anyOf(item('spf'), item('dkim'), item('alignment')),
    ],
  ]),
  ...rules('outlook', OUTLOOK, [
    ['spf', BULK, 'SPF passes', item('spf')],
    ['dkim', BULK, 'DKIM passes', item('dkim')],
    [
      'dmarc',
      BULK,
      'The From domain has a DMARC record (p=none is enough) and aligns with SPF or DKIM; else 550 5.7.515',
      allOf(item('dmarc'), item('alignment')),
    ],
    [
      'visible-link',
      BULK_MARKETING,
      'Recommended: a link to unsubscribe that works and is easy to find',
      judgeVisibleLink,
    ],
  ]),
  ...rules('docomo', DOCOMO, [
    [
      'dmarc',
      EVERYBODY,
      'DMARC passes; else its users see a warning, and the mail may not arrive',
      allOf(item('dmarc'), item('alignment')),
    ],
    ['dkim', EVERYBODY, 'DKIM signs the mail, so that it passes DMARC when it is forwarded', item('dkim')],
    [
      'from-spf',
      EVERYBODY,
      'The domain of From has an SPF record too, not only that of the envelope',
      unknown(
        "it is the envelope's domain whose record is judged here; let that of From include amazonses.com too",
      ),
    ],
    [
      'from-dns',
      EVERYBODY,
      'The domain of From has an A or MX record; else the mail may not arrive',
      unknown('these records are not asked for here'),
    ],
  ]),
  ...rules('docomo', DOCOMO_MASS, [
    [
      'unknown-users',
      EVERYBODY,
      'A network that sends to many addresses that do not exist is shut out for a time',
      unknown('it publishes no figure; hard bounces of this sender are shown above'),
    ],
  ]),
  ...rules('docomo', RFC_5321, [['dots', EVERYBODY, DOTS, judgeDots]]),
  ...rules('docomo', DOCOMO_FILTERS, [['filters', EVERYBODY, FILTERS, unknown(FILTERS_WHY)]]),
  ...rules('au', AU, [
    ['spf', EVERYBODY, 'The domain of the envelope has an SPF record, by IPv4, that passes', item('spf')],
    [
      'dmarc',
      EVERYBODY,
      'DKIM and DMARC are checked since October 2023; what passes may be shown with a mark',
      allOf(item('dkim'), item('dmarc'), item('alignment')),
    ],
  ]),
  ...rules('au', RFC_5321, [['dots', EVERYBODY, DOTS, judgeDots]]),
  ...rules('au', AU_FILTERS, [['filters', EVERYBODY, FILTERS, unknown(FILTERS_WHY)]]),
  ...rules('softbank', SOFTBANK, [
    [
      'dmarc',
      EVERYBODY,
      'DMARC passes; what does not is refused as its record says, for users who have not switched that off',
      allOf(item('dmarc'), item('alignment')),
    ],
  ]),
  ...rules('softbank', RFC_5321, [['dots', EVERYBODY, DOTS, judgeDots]]),
  ...rules('softbank', SOFTBANK_FILTERS, [['filters', EVERYBODY, FILTERS, unknown(FILTERS_WHY)]]),
];

function rules(
  receiver: ReceiverId,
  source: RuleSource,
  written: readonly (readonly [id: string, of: ReceiverRule['of'], requirement: string, judge: Judge])[],
): ReceiverRule[] {
  return written.map(([id, of, requirement, judge]) => ({
    id: `${receiver}-${id}`,
    receiver,
    requirement,
    of,
    source,
    judge,
  }));
}
