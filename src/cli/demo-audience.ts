/** People who do not exist, in the state in which real lists come. */
export interface DemoAudience {
  /** UTF-8 CSV with a BOM and CRLF, as spreadsheets write it. */
  readonly csv: string;
  /** Addresses to suppress, by reason. All of them are in the list. */
  readonly unsubscribed: readonly string[];
  readonly bounced: readonly string[];
  readonly complained: readonly string[];
  readonly blocked: readonly string[];
}

const FAMILY = [
  '佐藤',
  '鈴木',
  '高橋',
  '田中',
  '伊藤',
  '渡辺',
  '山本',
  'Lee',
  'Smith',
  "O'Neil",
  'García',
  'Müller',
];
const GIVEN = ['陽菜', '蓮', '葵', '湊', '結衣', 'Anna', 'Jonas', 'Mei', 'Olga', 'Farid', 'Ines', 'Hugo'];
const COMPANIES = [
  '',
  '',
  'Example, Inc.',
  '株式会社サンプル',
  'Said "hello" Ltd',
  '合同会社テスト\n第二事業部',
];
const PLANS = ['free', 'standard', 'premium', 'プレミアム'];
const DOMAINS = [
  'gmail.com',
  'yahoo.co.jp',
  'outlook.com',
  'icloud.com',
  'example.co.jp',
  'shop.example.net',
  'bücher.example',
];
const CARRIERS = ['docomo.ne.jp', 'ezweb.ne.jp', 'softbank.ne.jp'];
const INVALID = [
  '',
  'plainaddress',
  'two@@example.com',
  'a b@example.com',
  'dot..dot@example.com',
  '日本@example.jp',
  'Name <n@example.com>',
  'user@localhost',
];

/** The same rows for the same seed. */
export function demoAudience(rows: number, seed: number): DemoAudience {
  const random = randomFrom(seed);
  const pick = <T>(from: readonly [T, ...T[]] | readonly T[], fallback: T): T =>
    from[Math.floor(random() * from.length)] ?? fallback;
  const lines = ['name,plan,email,points,company'];
  const known: string[] = [];
  const unsubscribed: string[] = [];
  const bounced: string[] = [];
  const complained: string[] = [];
  const blocked: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    const lot = random();
    const again = known.length > 0 && lot < 0.03;
    let email: string;
    if (again) email = disguised(pick(known, ''), random());
    else if (lot < 0.045) email = pick(INVALID, '');
    else {
      email = freshAddress(row, random(), pick);
      known.push(email);
      const fate = random();
      if (fate < 0.02) unsubscribed.push(email);
      else if (fate < 0.03) bounced.push(email);
      else if (fate < 0.033) complained.push(email);
      else if (fate < 0.036) blocked.push(email);
    }
    const name = `${pick(FAMILY, '')} ${pick(GIVEN, '')}`;
    const points = random() < 0.2 ? '' : String(Math.floor(random() * 100_000));
    lines.push([name, pick(PLANS, ''), email, points, pick(COMPANIES, '')].map(cell).join(','));
  }
  return { csv: `\uFEFF${lines.join('\r\n')}\r\n`, unsubscribed, bounced, complained, blocked };
}

function freshAddress(row: number, lot: number, pick: <T>(from: readonly T[], fallback: T) => T): string {
  const who = `${pick(['anna', 'Jonas', 'mei', 'farid', 'Olga', 'hugo'], 'mei')}.${row}`;
  // Old carrier addresses break the RFC, exist, and get their mail.
  if (lot < 0.02) return `${who}..x@${pick(CARRIERS, 'docomo.ne.jp')}`;
  if (lot < 0.03) return `${who}.@${pick(CARRIERS, 'docomo.ne.jp')}`;
  if (lot < 0.12) return `${who}@${pick(CARRIERS, 'docomo.ne.jp')}`;
  // The sandbox answers MESSAGE_REJECTED for these, as SES does for a message that it will not send.
  if (lot < 0.125) return `rejected+${row}@sandbox.sluice.example`;
  return `${who}@${pick(DOMAINS, 'example.com')}`;
}

/** The same person once more, as lists have them. */
function disguised(email: string, lot: number): string {
  if (lot < 0.3) return email.toUpperCase();
  if (lot < 0.6) return `  ${email} `;
  return lot < 0.7 ? `${email}\u3000` : email;
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** mulberry32: small, and good enough to shuffle people who do not exist. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
