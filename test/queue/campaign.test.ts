import { describe, expect, it } from 'vitest';
import { type CampaignInput, parseCampaign } from '../../src/queue/campaign.ts';

function problemsOf(audience: unknown): readonly string[] {
  const campaign = {
    id: 'news',
    sender: { from: 'news@example.com' },
    content: { subject: 'x', text: 'x' },
    audience,
  };
  const parsed = parseCampaign(campaign);
  return parsed.kind === 'problems' ? parsed.problems : [];
}

describe('the audience of a campaign', () => {
  it.each<[string, CampaignInput['audience']]>([
    ['a CSV file', { kind: 'csv', path: 'people.csv.gz', emailColumn: 'email' }],
    ['an NDJSON file', { kind: 'ndjson', path: 'people.ndjson', emailColumn: 'email' }],
    ['several files', { kind: 'csv', path: ['a.csv', 'b.csv.gz'] }],
    ['several files of NDJSON in an encoding', { kind: 'ndjson', path: ['a', 'b'], encoding: 'Shift_JIS' }],
  ])('may be %s', (_title, audience) => {
    expect(problemsOf(audience)).toEqual([]);
  });

  it.each(['utf-8', 'UTF-8', 'cp932', 'windows-31j', 'MS932', 'Windows-1252', 'latin1', 'utf-16', 'euc-jp'])(
    'may be in an encoding by any of its names: %s',
    (encoding) => {
      expect(problemsOf({ kind: 'csv', path: 'people.csv', encoding })).toEqual([]);
    },
  );

  it('may not be in an encoding that nobody knows, which is said when it is handed in', () => {
    for (const encoding of ['klingon', 'utf-7', 'x-user-defined', 'shared-latin']) {
      expect(problemsOf({ kind: 'csv', path: 'people.csv', encoding })).toEqual([
        'audience.encoding: is no encoding that is known here; such are utf-8, shift_jis, utf-16le, windows-1252 and the others of the WHATWG Encoding Standard',
      ]);
    }
  });

  it('may not be no file at all, or too many', () => {
    expect(problemsOf({ kind: 'csv', path: [] })).toHaveLength(1);
    expect(problemsOf({ kind: 'ndjson', path: Array<string>(1_001).fill('a') })).toHaveLength(1);
    expect(problemsOf({ kind: 'csv', path: ['a', ''] })).toHaveLength(1);
  });
});

it.each(['events', 'meta', 'wait', 'stalled-check'])(
  'the id %s is refused, since the queue has a key of that name',
  (id) => {
    expect(
      parseCampaign({
        id,
        sender: { from: 'news@example.com' },
        content: { subject: 'x', text: 'x' },
        audience: { kind: 'csv', path: 'people.csv' },
      }),
    ).toMatchObject({
      kind: 'problems',
      problems: ['id: is a name that the queue uses itself; take another one'],
    });
  },
);
