/*
 * A stand-in for SES that costs next to nothing, as a process of its own:
 *
 *   node bench/support/fake-ses.ts '{"latencyMs":20}'
 *
 * It answers after the latency, reads no JSON (it counts entries by a name that stands once in each), and prints its port on the
 * first line. GET /stats gives what came in since the last GET /reset. With a rate it refuses what is over: a bucket of one second
 * of the rate, so that a burst of a second is tolerated. With events it plays SQS as well, and then it has to read the calls.
 */
import { createServer, type Socket } from 'node:net';
import { EventQueue } from './event-queue.ts';

export interface FakeSesOptions {
  readonly latencyMs?: number;
  /** Recipients a second that GetAccount tells, and beyond which calls are answered 429; without it pace is open. */
  readonly rate?: number;
  readonly events?: boolean;
}

export interface FakeSesStats {
  readonly calls: number;
  readonly recipients: number;
  readonly throttledCalls: number;
  /** Milliseconds since 1970; 0 where there was none. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** The most recipients that were taken within one second of the clock. */
  readonly recipientsPerSecondMax: number;
  /** Recipients by campaign, where it is told to read the calls. */
  readonly finishedAt: Readonly<Record<string, { recipients: number; firstAt: number; lastAt: number }>>;
}

const OPEN_RATE = 100_000;
const ENTRY = Buffer.from('"Destination"');
const CAMPAIGN = Buffer.from('"sluice_campaign","Value":"');

const options: FakeSesOptions = JSON.parse(process.argv[2] ?? '{}');
const { latencyMs = 20, rate = null, events = false } = options;
const queue = events ? new EventQueue() : null;
const perSecond = new Map<number, number>();
const campaigns = new Map<string, { recipients: number; firstAt: number; lastAt: number }>();
let stats = { calls: 0, recipients: 0, throttledCalls: 0, firstAt: 0, lastAt: 0 };
let made = 0;
let tokens = rate ?? 0;
let tokensAt = performance.now();

function reset(): void {
  stats = { calls: 0, recipients: 0, throttledCalls: 0, firstAt: 0, lastAt: 0 };
  perSecond.clear();
  campaigns.clear();
}

/** Whether the rate has room for so many. */
function admits(recipients: number): boolean {
  if (rate === null) return true;
  const now = performance.now();
  tokens = Math.min(rate, tokens + ((now - tokensAt) / 1000) * rate);
  tokensAt = now;
  if (tokens < recipients) return false;
  tokens -= recipients;
  return true;
}

function count(body: Buffer, recipients: number): void {
  const now = Date.now();
  stats.calls += 1;
  stats.recipients += recipients;
  if (stats.firstAt === 0) stats.firstAt = now;
  stats.lastAt = now;
  const second = Math.floor(now / 1000);
  perSecond.set(second, (perSecond.get(second) ?? 0) + recipients);
  const at = body.indexOf(CAMPAIGN);
  if (at < 0) return;
  const start = at + CAMPAIGN.length;
  const name = body.toString('latin1', start, body.indexOf(0x22, start));
  const campaign = campaigns.get(name) ?? { recipients: 0, firstAt: now, lastAt: now };
  campaigns.set(name, campaign);
  campaign.recipients += recipients;
  campaign.lastAt = now;
}

function entriesIn(body: Buffer): number {
  let entries = 0;
  for (let at = body.indexOf(ENTRY); at >= 0; at = body.indexOf(ENTRY, at + ENTRY.length)) entries += 1;
  return entries;
}

function sendAnswer(body: Buffer, isBulk: boolean): { readonly status: number; readonly json: string } {
  const recipients = isBulk ? entriesIn(body) : 1;
  if (!admits(recipients)) {
    stats.throttledCalls += 1;
    return {
      status: 429,
      json: '{"__type":"TooManyRequestsException","message":"Maximum sending rate exceeded."}',
    };
  }
  count(body, recipients);
  const ids = Array.from({ length: recipients }, () => {
    made += 1;
    return `0100019abcdef012-${made.toString(16).padStart(8, '0')}-6f2b-4c1d-9e8f-0123456789ab-000000`;
  });
  queue?.sent(body, isBulk, ids);
  const json = isBulk
    ? `{"BulkEmailEntryResults":[${ids.map((id) => `{"Status":"SUCCESS","MessageId":"${id}"}`).join(',')}]}`
    : `{"MessageId":"${ids[0]}"}`;
  return { status: 200, json };
}

function accountJson(): string {
  return JSON.stringify({
    SendQuota: { Max24HourSend: -1, MaxSendRate: rate ?? OPEN_RATE, SentLast24Hours: 0 },
    SendingEnabled: true,
    ProductionAccessEnabled: true,
    EnforcementStatus: 'HEALTHY',
  });
}

/** Of any domain. */
const VERIFIED = JSON.stringify({
  VerifiedForSendingStatus: true,
  DkimAttributes: { Status: 'SUCCESS', SigningAttributesOrigin: 'EXTERNAL' },
});

function write(socket: Socket, status: number, json: string): void {
  if (socket.destroyed) return;
  const bytes = Buffer.byteLength(json);
  socket.write(
    `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n${json}`,
  );
}

function handle(socket: Socket, head: string, body: Buffer): void {
  if (head.startsWith('POST /v2/email/outbound')) {
    const { status, json } = sendAnswer(body, head.startsWith('POST /v2/email/outbound-bulk'));
    setTimeout(() => write(socket, status, json), latencyMs);
  } else if (head.startsWith('GET /v2/email/account')) write(socket, 200, accountJson());
  else if (head.startsWith('GET /v2/email/identities/')) write(socket, 200, VERIFIED);
  else if (head.startsWith('GET /stats')) {
    const recipientsPerSecondMax = Math.max(0, ...perSecond.values());
    write(
      socket,
      200,
      JSON.stringify({ ...stats, recipientsPerSecondMax, finishedAt: Object.fromEntries(campaigns) }),
    );
  } else if (head.startsWith('GET /reset')) {
    reset();
    write(socket, 200, '{}');
  } else if (queue) void queue.handle(head, body).then((json) => write(socket, 200, json));
  else write(socket, 404, '{"__type":"NotFoundException"}');
}

/** Requests by their Content-Length, which is all that our clients send. */
function serve(socket: Socket): void {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let wanted = 0;
  let headBytes = 0;
  const take = (): void => {
    while (bytes > 0) {
      if (wanted === 0) {
        const all = Buffer.concat(pieces);
        pieces = [all];
        const end = all.indexOf('\r\n\r\n');
        if (end < 0) return;
        headBytes = end + 4;
        const length = /\r\ncontent-length: *(\d+)/i.exec(all.toString('latin1', 0, headBytes))?.[1] ?? '0';
        wanted = headBytes + Number(length);
      }
      if (bytes < wanted) return;
      const all = pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces);
      const rest = all.subarray(wanted);
      const [head, body] = [all.toString('latin1', 0, headBytes), all.subarray(headBytes, wanted)];
      pieces = rest.length > 0 ? [rest] : [];
      bytes = rest.length;
      wanted = 0;
      handle(socket, head, body);
    }
  };
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (piece) => {
    pieces.push(piece);
    bytes += piece.length;
    take();
  });
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' && address ? address.port : 0}\n`);
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0));
