import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import type { Project } from '../../src/identity/project.ts';
import { decodeBlock } from '../../src/log/block.ts';
import { Deliverer, type DelivererParts } from '../../src/send/deliver.ts';
import type { BatchRef } from '../../src/send/ledger.ts';
import type { Mailing } from '../../src/send/mailing.ts';
import { Pace } from '../../src/send/pace.ts';
import { encodePayload } from '../../src/send/payload.ts';
import { Permits } from '../../src/send/permits.ts';
import { SentBook } from '../../src/send/sent-book.ts';
import { Strategy, type StrategySetting } from '../../src/send/strategy.ts';
import { compileMail } from '../../src/send/template.ts';
import { createSealer } from '../../src/send/token.ts';
import type {
  BulkAnswer,
  BulkCall,
  SesTransport,
  SingleAnswer,
  SingleCall,
} from '../../src/send/transport.ts';
import type { Asking, Source } from '../../src/send/turnstile.ts';
import { unsubscribeLinks } from '../../src/send/unsubscribe.ts';
import { eventually } from '../support/eventually.ts';
import { newLedger } from '../support/ledger.ts';
import { silentLogger } from '../support/logger.ts';
import { always } from '../support/outgoing.ts';
import { pacing } from '../support/pacing.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ref: BatchRef = { campaign: 'autumn', project: 'default', batch: 0, sender: 'news@example.com' };
const SIZE = 8;
const never = new AbortController().signal;
const sealer = createSealer(['a secret that is long enough for anybody']);

/** An SES that answers as it is told, call by call, and notes what it was asked. */
class ScriptedSes implements SesTransport {
  readonly calls: BulkCall[] = [];
  readonly #answer: (call: BulkCall, index: number) => BulkAnswer | Promise<BulkAnswer>;

  constructor(answer: (call: BulkCall, index: number) => BulkAnswer | Promise<BulkAnswer>) {
    this.#answer = answer;
  }

  async sendBulk(call: BulkCall): Promise<BulkAnswer> {
    this.calls.push(call);
    return this.#answer(call, this.calls.length - 1);
  }

  readonly singles: SingleCall[] = [];
  answerSingle: (call: SingleCall, index: number) => SingleAnswer = (call) => ({
    kind: 'accepted',
    messageId: `id-${call.to}`,
  });

  async sendSingle(call: SingleCall): Promise<SingleAnswer> {
    this.singles.push(call);
    return this.answerSingle(call, this.singles.length - 1);
  }

  async account() {
    return {
      perSecond: 1000,
      perDay: null,
      sentLast24Hours: 0,
      sendingEnabled: true,
      productionAccess: true,
      enforcement: 'HEALTHY',
    };
  }

  async close() {}
}

/** Counts tokens that were taken and not given back. */
function counted(turnstile: DelivererParts['turnstile']): DelivererParts['turnstile'] & { used: number } {
  const counter = {
    used: 0,
    take: async (asking: Asking) => {
      const turn = await turnstile.take(asking);
      if (turn.taken) counter.used += asking.recipients;
      return turn;
    },
    giveBack: async (claim: string, recipients: number, source: Source) => {
      counter.used -= recipients;
      await turnstile.giveBack(claim, recipients, source);
    },
  };
  return counter;
}

let claims = 0;
function deliverer(
  ses: SesTransport,
  options: {
    readonly perSecond?: number;
    readonly linked?: boolean;
    readonly strategy?: StrategySetting;
    readonly turnstile?: DelivererParts['turnstile'];
    readonly paced?: ReturnType<typeof pacing>;
  } = {},
): Deliverer {
  const { redis } = server;
  return new Deliverer({
    ledger: newLedger(redis, keys, 1000),
    ...(options.paced ?? pacing(redis, keys, () => options.perSecond ?? 100_000)),
    ...(options.turnstile ? { turnstile: options.turnstile } : {}),
    transport: ses,
    strategy: new Strategy(options.strategy ?? 'bulk', systemClock),
    claims: new Permits(20),
    clock: systemClock,
    logger: silentLogger,
    random: () => 0.5,
    claimNumber: () => {
      claims += 1;
      return `w-${claims}`;
    },
    links: options.linked === false ? null : unsubscribeLinks('https://mail.example.com', sealer),
  });
}

