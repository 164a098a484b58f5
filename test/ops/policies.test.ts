import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { codeSpans, readDoc, tableRows } from '../support/markdown.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OF_IDENTITIES = ['worker', 'server', 'operator'] as const;

const list = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const Policy = z.object({
  Version: z.literal('2012-10-17'),
  Statement: z.array(z.object({ Effect: z.literal('Allow'), Action: list, Resource: list })),
});

/** AWS asks for these by the name of the older API, though the newer one is called (seen by django-anymail's users). */
const BENEATH = ['ses:SendBulkTemplatedEmail'];

/** Actions that take no resource (Service Authorization Reference of SES v2). */
const OF_THE_ACCOUNT = [
  'ses:GetAccount',
  'ses:CreateConfigurationSet',
  'ses:CreateEmailIdentity',
  'ses:ListSuppressedDestinations',
  'ses:PutSuppressedDestination',
];

const statements = (name: string) =>
  Policy.parse(JSON.parse(readFileSync(`${ROOT}ops/aws/${name}.json`, 'utf8'))).Statement;
const actions = (name: string) => statements(name).flatMap(({ Action }) => Action);

/** What the program calls at AWS, file by file, as IAM names it. */
function called(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of globSync('src/**/*.ts', { cwd: ROOT }).filter(
    (each) => !each.startsWith('src/sandbox/'),
  )) {
    const source = readFileSync(`${ROOT}${path}`, 'utf8');
    const service = /from '@aws-sdk\/client-(sesv2|sqs)'/.exec(source)?.[1];
    if (service === undefined) continue;
    const commands = [...source.matchAll(/new (\w+)Command\(/g)].map(([, name = '']) =>
      service === 'sqs' ? `sqs:${name.replace(/Batch$/, '')}` : `ses:${name}`,
    );
    if (commands.length > 0) found.set(path, commands);
  }
  return found;
}

test('the policies allow together what the program calls, and nothing else', () => {
  const wanted = new Set([...called().values()].flat());
  expect(wanted.size).toBeGreaterThan(15);
  const allowed = new Set(OF_IDENTITIES.flatMap(actions));
  expect([...allowed].toSorted()).toEqual([...wanted, ...BENEATH].toSorted());
});

test('a worker sends, looks and reads events, and changes nothing', () => {
  const may = actions('worker');
  const of = (path: string) => called().get(path) ?? [];
  expect(may.toSorted()).toEqual(
    [
      ...new Set([
        ...BENEATH,
        ...of('src/send/ses-sdk.ts'),
        ...of('src/send/ses-inspection.ts'),
        ...of('src/feedback/sqs-queue.ts'),
        'ses:GetEmailIdentity',
      ]),
    ].toSorted(),
  );
});

test.each(['server', 'operator'])('%s can send nothing and reads no events', (name) => {
  expect(actions(name).filter((action) => /^(sqs:|ses:Send)/.test(action))).toEqual([]);
});

test.each(OF_IDENTITIES)('of %s, what can be bound to a resource is', (name) => {
  for (const { Action, Resource } of statements(name)) {
    if (Resource.includes('*')) expect(OF_THE_ACCOUNT).toEqual(expect.arrayContaining(Action));
    else expect(Action.filter((action) => OF_THE_ACCOUNT.includes(action))).toEqual([]);
  }
});

test('the page for administrators says what each action is for, and of whom', () => {
  const rows = tableRows(readDoc('docs/administrators.md'), 'action').flatMap((row) =>
    codeSpans(row['action'] ?? '').map((action) => ({
      action,
      who: OF_IDENTITIES.filter((each) => (row[each] ?? '') !== ''),
    })),
  );
  const wanted = [...new Set(OF_IDENTITIES.flatMap(actions))].map((action) => ({
    action,
    who: OF_IDENTITIES.filter((each) => actions(each).includes(action)),
  }));
  const byAction = (a: { readonly action: string }, b: { readonly action: string }) =>
    a.action < b.action ? -1 : 1;
  expect(rows.toSorted(byAction)).toEqual(wanted.toSorted(byAction));
});
