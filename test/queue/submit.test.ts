import { describe, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { ProfileBook } from '../../src/identity/profile.ts';
import type { CampaignInput } from '../../src/queue/campaign.ts';
import { reviewSubmission } from '../../src/queue/submit.ts';
import { NEWS } from '../support/profile-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const rows = Buffer.from('a block');

const definition: CampaignInput = {
  id: 'autumn',
  sender: { from: 'news@example.com' },
  content: { subject: 'x', text: 'stop: {{unsubscribeUrl}}' },
  audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
};

async function problemsOf(change: Partial<CampaignInput>): Promise<readonly string[]> {
  const profiles = new ProfileBook(server.redis, keys);
  const review = await reviewSubmission({ ...definition, ...change }, { filesRoot: null, profiles });
  return review.kind === 'problems' ? review.problems : [];
}

describe('marketing mail has a link in each part that is written', () => {
  const withLink = { html: '<a href="{{unsubscribeUrl}}">stop</a>', text: '{{unsubscribeUrl}}' };

  test.each([
    ['both have it', withLink, []],
    ['the text is made from the html', { html: withLink.html }, []],
    ['it stands under a condition', { text: '{{#if name}}{{unsubscribeUrl}}{{/if}}' }, []],
    ['the html has none', { html: '<p>x</p>', text: withLink.text }, ['html']],
    ['the text has none', { html: withLink.html, text: 'x' }, ['text']],
    ['neither has one', { html: '<p>x</p>', text: 'x' }, ['html', 'text']],
    ['a part is blank', { html: ' \n', text: withLink.text }, []],
    ['only the subject names it', { subject: '{{unsubscribeUrl}}', text: 'x' }, ['text']],
    ['it is in a comment', { text: '{{! unsubscribeUrl }}x' }, ['text']],
  ])('%s', async (_title, parts, missing) => {
    const content = { subject: 'x', ...parts };
    const found = await problemsOf({ content });
    expect(
      found.map((problem) => /^content\.(html|text): has no \{\{unsubscribeUrl\}\}/.exec(problem)?.[1]),
    ).toEqual(missing);
    expect(await problemsOf({ content, category: 'transactional' })).toEqual([]);
  });

  test('the problem says what to write', async () => {
    expect(await problemsOf({ content: { subject: 'x', html: '<p>x</p>', text: 'x' } })).toEqual([
      expect.stringContaining('<a href="{{unsubscribeUrl}}">Unsubscribe</a>'),
      expect.stringContaining('Unsubscribe: {{unsubscribeUrl}}'),
    ]);
  });

  test('of a part that is no template only that is said', async () => {
    const found = await problemsOf({ content: { subject: 'x', text: '{{#if name}}x' } });
    expect(found).toEqual([expect.stringMatching(/^content\.text, line 1, column 1: .*never closed/)]);
  });
});

describe('the profile that a campaign names', () => {
  test('is one that there is, and the campaign goes out as that', async () => {
    const profiles = new ProfileBook(server.redis, keys);
    await profiles.put(NEWS, rows);
    const input = { ...definition, sender: { profile: 'news' } };
    expect(await reviewSubmission(input, { filesRoot: null, profiles })).toMatchObject({
      kind: 'campaign',
      campaign: { sender: { profile: 'news' } },
      mailing: { sender: 'news@example.com', replyTo: ['help@example.com'], unsubscribe: { kind: 'sluice' } },
    });
  });

  test('that is unknown is one problem among the others', async () => {
    expect(await problemsOf({ sender: { profile: 'nwes' }, content: { subject: 'x', text: 'x' } })).toEqual([
      'sender.profile: there is no profile "nwes"; sluice profile list shows them',
      expect.stringMatching(/^content\.text: /),
    ]);
  });

  test('and that has no link is for transactional mail only', async () => {
    await new ProfileBook(server.redis, keys).put({ ...NEWS, unsubscribe: 'none', oneClick: false }, rows);
    expect(await problemsOf({ sender: { profile: 'news' } })).toEqual([
      'sender.profile: "news" has a wrong unsubscribe: it is none, so only transactional campaigns may use it; marketing mail needs a link',
    ]);
    expect(await problemsOf({ sender: { profile: 'news' }, category: 'transactional' })).toEqual([]);
  });

  test('takes no other field beside it', async () => {
    expect(await problemsOf({ sender: { profile: 'news', from: 'a@example.com' } })).toEqual([
      'sender: has a profile, so it takes no other field',
    ]);
  });
});
