import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type CampaignInput, type Receipt, SluiceClient, SluiceError } from '../../src/client/index.ts';
import { TOKEN, useSluiceServer } from '../support/sluice-server.ts';

const server = useSluiceServer();
const connect = () => new SluiceClient({ url: server.base, token: TOKEN });

function campaign(id: string, more: Partial<CampaignInput> = {}): CampaignInput {
  return {
    id,
    sender: { from: 'news@example.co.jp' },
    content: { subject: 'Hi', text: 'Hi {{unsubscribeUrl}}' },
    audience: { kind: 'inline', recipients: [{ email: 'anna@example.com' }] },
    ...more,
  };
}

describe('a scheduler', () => {
  test('uploads people as a stream, sends to them, follows, and has the receipt in the end', async () => {
    const client = connect();
    const rows = Array.from({ length: 300 }, (_, index) => `reader${index}@example.com\n`);
    const list = await client.audiences.upload('readers.csv', Readable.from(['email\n', ...rows]));
    expect(list).toMatchObject({ kind: 'csv', isNew: true });
    const { kind } = await client.campaigns.send(
      campaign('sent', { audience: { kind: 'csv', path: list.path } }),
    );
    expect(kind).toBe('accepted');
    const seen: Receipt[] = [];
    for await (const receipt of client.campaigns.follow('sent')) seen.push(receipt);
    expect(seen.at(-1)).toMatchObject({ state: 'finished', counts: { read: 300, accepted: 300 } });
    const accepted = seen.map(({ counts }) => counts.accepted);
    expect(accepted).toEqual(accepted.toSorted((a, b) => a - b));
    expect(await client.campaigns.waitFor('sent')).toMatchObject({ state: 'finished' });
    expect(
      await client.campaigns.send(campaign('sent', { audience: { kind: 'csv', path: list.path } })),
    ).toMatchObject({ kind: 'known' });
    expect(await client.campaigns.receiptCsv('sent')).toMatch(/^id,name,/);
  });

  test('hears of every mistake with its path', async () => {
    const wrong = { ...campaign('wrong'), content: { subject: 'Hi {{name', text: 'x' } };
    const thrown: unknown = await connect()
      .campaigns.send(wrong)
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(SluiceError);
    expect(thrown).toMatchObject({
      status: 422,
      errors: expect.arrayContaining([{ path: 'content.subject', detail: expect.stringMatching(/^line 1, column/) }]),
    });
    await expect(connect().campaigns.get('nobody')).rejects.toMatchObject({ status: 404 });
    await expect(connect().campaigns.follow('nobody').next()).rejects.toMatchObject({ status: 404 });
    const stranger = new SluiceClient({ url: server.base, token: 'another' });
    await expect(stranger.overview()).rejects.toMatchObject({ status: 401 });
  });
});

describe('an operator', () => {
  test('has all campaigns, page by page as they are wanted', async () => {
    const client = connect();
    const sendAt = '2999-01-01T00:00:00Z';
    for (const id of ['later-1', 'later-2', 'later-3']) await client.campaigns.send(campaign(id, { sendAt }));
    const ids: string[] = [];
    for await (const { id } of client.campaigns.list({ state: 'scheduled', limit: 2 })) ids.push(id);
    expect(ids).toEqual(['later-3', 'later-2', 'later-1']);
    expect(await client.campaigns.pause('later-1', { by: 'Hana' })).toMatchObject({ state: 'paused' });
    expect(await client.campaigns.cancel('later-1')).toMatchObject({ state: 'cancelled' });
    expect((await client.campaigns.timeline('later-1')).map(({ by }) => by)).toContain('Hana');
  });

  test('suppresses people, and has the list as a file', async () => {
    const { suppression } = connect();
    expect(
      await suppression.importCsv('email\na@example.com\nb@example.com\n', { reason: 'bounced' }),
    ).toMatchObject({
      added: 2,
    });
    expect(await suppression.remove(['a@example.com'], { reason: 'bounced' })).toEqual({
      removed: 1,
      absent: 0,
    });
    const csv = await new Response(await suppression.exportCsv({ reason: 'bounced' })).text();
    expect(
      csv
        .trim()
        .split('\r\n')
        .map((row) => row.split(',')[0]),
    ).toEqual(['email', 'b@example.com']);
    const [standing] = await suppression.check(['b@example.com']);
    expect(standing?.suppressed).toMatchObject([{ reason: 'bounced' }]);
  });
});