function mailing(change: Partial<Mailing> = {}): Mailing {
  const compiled = compileMail({
    subject: 'Hello {{name}}',
    html: '<p>{{name}} <a href="{{unsubscribeUrl}}">stop</a></p>',
  });
  if (compiled.kind !== 'compiled') throw new Error('the template of this test is wrong');
  return {
    campaign: 'autumn',
    project: 'default',
    sender: 'news@example.com',
    from: 'news@example.com',
    replyTo: [],
    mail: compiled.mail,
    category: 'marketing',
    unsubscribe: { kind: 'sluice' },
    linkColumns: [],
    override: false,
    perSecond: null,
    tags: {},
    tracking: { opens: null, clicks: null },
    ...change,
  };
}

const addressOf = (position: number) => `p${position}@example.com`;
const accept = (call: BulkCall): BulkAnswer => ({
  kind: 'results',
  results: call.entries.map((entry) => ({ status: 'SUCCESS', error: null, messageId: `id-${entry.to}` })),
});
const failure = (name: string, httpStatus: number | null, provablyUnsent = false): BulkAnswer => ({
  kind: 'failure',
  failure: { name, message: 'as told', httpStatus, provablyUnsent },
});

const states = async () =>
  (await newLedger(server.redis, keys, 1000).open(ref))?.states.map((state) => state.charAt(0)).join('');
const counter = async (name: string) => Number(await server.redis.hget(keys.campaign('autumn'), name));
const events = async () => {
  const entries = await server.redis.xrangeBuffer(keys.outbox(), '-', '+');
  return entries.flatMap(([, fields]) => decodeBlock(fields[1] ?? Buffer.alloc(0)).events);
};

beforeEach(async () => {
  const { redis } = server;
  const recipients = Array.from({ length: SIZE }, (_unused, index) => ({
    seq: index + 1,
    written: addressOf(index).toUpperCase(),
    wire: addressOf(index),
    normal: addressOf(index),
    data: { name: `Name ${index}` },
  }));
  const payload = encodePayload(recipients);
  await redis.hset(keys.campaign('autumn'), {
    id: 'autumn',
    project: 'default',
    phase: 'running',
    planned: SIZE,
    pending: SIZE,
    planned_all: '1',
  });
  await redis.hset(keys.batch('autumn', 0), { n: SIZE, a: payload.addresses, p: payload.rest });
  await redis.zadd(keys.outstanding('autumn'), 1, '0');
  await redis.sadd(keys.open(), 'autumn');
});

test('everybody gets their own slots, tags and unsubscribe link in one call', async () => {
  const ses = new ScriptedSes(accept);
  expect(await deliverer(ses).deliver('autumn', [0], always(mailing()), never)).toEqual({ kind: 'settled' });
  expect(ses.calls).toHaveLength(1);
  const [call] = ses.calls;
  expect(call?.tags).toMatchObject({ sluice_campaign: 'autumn', sluice_claim: expect.stringMatching(/^w-/) });
  call?.entries.forEach((entry, index) => {
    expect(entry.to).toBe(addressOf(index));
    expect(entry.tags).toEqual({ sluice_entry: `0-${index}-${index + 1}` });
    expect(entry.slots.join('\n')).toContain(`Name ${index}`);
    const url = entry.headers.find((header) => header.name === 'List-Unsubscribe')?.value ?? '';
    expect(sealer.open(url.replace(/^<.*\/u\/|>$/g, ''))).toEqual({
      sender: 'news@example.com',
      campaign: 'autumn',
      seq: index + 1,
      address: addressOf(index),
    });
    expect(entry.slots.join('\n')).toContain(url.slice(1, -1));
  });
  expect(await counter('accepted')).toBe(SIZE);
  expect(await server.redis.hget(keys.campaign('autumn'), 'phase')).toBe('finished');
});

