import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CampaignStage } from '../support/campaign-stage.ts';
import { deskStage } from '../support/desk-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const dir = mkdtempSync(join(tmpdir(), 'sluice-desk-log-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('what became of a campaign is told from its log: to several who ask at a time', async () => {
  const { desk, client } = deskStage(server, { SLUICE_LOG_DIR: dir });
  const emails = ['anna@example.com', 'ANNA@example.com', 'no address', 'ben@example.com'];
  const campaign = new CampaignStage(server.redis, client.keys, dir, 'autumn', emails);
  await campaign.accept();
  await campaign.plan();
  await campaign.send();
  await campaign.ship();
  const { campaigns } = desk;
  const [report, audit, anna, row] = await Promise.all([
    campaigns.report('autumn'),
    campaigns.audit('autumn'),
    campaigns.why('autumn', 'Anna@Example.com'),
    campaigns.why('autumn', '4'),
  ]);
  expect(report).toMatchObject({ campaign: 'autumn', state: 'finished' });
  expect(audit).toMatchObject({ agrees: true, counters: { read: 4, accepted: 2, duplicate: 1, invalid: 1 } });
  expect(anna.events.map(({ event_type }) => event_type).toSorted()).toEqual(['accepted', 'duplicate']);
  expect(row).toMatchObject({ recipient: 'ben@example.com', rows: [4] });
  for (const ask of [
    () => campaigns.report('nobody'),
    () => campaigns.audit('nobody'),
    () => campaigns.why('nobody', 'anna@example.com'),
  ])
    await expect(ask()).rejects.toMatchObject({ kind: 'missing' });
});
