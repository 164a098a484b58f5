import { expect, test } from 'vitest';
import { z } from 'zod';
import { SluiceClient } from '../../src/client/index.ts';
import { openApi } from '../support/openapi.ts';

const doc = await openApi();
const operations = Object.entries(doc.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    path,
    method: method.toUpperCase(),
    ...operation,
  })),
);

const mail = {
  id: 'a',
  sender: { from: 'a@example.com' },
  content: { subject: 'Hi' },
  audience: { kind: 'csv' as const, path: '/x' },
};
const because = { reason: 'x' };

/** How a client asks for each operation. */
const METHODS: Readonly<Record<string, (client: SluiceClient) => Promise<unknown>>> = {
  sendCampaign: ({ campaigns }) => campaigns.send(mail),
  checkCampaign: ({ campaigns }) => campaigns.check(mail),
  testCampaign: ({ campaigns }) => campaigns.test(mail, { addresses: ['a@example.com'] }),
  testStoredCampaign: ({ campaigns }) => campaigns.testStored('a', { addresses: ['a@example.com'], row: 1 }),
  listCampaigns: ({ campaigns }) => campaigns.list({ state: 'open' }).next(),
  getCampaign: ({ campaigns }) => campaigns.get('a'),
  getCampaignCsv: ({ campaigns }) => campaigns.receiptCsv('a'),
  getCampaignDetails: ({ campaigns }) => campaigns.details('a'),
  previewCampaign: ({ campaigns }) => campaigns.preview('a', 1),
  setCampaignLimits: ({ campaigns }) => campaigns.setLimits('a', { bounceRate: null, ...because }),
  pauseCampaign: ({ campaigns }) => campaigns.pause('a', { by: 'Hana' }),
  resumeCampaign: ({ campaigns }) => campaigns.resume('a', { override: true, ...because }),
  cancelCampaign: ({ campaigns }) => campaigns.cancel('a'),
  resolveCampaign: ({ campaigns }) => campaigns.resolve('a', { resolution: 'drop', ...because }),
  followCampaign: ({ campaigns }) => campaigns.follow('a').next(),
  getCampaignTimeline: ({ campaigns }) => campaigns.timeline('a'),
  getCampaignCourse: ({ campaigns }) => campaigns.course('a'),
  getCampaignReport: ({ campaigns }) => campaigns.report('a'),
  getCampaignReportCsv: ({ campaigns }) => campaigns.reportCsv('a'),
  auditCampaign: ({ campaigns }) => campaigns.audit('a'),
  explainRecipient: ({ campaigns }) => campaigns.why('a', 'anna/b@example.com'),
  uploadAudience: ({ audiences }) => audiences.upload('a.csv', 'email\n'),
  listAudiences: ({ audiences }) => audiences.list(),
  removeAudience: ({ audiences }) => audiences.remove('a.csv'),
  listSuppression: ({ suppression }) => suppression.list({ sender: 'a@example.com', limit: 5 }).next(),
  countSuppression: ({ suppression }) => suppression.counts(),
  checkSuppression: ({ suppression }) => suppression.check(['a@example.com'], 'b@example.com'),
  addSuppression: ({ suppression }) => suppression.add(['a@example.com'], { reason: 'blocked', note: 'x' }),
  removeSuppression: ({ suppression }) => suppression.remove(['a@example.com'], { sender: 'b@example.com' }),
  importSuppression: ({ suppression }) =>
    suppression.importCsv('email\n', { reason: 'blocked', column: 'email' }),
  exportSuppression: ({ suppression }) => suppression.exportCsv({ reason: 'blocked' }),
  beginSuppressionSync: ({ suppression }) => suppression.beginSync({ toSes: true, dryRun: true, by: 'Hana' }),
  getSuppressionSync: ({ suppression }) => suppression.waitForSync(),
  stopSuppressionSync: ({ suppression }) => suppression.stopSync(because),
  listProfiles: ({ profiles }) => profiles.list(),
  setProfile: ({ profiles }) => profiles.set('a', { from: 'a@example.com', ...because }),
  removeProfile: ({ profiles }) => profiles.remove('a', because),
  listProjects: ({ projects }) => projects.list(),
  setProject: ({ projects }) => projects.set('a', { perDay: null }),
  getGuard: ({ guard }) => guard.get('a'),
  listDomains: ({ domains }) => domains.list(),
  addDomain: ({ domains }) => domains.add({ name: 'example.com', mailFrom: 'bounce', dkimLength: 1024 }),
  getDomain: ({ domains }) => domains.get('example.com'),
  checkDomain: ({ domains }) => domains.check('example.com'),
  moveDomain: ({ domains }) => domains.move('example.com', { organisation: 'B', ...because }),
  removeDomain: ({ domains }) => domains.remove('example.com', { keepIdentity: true }),
  listWarmUps: ({ warmUps }) => warmUps.list(),
  setWarmUp: ({ warmUps }) => warmUps.set('example.com', { start: 50, again: true, by: 'Hana' }),
  removeWarmUp: ({ warmUps }) => warmUps.remove('example.com', because),
  getDmarcReports: ({ domains }) => domains.dmarc({ domain: 'example.com', month: '2026-11' }),
  importDmarcReports: ({ domains }) => domains.importDmarc('<feedback/>'),
  getOverview: (client) => client.overview(),
};

test('every operation of the API has a method of the client, and no method is without one', () => {
  expect(operations.length).toBeGreaterThan(40);
  expect(Object.keys(METHODS).toSorted()).toEqual(
    operations.map(({ operationId }) => operationId).toSorted(),
  );
});

test.each(operations)(
  '$operationId is asked for by its method and path, in the form that it takes',
  async (operation) => {
    const asked: Request[] = [];
    const client = new SluiceClient({
      url: 'https://sluice.example.com/',
      token: 'secret',
      fetch: async (input, init) => {
        asked.push(new Request(input, init));
        return new Response('event: end\ndata: {}\n\n', { status: 418 });
      },
    });
    await METHODS[operation.operationId]?.(client).catch(() => {});
    const [request] = asked;
    const url = new URL(request?.url ?? '');
    expect(request?.method).toBe(operation.method);
    expect(request?.headers.get('authorization')).toBe('Bearer secret');
    const pattern = operation.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+');
    expect(url.pathname).toMatch(new RegExp(`^${pattern}$`));
    const known = (operation.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name);
    expect([...url.searchParams.keys()].filter((name) => !known.includes(name))).toEqual([]);
    if (request?.headers.get('content-type') === 'application/json') {
      const fields = operation.requestBody?.content['application/json']?.schema?.properties;
      const sent = Object.keys(z.record(z.string(), z.unknown()).parse(await request.json()));
      if (fields) expect(sent.filter((name) => !Object.hasOwn(fields, name))).toEqual([]);
    }
  },
);

test('every operation says what it does, whom it lets in, and how it fails', () => {
  for (const { operationId, summary, tags, security, responses } of operations) {
    expect([operationId, summary?.length ?? 0, tags?.length ?? 0]).toEqual([
      operationId,
      expect.any(Number),
      1,
    ]);
    expect(security).toEqual([{ bearer: [] }, { cookie: [] }]);
    for (const status of ['401', '422', '429', '503'])
      expect([operationId, Object.keys(responses[status]?.content ?? {})]).toEqual([
        operationId,
        ['application/problem+json'],
      ]);
  }
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
});
