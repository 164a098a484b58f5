import { expect, test } from 'vitest';
import { InputFault } from '../../src/core/fault.ts';
import { Keys } from '../../src/core/keys.ts';
import { ProfileBook } from '../../src/identity/profile.ts';
import type { CampaignInput } from '../../src/queue/campaign.ts';
import { enqueueCampaign } from '../../src/queue/producer.ts';
import { NEWS } from '../support/profile-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{sluice}');
const rows = Buffer.from('a block');
const campaign: CampaignInput = {
  id: 'autumn',
  sender: { profile: 'news' },
  content: { subject: 'x', text: '{{unsubscribeUrl}}' },
  audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
};
const profiles = () => new ProfileBook(server.redis, keys);

test.each([
  ['a profile that is not there', campaign],
  [
    'marketing mail without a link',
    { ...campaign, sender: { from: 'a@example.com' }, content: { subject: 'x', text: 'x' } },
  ],
])('%s is refused before anything is written', async (_title, input) => {
  await expect(enqueueCampaign(input, { redis: server.url })).rejects.toThrow(InputFault);
  expect(await server.redis.keys('*')).toEqual([]);
});

test('what is wrong with a campaign by itself is said without a Redis', async () => {
  const input: CampaignInput = {
    ...campaign,
    sender: { from: 'a@example.com' },
    content: { subject: 'x', text: 'x' },
  };
  await expect(enqueueCampaign(input, { redis: '/no/such.sock' })).rejects.toThrow(InputFault);
});

test('the record has the profile’s address, and a connection of the caller’s own stays open', async () => {
  await profiles().put(NEWS, rows);
  expect(await enqueueCampaign(campaign, { redis: server.redis })).toEqual({
    id: 'autumn',
    kind: 'accepted',
  });
  expect(await server.redis.hget(keys.campaign('autumn'), 'sender')).toBe('news@example.com');
});

test('the same campaign is the same after its profile has changed, or is gone', async () => {
  await profiles().put(NEWS, rows);
  await enqueueCampaign(campaign, { redis: server.url });
  const again = { id: 'autumn', kind: 'known' };
  await profiles().put({ ...NEWS, from: 'shop@example.com' }, rows);
  expect(await enqueueCampaign(campaign, { redis: server.url })).toEqual(again);
  await profiles().remove('news', rows);
  expect(await enqueueCampaign(campaign, { redis: server.url })).toEqual(again);
  // Another campaign is refused for what is wrong with it.
  await expect(enqueueCampaign({ ...campaign, id: 'winter' }, { redis: server.url })).rejects.toThrow(
    'there is no profile "news"',
  );
});