test('transactional mail carries no unsubscribe header', async () => {
  const ses = new ScriptedSes(accept);
  await deliverer(ses, { linked: false }).deliver(
    'autumn',
    [0],
    always(mailing({ category: 'transactional', unsubscribe: { kind: 'none' } })),
    never,
  );
  expect(ses.calls[0]?.entries[0]?.headers).toEqual([]);
});

test('marketing mail does not leave a worker that can make no unsubscribe links', async () => {
  const ses = new ScriptedSes(accept);
  expect(
    await deliverer(ses, { linked: false }).deliver('autumn', [0], always(mailing()), never),
  ).toMatchObject({
    kind: 'hold',
  });
  expect(ses.calls).toEqual([]);
  expect(await states()).toBe('........');
});

test('who the mail is from is asked after its turn has come, and a turn of another sender is given back', async () => {
  const ses = new ScriptedSes(accept);
  let current = mailing();
  const real = counted(pacing(server.redis, keys, () => 100_000).turnstile);
  const turns: string[] = [];
  const turnstile = {
    take: (asking: Asking) => {
      turns.push(asking.mailing.sender);
      current = mailing({ sender: 'shop@example.com', from: 'shop@example.com' });
      return real.take(asking);
    },
    giveBack: real.giveBack,
  };
  await server.redis.hset(keys.unsubscribed('shop@example.com'), addressOf(4), 'u 1 link');
  const source = () => ({ mailing: current, obstacle: null });
  const end = await deliverer(ses, { turnstile }).deliver('autumn', [0], source, never);
  expect(end).toEqual({ kind: 'settled' });
  expect(ses.calls.map(({ from, entries }) => [from, entries.length])).toEqual([
    ['shop@example.com', SIZE - 1],
  ]);
  expect(turns).toEqual(['news@example.com', 'shop@example.com']);
  expect(real.used).toBe(SIZE - 1);
  expect(await counter('skipped:unsubscribed')).toBe(1);
});

test('what is in the way is asked after the turn as well, and the tokens go back', async () => {
  const ses = new ScriptedSes(accept);
  const turnstile = counted(pacing(server.redis, keys, () => 100_000).turnstile);
  const obstacle = { code: 'PROFILE', reason: 'it is gone', until: null } as const;
  let asked = 0;
  const source = () => ({ mailing: mailing(), obstacle: asked++ === 0 ? null : obstacle });
  const end = await deliverer(ses, { turnstile }).deliver('autumn', [0], source, never);
  expect(end).toEqual({ kind: 'hold', hold: obstacle });
  expect([ses.calls.length, turnstile.used, await states()]).toEqual([0, 0, '........']);
});

test('a batch that is run again sends to nobody twice', async () => {
  const ses = new ScriptedSes(accept);
  await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
  await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
  expect(ses.calls).toHaveLength(1);
});

test('two runs of one batch at the same time send to everybody once', async () => {
  const ses = new ScriptedSes(accept);
  await Promise.all([
    deliverer(ses, { perSecond: 3 * SIZE }).deliver('autumn', [0], always(mailing()), never),
    deliverer(ses, { perSecond: 3 * SIZE }).deliver('autumn', [0], always(mailing()), never),
  ]);
  const sent = ses.calls.flatMap((call) => call.entries.map((entry) => entry.to));
  expect(new Set(sent).size).toBe(sent.length);
});

test('who is claimed by a worker that is gone is in doubt, and gets nothing more', async () => {
  await newLedger(server.redis, keys, 1000).claim(ref, 'dead-1', [0, 1, 2], false);
  const ses = new ScriptedSes(accept);
  expect(await deliverer(ses).deliver('autumn', [0], always(mailing()), never)).toEqual({ kind: 'settled' });
  expect(ses.calls.flatMap((call) => call.entries.map((entry) => entry.to))).toEqual(
    [3, 4, 5, 6, 7].map(addressOf),
  );
  expect(await counter('inDoubt')).toBe(3);
  expect(await counter('accepted')).toBe(5);
  expect(await server.redis.hget(keys.campaign('autumn'), 'phase')).toBe('running');
});

