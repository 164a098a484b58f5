import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import type { Campaign } from './campaign.ts';
import { CAMPAIGNS_QUEUE, TEST_JOB, testJobId } from './names.ts';
import { quiet } from './quiet-queue.ts';
import type { TestBook, TestState } from './test-book.ts';
import type { TestOutcome } from './test-outcome.ts';
import type { TestRow } from './test-row.ts';
import type { TestJob } from './test-sender.ts';

export interface TestRequest {
  /** A name for this test: unique for ever. */
  readonly id: string;
  readonly campaign: Campaign;
  readonly row: TestRow;
  /** As they are written; each is a mail address. */
  readonly addresses: readonly string[];
}

export interface TestSendParts {
  readonly redis: Redis;
  readonly prefix: string;
  readonly book: TestBook;
  readonly clock: Clock;
  /** Hears how the test stands, again and again. */
  readonly onLook: (states: readonly TestState[]) => void;
}

/** How often a test that is waited for is looked at. */
const LOOK_MS = 100;

/**
 * Has a worker send a test, and waits for what becomes of it: one outcome an address, in order. When the time is up, or
 * whoever asked is gone, nobody else is sent to.
 */
export async function sendTest(
  parts: TestSendParts,
  request: TestRequest,
  waitMs: number,
): Promise<TestOutcome[]> {
  const { redis, prefix, book } = parts;
  const queue = quiet(new Queue(CAMPAIGNS_QUEUE, { connection: redis, prefix }));
  try {
    await book.open(request.id, waitMs);
    // Addresses stand in the queue until a worker takes the job, and it leaves no trace there.
    const job = await queue.add(TEST_JOB, jobOf(request), {
      jobId: testJobId(request.id),
      removeOnComplete: true,
      removeOnFail: true,
      lifo: true,
    });
    const states = await untilSettled(parts, request, waitMs);
    if (states.every(isOutcome)) return states;
    await book.close(request.id);
    // One that a worker holds can't be removed; it finds the test closed.
    await job.remove().catch(() => {});
    const last = await book.read(request.id, request.addresses.length);
    return last.map((state) => lastWord(state, waitMs));
  } finally {
    await queue.close();
  }
}

async function untilSettled(
  { book, clock, onLook }: TestSendParts,
  { id, addresses }: TestRequest,
  waitMs: number,
): Promise<TestState[]> {
  const deadline = clock.now() + waitMs;
  for (;;) {
    const states = await book.read(id, addresses.length);
    if (states.every(isOutcome) || clock.now() > deadline) return states;
    onLook(states);
    await clock.sleep(LOOK_MS);
  }
}

/** The audience stays here: a worker needs the row and no more. */
function jobOf({ id, campaign, row, addresses }: TestRequest): TestJob {
  const [email = ''] = addresses;
  const audience = { kind: 'inline', recipients: [{ email }] };
  return { test: id, campaign: { ...campaign, audience }, row, addresses: [...addresses] };
}

function isOutcome(state: TestState): state is TestOutcome {
  return state.kind !== 'waiting' && state.kind !== 'claimed';
}

function lastWord(state: TestState, waitMs: number): TestOutcome {
  const seconds = Math.round(waitMs / 1000);
  switch (state.kind) {
    case 'waiting':
      return {
        kind: 'not_sent',
        reason: `no worker took it within ${seconds} s: none is running (see \`sluice doctor\`), or all are busy planning campaigns`,
      };
    case 'claimed':
      return {
        kind: 'in_doubt',
        reason: `a worker took it, and nothing was heard of it within ${seconds} s`,
      };
    default:
      return state;
  }
}
