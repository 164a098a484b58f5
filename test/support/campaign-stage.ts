import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { DuplicateFilter } from '../../src/audience/filter.ts';
import { openAudience } from '../../src/audience/open.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Keys } from '../../src/core/keys.ts';
import type { LogRow } from '../../src/log/event.ts';
import { FilesSink } from '../../src/log/files-sink.ts';
import { Outbox } from '../../src/log/outbox.ts';
import { Shipper } from '../../src/log/shipper.ts';
import { parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { PlanBook } from '../../src/queue/plan-book.ts';
import { Planner } from '../../src/queue/planner.ts';
import { prepareMailing } from '../../src/queue/prepare.ts';
import { Deliverer } from '../../src/send/deliver.ts';
import { DoubtBook } from '../../src/send/doubt.ts';
import { Permits } from '../../src/send/permits.ts';
import { Strategy } from '../../src/send/strategy.ts';
import type { BulkAnswer, BulkCall, SesTransport } from '../../src/send/transport.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import { newLedger } from './ledger.ts';
import { silentLogger } from './logger.ts';
import { always } from './outgoing.ts';
import { pacing } from './pacing.ts';

export type SesAnswer = (call: BulkCall) => BulkAnswer | Promise<BulkAnswer>;

/** A mail that SES was asked to send, by the tags that came with it. */
export interface AskedMail {
  readonly to: string;
  /** Null where the answer was lost, or was a no. */
  readonly messageId: string | null;
  readonly claim: string;
  readonly batch: number;
  readonly position: number;
  readonly seq: number;
}

/** Takes every mail; a message id is never given twice. */
export const takesAll: SesAnswer = (call) => ({
  kind: 'results',
  results: call.entries.map(() => ({ status: 'SUCCESS', error: null, messageId: `0100-${randomUUID()}` })),
});
/** Takes it or not, and nobody knows. */
export const losesAnswers: SesAnswer = () => ({
  kind: 'failure',
  failure: { name: 'ECONNRESET', message: 'as told', httpStatus: null, provablyUnsent: false },
});

const never = new AbortController().signal;
let claims = 0;

/** A campaign with its real parts in this process, which moves only when a test says so. */
export class CampaignStage {
  readonly id: string;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly dir: string;
  readonly campaigns: Campaigns;
  readonly suppression: SuppressionStore;
  readonly outbox: Outbox;
  readonly doubt: DoubtBook;
  readonly asked: AskedMail[] = [];
  readonly #emails: readonly string[];

  /** @param dir the log's folder */
  constructor(redis: Redis, keys: Keys, dir: string, id: string, emails: readonly string[]) {
    this.id = id;
    this.redis = redis;
    this.keys = keys;
    this.dir = dir;
    this.#emails = emails;
    this.campaigns = new Campaigns(redis, keys, systemClock);
    this.suppression = new SuppressionStore(redis, keys);
    this.outbox = new Outbox(redis, keys);
    this.doubt = new DoubtBook(redis, keys);
  }

  async accept(): Promise<void> {
    await this.campaigns.accept(this.#campaign());
  }

  /** Reads the whole audience into batches. */
  async plan(): Promise<void> {
    const book = new PlanBook(this.redis, this.keys, systemClock);
    const start = await book.begin(this.id, 'default');
    if (start.kind !== 'plan') throw new Error(`there is nothing to plan: ${start.kind}`);
    const parts = {
      book,
      clock: systemClock,
      dispatch: async () => {},
      allowance: () => ({ window: 1_000, jobBatches: 2, perSecond: 100_000 }),
      mayStay: () => true,
      backlogMax: 1_000,
      peopleMax: Number.POSITIVE_INFINITY,
    };
    const end = await new Planner(parts, this.#mailing(), start, new DuplicateFilter()).run(
      openAudience({ kind: 'inline', recipients: this.#recipients() }),
      never,
    );
    if (end !== 'planned') throw new Error(`the plan ended as ${end}`);
  }

  /** Runs batches: all that are outstanding where none is named. */
  async send(answer: SesAnswer = takesAll, batches?: readonly number[]): Promise<void> {
    const mailing = this.#mailing();
    for (const batch of batches ?? (await this.campaigns.outstanding(this.id))) {
      await this.#deliverer(answer).deliver(this.id, [batch], always(mailing), never);
    }
  }

  /** Decides for everybody in doubt, however young. */
  async resolve(resolution: 'resend' | 'drop'): Promise<void> {
    for (const batch of await this.doubt.batches(this.id)) {
      const grounds = { policy: 'operator', reason: 'as the test says' };
      await this.doubt.resolve({ id: this.id, project: 'default' }, batch, resolution, 0, grounds);
    }
  }

  /** Brings everything from the outbox to the files. */
  async ship(): Promise<void> {
    const sink = new FilesSink({ dir: this.dir, writer: `w-${randomUUID()}`, clock: systemClock });
    const { redis, keys } = this;
    const consumer = randomUUID();
    const parts = { redis, keys, sinks: [sink], clock: systemClock, random: () => 0, consumer };
    const shipper = new Shipper({ ...parts, logger: silentLogger });
    await shipper.start();
    await this.outbox.drained(systemClock);
    await shipper.stop();
    await sink.close();
  }

  /** Puts rows into the files as they are. */
  async writeRows(rows: readonly LogRow[]): Promise<void> {
    const sink = new FilesSink({ dir: this.dir, writer: `t-${randomUUID()}`, clock: systemClock });
    await sink.write(rows);
    await sink.close();
  }

  /** Changes what is in the files, row by row; null takes a row out. */
  async tamper(change: (row: LogRow) => LogRow | null): Promise<void> {
    const folder = join(this.dir, 'events');
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ndjson'));
    for (const file of files) {
      const lines = (await readFile(join(folder, file), 'utf8')).split('\n').filter((line) => line !== '');
      const rows = lines.map((line): LogRow => JSON.parse(line));
      const changed = rows.flatMap((row) => change(row) ?? []);
      await writeFile(join(folder, file), changed.map((row) => `${JSON.stringify(row)}\n`).join(''));
    }
  }

  #recipients() {
    return this.#emails.map((email, index) => ({ email, data: { name: `N${index}` } }));
  }

  #campaign() {
    const parsed = parseCampaign({
      id: this.id,
      category: 'transactional',
      sender: { from: 'News <news@example.com>' },
      content: { subject: 'Hello {{name}}', text: 'Hello {{name}}' },
      audience: { kind: 'inline', recipients: this.#recipients() },
    });
    if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
    return parsed.campaign;
  }

  #mailing() {
    const prepared = prepareMailing(this.#campaign());
    if (prepared.kind === 'problems') throw new Error(prepared.problems.join());
    return prepared.mailing;
  }

  #deliverer(answer: SesAnswer): Deliverer {
    return new Deliverer({
      ledger: newLedger(this.redis, this.keys, 100_000),
      ...pacing(this.redis, this.keys, () => 100_000),
      transport: new AnsweringSes(answer, this.asked),
      strategy: new Strategy('bulk', systemClock),
      claims: new Permits(20),
      clock: systemClock,
      logger: silentLogger,
      random: () => 0.5,
      claimNumber: () => {
        claims += 1;
        return `w-${claims}-abc`;
      },
      links: null,
    });
  }
}

class AnsweringSes implements SesTransport {
  readonly #answer: SesAnswer;
  readonly #asked: AskedMail[];

  constructor(answer: SesAnswer, asked: AskedMail[]) {
    this.#answer = answer;
    this.#asked = asked;
  }

  async sendBulk(call: BulkCall): Promise<BulkAnswer> {
    const answer = await this.#answer(call);
    const claim = call.tags['sluice_claim'] ?? '';
    call.entries.forEach(({ to, tags }, index) => {
      const messageId = answer.kind === 'results' ? (answer.results[index]?.messageId ?? null) : null;
      const [batch = 0, position = 0, seq = 0] = (tags['sluice_entry'] ?? '').split('-').map(Number);
      this.#asked.push({ to, messageId, claim, batch, position, seq });
    });
    return answer;
  }

  sendSingle(): Promise<never> {
    throw new Error('this SES is asked by bulk calls only');
  }

  account(): Promise<never> {
    throw new Error('this SES says nothing of its account');
  }

  async close() {}
}