test.each([
  ['a connection that was reset', failure('ECONNRESET', null)],
  ['a timeout', failure('TimeoutError', null)],
  ['a 500', failure('InternalFailure', 500)],
  ['an answer with too few results', { kind: 'results', results: [] } satisfies BulkAnswer],
])(
  '%s after the call was made leaves everybody in doubt, and nobody is called again',
  async (_name, answer) => {
    const ses = new ScriptedSes(() => answer);
    await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
    await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
    expect(ses.calls).toHaveLength(1);
    expect(await counter('inDoubt')).toBe(SIZE);
    expect((await events()).map((event) => event.event_type)).toEqual(Array(SIZE).fill('in_doubt'));
  },
);

test('a transport that breaks its promise and throws leaves everybody in doubt', async () => {
  const ses = new ScriptedSes(() => Promise.reject(new Error('never')));
  await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
  expect(await counter('inDoubt')).toBe(SIZE);
});

test.each([
  ['throttling', failure('TooManyRequestsException', 429)],
  ['a refused connection', failure('ECONNREFUSED', null, true)],
  ['an expired signature', failure('RequestTimeTooSkewed', 403)],
])(
  '%s proves that nothing was sent: everybody is put back, and sent to on the next try',
  async (_name, answer) => {
    const ses = new ScriptedSes((call, index) => (index === 0 ? answer : accept(call)));
    expect(await deliverer(ses).deliver('autumn', [0], always(mailing()), never)).toMatchObject({
      kind: 'later',
    });
    expect(await states()).toBe('........');
    expect(await deliverer(ses).deliver('autumn', [0], always(mailing()), never)).toEqual({
      kind: 'settled',
    });
    expect(await counter('accepted')).toBe(SIZE);
  },
);

test('a bad request that names no entry is halved until the bad one is alone', async () => {
  const bad = addressOf(5);
  const ses = new ScriptedSes((call) =>
    call.entries.some((entry) => entry.to === bad) ? failure('BadRequestException', 400) : accept(call),
  );
  await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
  expect(await counter('accepted')).toBe(SIZE - 1);
  expect(await counter('rejected')).toBe(1);
  const rejected = (await events()).find((event) => event.event_type === 'rejected');
  expect(rejected).toMatchObject({ seq: 6, recipient: bad.toUpperCase(), reason: 'BadRequestException' });
  const delivered = ses.calls
    .filter((call) => call.entries.every((entry) => entry.to !== bad))
    .flatMap((call) => call.entries.map((entry) => entry.to));
  expect(new Set(delivered).size).toBe(SIZE - 1);
  expect(delivered).toHaveLength(SIZE - 1);
});

test('one rejected entry does not hold up the others of its call', async () => {
  const ses = new ScriptedSes((call) => ({
    kind: 'results',
    results: call.entries.map((entry, index) =>
      index === 2
        ? { status: 'MESSAGE_REJECTED', error: 'no', messageId: null }
        : { status: 'SUCCESS', error: null, messageId: entry.to },
    ),
  }));
  await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
  expect(await counter('accepted')).toBe(SIZE - 1);
  expect(await counter('rejected')).toBe(1);
});

test('a used-up quota holds the campaign, and everybody is put back', async () => {
  const ses = new ScriptedSes(() => failure('LimitExceededException', 400));
  const end = await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
  expect(end).toMatchObject({ kind: 'hold', hold: { code: 'SES_QUOTA', until: expect.any(Number) } });
  expect(await states()).toBe('........');
});

test('a sender that SES has not verified holds the campaign for an operator', async () => {
  const ses = new ScriptedSes(() => failure('MailFromDomainNotVerifiedException', 400));
  const end = await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
  expect(end).toMatchObject({ kind: 'hold', hold: { code: 'SES_IDENTITY', until: null } });
});

