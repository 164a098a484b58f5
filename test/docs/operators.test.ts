import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { WORKER_ROLES } from '../../src/cli/worker-card.ts';
import { codeSpans, readDoc, tableRows } from '../support/markdown.ts';

const doc = readDoc('docs/operators.md');
const source = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../src/${path}`, import.meta.url)), 'utf8');

const outcome = source('send/outcome.ts');
const union = (name: string) => new RegExp(`export type ${name} =[^;]+;`).exec(outcome)?.[0] ?? '';
const codesOf = (name: string) => [...union(name).matchAll(/'(\w+)'/g)].map(([, code]) => code);
const rows = tableRows(doc, 'code').map((row) => ({
  code: codeSpans(row['code'] ?? '').join(),
  goesOn: row['goes on'],
}));

const SOURCES = [
  'guard/judge.lua',
  'queue/canary-sweep.ts',
  'queue/domain-gate.ts',
  'queue/doubt-sweep.ts',
  'queue/plan-worker.ts',
  'send/batch-pass.ts',
  'send/sending-limits.ts',
];
const OF_LIMITS = ['LOG_BACKLOG', 'QUOTA_DAY', 'QUOTA_MONTH', 'PROJECT_DAY', 'PROJECT_MONTH', 'WARM_UP'];

test('every code of a hold is explained, and no other', () => {
  const elsewhere = ['CANARY', 'CONFIGURATION', 'DOMAIN', 'DOUBT', 'GUARD', 'PROFILE', ...OF_LIMITS];
  for (const code of elsewhere) {
    expect(SOURCES.some((path) => source(path).includes(`'${code}'`))).toBe(true);
  }
  const codes = [...codesOf('HoldCode'), ...codesOf('StopCode'), ...elsewhere];
  expect(codes.length).toBeGreaterThan(8);
  expect(rows.map(({ code }) => code).toSorted()).toEqual(codes.toSorted());
});

test('it says of each whether it goes on by itself', () => {
  for (const { code, goesOn } of rows)
    expect([code, goesOn?.startsWith('by itself')]).toEqual([
      code,
      [...codesOf('HoldCode'), ...OF_LIMITS].includes(code),
    ]);
});

test('every role of a worker is explained, and no other', () => {
  expect(tableRows(doc, 'role').map((row) => codeSpans(row['role'] ?? '').join())).toEqual([...WORKER_ROLES]);
});

test('every alert leads to its part of the page, and every part under "Alerts" has an alert', () => {
  const rules = readFileSync(
    fileURLToPath(new URL('../../ops/prometheus/alerts.yml', import.meta.url)),
    'utf8',
  );
  const led = [...rules.matchAll(/runbook: docs\/operators\.md#([\w-]+)$/gm)].map(([, anchor]) => anchor);
  expect(led.length).toBe([...rules.matchAll(/- alert: /g)].length);
  const alerts = /## Alerts\n([\s\S]*?)\n## /.exec(doc)?.[1] ?? '';
  const parts = [...alerts.matchAll(/^### (.*)$/gm)].map(([, title = '']) =>
    title.toLowerCase().replaceAll(' ', '-'),
  );
  expect([...new Set(led)].toSorted()).toEqual(parts.toSorted());
});
