import { expect, test } from 'vitest';
import { apiRoutes } from '../../../src/server/api/routes.ts';
import { consoleRoutes } from '../../../src/server/console/console-routes.ts';
import { campaignInput, deskStage, HANA } from '../../support/desk-stage.ts';
import { useRedis } from '../../support/redis.ts';
import { serve } from '../stage.ts';

const redis = useRedis();

/** Allowed, and each the name of a page, of a route or of something in JavaScript. */
const ODD_IDS = [
  'new',
  'open',
  'check',
  'test',
  'live',
  'constructor',
  '__proto__',
  '-',
  'UPPER',
  'x'.repeat(64),
];
/** None of them is the id of a campaign; as they stand in a path, which loses `.` and `..` on its way here. */
const NO_IDS = ['a%2Fb', 'a%252Fb', 'a+b', 'a%20b', '%E6%97%A5%E6%9C%AC', 'x'.repeat(65), '12'];

async function opened() {
  const stage = deskStage(redis);
  const { base } = await serve(redis.url, { routes: [consoleRoutes(stage.desk), apiRoutes(stage.desk)] });
  const get = (path: string) => fetch(`${base}${path}`, { redirect: 'manual' });
  return { ...stage, base, get };
}

test('a campaign of every id that is allowed is listed, opened, looked for and steered', async () => {
  const { desk, base, get } = await opened();
  for (const id of ODD_IDS) await desk.campaigns.submit(campaignInput(id));
  const list = await (await get('/campaigns')).text();
  for (const id of ODD_IDS) {
    const path = `/campaigns/${id}`;
    expect(list).toContain(`href="${path}"`);
    expect((await get(`/campaigns?id=${id}`)).headers.get('location')).toBe(path);
    const page = await get(path);
    expect([id, page.status, await page.text()]).toEqual([
      id,
      200,
      expect.stringContaining(`<code>${id}</code>`),
    ]);
    for (const part of ['/pause', '/receipt.json'])
      expect([id, part, (await get(`${path}${part}`)).status]).toEqual([id, part, 200]);
    expect(await (await get(`/v1${path}`)).json()).toMatchObject({ id });
    const paused = await fetch(`${base}/v1${path}/pause`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(HANA),
    });
    expect([id, paused.status]).toEqual([id, 200]);
  }
});

test('what can be no id is not found, in the console and in the API', async () => {
  const { get } = await opened();
  for (const id of NO_IDS)
    for (const path of [`/campaigns/${id}`, `/v1/campaigns/${id}`])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
});

test('domains and profiles open by their names as well, in whatever letters they are asked for', async () => {
  const { desk, get } = await opened();
  const from = 'News <news@example.com>';
  for (const name of ['new', 'remove', '__proto__', 'UPPER', '-'])
    await desk.senders.setProfile({ name, from, unsubscribe: 'none' }, HANA);
  for (const name of ['new', 'remove', '__proto__', 'UPPER', '-']) {
    expect([name, (await get(`/senders/profiles/${name}`)).status]).toEqual([name, 200]);
    expect([name, (await get(`/v1/profiles/${name}`)).status]).not.toEqual([name, 500]);
  }
  for (const name of ['%2E%2E', 'a%2Fb', '%E6%97%A5%E6%9C%AC.jp', 'add.', 'x'.repeat(300)])
    for (const path of [`/domains/${name}`, `/v1/domains/${name}`, `/senders/projects/${name}`])
      expect([path, (await get(path)).status]).toEqual([
        path,
        expect.toSatisfy((status: number) => status < 500),
      ]);
});