test('who is suppressed is skipped with the rule, gives the tokens back, and the rest is sent', async () => {
  await server.redis.hset(
    keys.suppressedEverywhere(),
    addressOf(0),
    'b 1 import',
    addressOf(1),
    'k 1 operator',
  );
  await server.redis.hset(keys.unsubscribed('news@example.com'), addressOf(2), 'u 1 link');
  const ses = new ScriptedSes(accept);
  const turnstile = counted(pacing(server.redis, keys, () => 100_000).turnstile);
  await deliverer(ses, { turnstile }).deliver('autumn', [0], always(mailing()), never);
  expect(turnstile.used).toBe(5);
  expect(await counter('skipped:bounced')).toBe(1);
  expect(await counter('skipped:blocked')).toBe(1);
  expect(await counter('skipped:unsubscribed')).toBe(1);
  expect(ses.calls.flatMap((call) => call.entries.map((entry) => entry.to))).toEqual(
    [3, 4, 5, 6, 7].map(addressOf),
  );
  expect(
    (await events()).filter((event) => event.event_type === 'skipped').map((event) => event.reason),
  ).toEqual(['bounced', 'blocked', 'unsubscribed']);
});

test('a mail that can not be written is nobody’s doubt: who was claimed for it is put back', async () => {
  const { mail } = mailing();
  let writes = 0;
  const broken = {
    ...mail,
    slots: (data: object) => {
      writes += 1;
      if (writes === 3) throw new Error('no such mail');
      return mail.slots({ ...data });
    },
  };
  const ses = new ScriptedSes(accept);
  const tokens = counted(pacing(server.redis, keys, () => 100_000).turnstile);
  const [first, again] = [deliverer(ses, { turnstile: tokens }), deliverer(ses)];
  await expect(first.deliver('autumn', [0], always(mailing({ mail: broken })), never)).rejects.toThrow(
    'no such mail',
  );
  expect(ses.calls).toEqual([]);
  expect(tokens.used).toBe(0);
  expect(await counter('pending')).toBe(SIZE);
  expect(await again.deliver('autumn', [0], always(mailing()), never)).toEqual({ kind: 'settled' });
  expect(await counter('accepted')).toBe(SIZE);
});

test('mails that are too large for one call together go in several, each to everybody once', async () => {
  const { mail } = mailing();
  const large = { ...mail, slots: () => ['x'.repeat(200 * 1024), 'url'] };
  const ses = new ScriptedSes(accept);
  const turnstile = counted(pacing(server.redis, keys, () => 100_000).turnstile);
  const sender = deliverer(ses, { turnstile });
  expect(await sender.deliver('autumn', [0], always(mailing({ mail: large })), never)).toEqual({
    kind: 'settled',
  });
  expect(ses.calls.length).toBeGreaterThan(1);
  expect(turnstile.used).toBe(SIZE);
  expect(ses.calls.flatMap((call) => call.entries.map((entry) => entry.to)).toSorted()).toEqual(
    Array.from({ length: SIZE }, (_, position) => addressOf(position)).toSorted(),
  );
  expect(await counter('accepted')).toBe(SIZE);
});

test('a batch in which everybody is suppressed makes no call', async () => {
  for (let position = 0; position < SIZE; position += 1)
    await server.redis.hset(keys.suppressedEverywhere(), addressOf(position), 'c 1 event');
  const ses = new ScriptedSes(accept);
  expect(await deliverer(ses).deliver('autumn', [0], always(mailing()), never)).toEqual({ kind: 'settled' });
  expect(ses.calls).toEqual([]);
  expect(await server.redis.hget(keys.campaign('autumn'), 'phase')).toBe('finished');
});

