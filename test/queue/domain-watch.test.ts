import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import type { Service } from '../../src/core/service.ts';
import { parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import type { Sending } from '../../src/queue/domain-gate.ts';
import { domainWatch } from '../../src/queue/domain-watch.ts';
import type { HoldRequest } from '../../src/send/deliver.ts';
import { eventually } from '../support/eventually.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const BROKEN: HoldRequest = { code: 'DOMAIN', reason: 'SES signs no more', until: null };
let campaigns: Campaigns;
let asked: Sending[];
let watch: Service | null = null;

beforeEach(() => {
  campaigns = new Campaigns(server.redis, keys, systemClock);
  asked = [];
});

afterEach(async () => {
  await watch?.stop();
  watch = null;
});

/** A campaign that has people left to be sent to. */
async function underWay(id: string, from: string): Promise<void> {
  const parsed = parseCampaign({
    id,
    project: 'shop',
    category: 'transactional',
    sender: { from },
    content: { subject: 'x', text: 'x' },
    audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
  });
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  await campaigns.accept(parsed.campaign);
  await server.redis.hset(keys.campaign(id), { phase: 'running', pending: 5 });
}

async function start(): Promise<void> {
  const obstacle = async (sending: Sending) => {
    asked.push(sending);
    return sending.sender.endsWith('@broken.example') ? BROKEN : null;
  };
  watch = domainWatch({
    campaigns,
    gate: { obstacle },
    clock: systemClock,
    logger: silentLogger,
    intervalMs: 20,
  });
  await watch.start();
}

const heldFor = async (id: string) => (await campaigns.look(id))?.held?.code ?? null;

test('a campaign whose domain breaks while it runs is held, and those of other domains go on', async () => {
  await underWay('breaks', 'News@Broken.Example');
  await underWay('goes-on', 'news@example.com');
  await start();
  await eventually(async () => expect(await heldFor('breaks')).toBe('DOMAIN'));
  expect(await heldFor('goes-on')).toBeNull();
  const of = { project: 'shop', category: 'transactional', stage: 'go-on' };
  expect(asked).toContainEqual({ ...of, sender: 'news@broken.example' });
});

test('nobody is asked for campaigns that stand still, have nobody left, or have not begun', async () => {
  for (const id of ['is-paused', 'is-held', 'is-done', 'is-later']) await underWay(id, 'news@broken.example');
  await campaigns.pause('is-paused', 'shop', { by: 'test', reason: 'wrong price' });
  await campaigns.hold('is-held', 'shop', { ...BROKEN, code: 'GUARD' });
  await server.redis.hset(keys.campaign('is-done'), { pending: 0 });
  await server.redis.hset(keys.campaign('is-later'), { phase: 'scheduled', sendAt: Date.now() + 60_000 });
  await underWay('last', 'news@example.com');
  await start();
  await eventually(() => expect(asked.length).toBeGreaterThan(2));
  expect(new Set(asked.map(({ sender }) => sender))).toEqual(new Set(['news@example.com']));
  expect(await heldFor('is-held')).toBe('GUARD');
});