test('someone who unsubscribes while the batch waits for its turn gets nothing', async () => {
  const ses = new ScriptedSes(accept);
  const slow = deliverer(ses, { perSecond: SIZE });
  // Uses up the burst, so that the batch has to wait.
  await new Pace(server.redis, keys).take(SIZE, [{ name: 'account', perSecond: SIZE }], 60_000);
  const delivery = slow.deliver('autumn', [0], always(mailing()), never);
  await server.redis.hset(keys.unsubscribed('news@example.com'), addressOf(4), 'u 1 link');
  expect(await delivery).toEqual({ kind: 'settled' });
  expect(ses.calls.flatMap((call) => call.entries.map((entry) => entry.to))).not.toContain(addressOf(4));
  expect(await counter('skipped:unsubscribed')).toBe(1);
});

test.each(['paused', 'held'])(
  'a batch that meets a %s campaign is parked, and nothing is claimed',
  async (flag) => {
    await server.redis.hset(keys.campaign('autumn'), flag, '{}');
    const ses = new ScriptedSes(accept);
    expect(await deliverer(ses).deliver('autumn', [0], always(mailing()), never)).toEqual({ kind: 'parked' });
    expect(ses.calls).toEqual([]);
  },
);

test('a batch of a campaign that is over accounts for everybody as cancelled', async () => {
  await server.redis.hset(keys.campaign('autumn'), 'phase', 'failed');
  const ses = new ScriptedSes(accept);
  expect(await deliverer(ses).deliver('autumn', [0], always(mailing()), never)).toEqual({ kind: 'settled' });
  expect(await counter('cancelled')).toBe(SIZE);
  expect((await events()).filter((event) => event.event_type === 'cancelled')).toHaveLength(SIZE);
});

test('a call is no larger than a second of the allowance', async () => {
  const ses = new ScriptedSes(accept);
  await deliverer(ses, { perSecond: 1_000 }).deliver('autumn', [0], always(mailing({ perSecond: 3 })), never);
  expect(ses.calls.every((call) => call.entries.length <= 3)).toBe(true);
  expect(ses.calls.flatMap((call) => call.entries)).toHaveLength(SIZE);
});

/** Where a project of that name has limits. */
async function projectOf(change: Partial<Project>): Promise<ReturnType<typeof pacing>> {
  const none = { perSecond: null, perDay: null, perMonth: null, bounceRate: null, complaintRate: null };
  const project = { name: 'shop', ...none, organisation: null, domainRules: null, ...change };
  const paced = pacing(server.redis, keys, () => 1_000, { projects: { list: async () => [project] } });
  await paced.limits.start();
  onTestFinished(() => paced.limits.stop());
  return paced;
}

test('a call is no larger than half a second of what its project may send', async () => {
  const ses = new ScriptedSes(accept);
  const paced = await projectOf({ perSecond: 6 });
  await deliverer(ses, { paced }).deliver(
    ref.campaign,
    [ref.batch],
    always(mailing({ project: 'shop' })),
    never,
  );
  expect(ses.calls.every((call) => call.entries.length <= 3)).toBe(true);
  expect(ses.calls.flatMap((call) => call.entries)).toHaveLength(SIZE);
  expect(await server.redis.exists(keys.bucket('project:shop'))).toBe(1);
});

test.each([
  ['day', 'PROJECT_DAY', '24 hours', { perDay: 5 }],
  ['month', 'PROJECT_MONTH', '30 days', { perMonth: 5 }],
] as const)(
  'a campaign whose project has used up its %s is held with figures, until there is room',
  async (period, code, words, limits) => {
    const ses = new ScriptedSes(accept);
    const paced = await projectOf(limits);
    const end = await deliverer(ses, { paced }).deliver(
      ref.campaign,
      [ref.batch],
      always(mailing({ project: 'shop' })),
      never,
    );
    expect(end).toMatchObject({ kind: 'hold', hold: { code } });
    const { hold } = end.kind === 'hold' ? end : { hold: null };
    expect(hold?.reason).toContain(
      `5 recipients of the project shop were sent to within ${words}, and 5 may be`,
    );
    expect(hold?.until).toBeGreaterThan(Date.now() + (period === 'day' ? 23 : 29 * 24) * 3_600_000);
    expect(ses.calls.flatMap((call) => call.entries)).toHaveLength(5);
    // Others have nothing to do with it.
    expect(
      await deliverer(ses, { paced }).deliver(ref.campaign, [ref.batch], always(mailing()), never),
    ).toEqual({ kind: 'settled' });
  },
);

test('who turns out to be suppressed leaves the room in his project to others', async () => {
  const ses = new ScriptedSes(accept);
  const paced = await projectOf({ perDay: SIZE });
  await server.redis.hset(keys.suppressedEverywhere(), addressOf(2), 'b 1 event');
  await deliverer(ses, { paced }).deliver(
    ref.campaign,
    [ref.batch],
    always(mailing({ project: 'shop' })),
    never,
  );
  await eventually(async () =>
    expect(await new SentBook(server.redis, keys).ofProject('shop')).toEqual({
      day: SIZE - 1,
      month: SIZE - 1,
    }),
  );
});

test('a turn that is far away gives the batch back, with nothing claimed', async () => {
  const ses = new ScriptedSes(accept);
  await new Pace(server.redis, keys).take(100, [{ name: 'account', perSecond: 10 }], 60_000);
  expect(
    await deliverer(ses, { perSecond: 10 }).deliver('autumn', [0], always(mailing()), never),
  ).toMatchObject({
    kind: 'later',
  });
  expect(await states()).toBe('........');
});

test('a request is dated before its claim', async () => {
  const ses = new ScriptedSes(accept);
  const claimedAt: number[] = [];
  const ledger = newLedger(server.redis, keys, 1000);
  const claim = ledger.claim.bind(ledger);
  ledger.claim = async (...args) => {
    claimedAt.push(Date.now());
    return claim(...args);
  };
  const parts = {
    ledger,
    ...pacing(server.redis, keys, () => 1000),
    transport: ses,
    strategy: new Strategy('bulk', systemClock),
    claims: new Permits(20),
    clock: systemClock,
    logger: silentLogger,
    random: () => 0.5,
    claimNumber: () => 'w-x',
    links: unsubscribeLinks('https://mail.example.com', sealer),
  };
  await new Deliverer(parts).deliver('autumn', [0], always(mailing()), never);
  expect(ses.calls[0]?.dated).toBeLessThanOrEqual(claimedAt[0] ?? 0);
});

test('a campaign of which SES refuses every mail is held, and nobody is rejected for it', async () => {
  const ses = new ScriptedSes(() => failure('BadRequestException', 400));
  const end = await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
  expect(end).toMatchObject({ kind: 'hold', hold: { code: 'SES_REFUSED', until: null } });
  expect(await counter('rejected')).toBe(0);
  expect(await states()).toBe('........');
});

test('a recipient who fails for reasons of SES’s own again and again is rejected in the end, and throttling does not count', async () => {
  const bad = addressOf(3);
  let isThrottled = true;
  const ses = new ScriptedSes((call) => {
    if (isThrottled) return failure('TooManyRequestsException', 429);
    return {
      kind: 'results',
      results: call.entries.map((entry) =>
        entry.to === bad
          ? { status: 'TRANSIENT_FAILURE', error: 'later', messageId: null }
          : { status: 'SUCCESS', error: null, messageId: entry.to },
      ),
    };
  });
  for (let round = 0; round < 20; round += 1)
    await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
  isThrottled = false;
  await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
  expect(await counter('accepted')).toBe(SIZE - 1);
  expect(await counter('rejected')).toBe(0);
  for (let round = 0; round < 12; round += 1)
    await deliverer(ses).deliver('autumn', [0], always(mailing()), never);
  expect(await counter('rejected')).toBe(1);
});

test('singly, everybody gets one call of their own, and few are claimed at a time', async () => {
  const ses = new ScriptedSes(accept);
  const claimed: number[] = [];
  ses.answerSingle = (call) => ({ kind: 'accepted', messageId: `id-${call.to}` });
  const sendSingle = ses.sendSingle.bind(ses);
  ses.sendSingle = async (call) => {
    claimed.push([...((await states()) ?? '')].filter((state) => state === 'c').length);
    return sendSingle(call);
  };
  expect(
    await deliverer(ses, { strategy: 'single' }).deliver('autumn', [0], always(mailing()), never),
  ).toEqual({
    kind: 'settled',
  });
  expect(ses.calls).toEqual([]);
  expect(ses.singles.map((call) => call.to).toSorted()).toEqual(
    Array.from({ length: SIZE }, (_unused, index) => addressOf(index)),
  );
  expect(Math.max(...claimed)).toBeLessThanOrEqual(5);
  expect(await counter('accepted')).toBe(SIZE);
});

test('singly, each answer is about its own recipient', async () => {
  const ses = new ScriptedSes(accept);
  const fate: Record<string, SingleAnswer> = {
    [addressOf(1)]: {
      kind: 'failure',
      failure: { name: 'BadRequestException', message: 'no', httpStatus: 400, provablyUnsent: false },
    },
    [addressOf(2)]: {
      kind: 'failure',
      failure: { name: 'ECONNRESET', message: 'gone', httpStatus: null, provablyUnsent: false },
    },
  };
  ses.answerSingle = (call) => fate[call.to] ?? { kind: 'accepted', messageId: `id-${call.to}` };
  await deliverer(ses, { strategy: 'single' }).deliver('autumn', [0], always(mailing()), never);
  expect(await counter('accepted')).toBe(SIZE - 2);
  expect(await counter('rejected')).toBe(1);
  expect(await counter('inDoubt')).toBe(1);
  expect(ses.singles.filter((call) => call.to === addressOf(2))).toHaveLength(1);
});

test('singly, a throttled recipient is put back, and the others are not sent to again', async () => {
  const ses = new ScriptedSes(accept);
  let isThrottled = true;
  ses.answerSingle = (call) =>
    isThrottled && call.to === addressOf(3)
      ? {
          kind: 'failure',
          failure: {
            name: 'TooManyRequestsException',
            message: 'slow',
            httpStatus: 429,
            provablyUnsent: false,
          },
        }
      : { kind: 'accepted', messageId: `id-${call.to}` };
  expect(
    await deliverer(ses, { strategy: 'single' }).deliver('autumn', [0], always(mailing()), never),
  ).toMatchObject({
    kind: 'later',
  });
  isThrottled = false;
  expect(
    await deliverer(ses, { strategy: 'single' }).deliver('autumn', [0], always(mailing()), never),
  ).toEqual({
    kind: 'settled',
  });
  const counts = Map.groupBy(ses.singles, (call) => call.to);
  expect(counts.get(addressOf(3))).toHaveLength(2);
  expect(ses.singles).toHaveLength(SIZE + 1);
});

test('a bad recipient alone in a later batch of a job is rejected, since SES has taken an earlier batch', async () => {
  const bad = 'bad@example.com';
  const payload = encodePayload([
    { seq: SIZE + 1, written: bad, wire: bad, normal: bad, data: { name: 'Bad' } },
  ]);
  await server.redis.hset(keys.batch('autumn', 1), { n: 1, a: payload.addresses, p: payload.rest });
  await server.redis.zadd(keys.outstanding('autumn'), 1, '1');
  await server.redis.hincrby(keys.campaign('autumn'), 'planned', 1);
  await server.redis.hincrby(keys.campaign('autumn'), 'pending', 1);
  const ses = new ScriptedSes((call) =>
    call.entries.some((entry) => entry.to === bad) ? failure('BadRequestException', 400) : accept(call),
  );
  const end = await deliverer(ses).deliver('autumn', [0, 1], always(mailing()), never);
  expect(end).toEqual({ kind: 'settled' });
  expect(await counter('accepted')).toBe(SIZE);
  expect(await counter('rejected')).toBe(1);
});
