import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { METRIC_SPECS } from '../../src/core/metrics.ts';
import { PATIENCE_MS } from '../support/eventually.ts';
import { readDoc } from '../support/markdown.ts';
import { readQuery } from '../support/promql.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const file = (path: string) => readFileSync(new URL(`../../ops/${path}`, import.meta.url), 'utf8');

const Rule = z.strictObject({
  alert: z.string().regex(/^Sluice[A-Z]\w+$/),
  expr: z.string(),
  for: z.string().regex(/^\d+[smh]$/),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({
    summary: z.string().min(10).endsWith('.'),
    description: z.string().min(10).endsWith('.'),
    runbook: z.string(),
  }),
});
const rules = z
  .strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(Rule) })) })
  .parse(parse(file('prometheus/alerts.yml')))
  .groups.flatMap((group) => group.rules);

const GridPos = z.object({
  h: z.int().min(1),
  w: z.int().min(1).max(24),
  x: z.int().min(0),
  y: z.int().min(0),
});
const Source = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });
const Target = z.object({
  refId: z.string(),
  datasource: Source,
  expr: z.string(),
  legendFormat: z.string().min(1),
});
const Panel = z.object({
  id: z.int(),
  title: z.string().min(1),
  description: z.string().min(10),
  type: z.enum(['timeseries', 'stat', 'bargauge']),
  datasource: Source,
  gridPos: GridPos,
  fieldConfig: z.object({ defaults: z.object({ unit: z.string().min(1) }) }),
  targets: z.array(Target).min(1),
});
const Row = z.object({ id: z.int(), title: z.string().min(1), type: z.literal('row'), gridPos: GridPos });
const dashboard = z
  .object({
    uid: z.string(),
    templating: z.object({
      list: z.array(
        z.object({
          name: z.literal('datasource'),
          type: z.literal('datasource'),
          query: z.literal('prometheus'),
        }),
      ),
    }),
    panels: z.array(z.union([Row, Panel])),
  })
  .parse(JSON.parse(file('grafana/sluice.json')));
const panels = dashboard.panels.filter((panel) => panel.type !== 'row');

const process = new Registry();
collectDefaultMetrics({ register: process });
/** Of this server's own process, and of Prometheus itself. */
const NODES_OWN = new Set([...process.getMetricsAsArray().map(({ name }) => name), 'up']);
const OF_THE_TARGET = ['job', 'instance'];

/** The metric of a series; null where it is none that there is. */
function labelsOf(series: string): readonly string[] | null {
  const spec = METRIC_SPECS.get(series);
  if (spec && spec.type !== 'histogram') return Object.keys(spec.labels);
  const [, base = '', part = ''] = /^(.*)_(bucket|sum|count)$/.exec(series) ?? [];
  const histogram = METRIC_SPECS.get(base);
  if (histogram?.type !== 'histogram') return NODES_OWN.has(series) ? [] : null;
  return [...Object.keys(histogram.labels), ...(part === 'bucket' ? ['le'] : [])];
}

const queries = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr }))),
];

describe('queries of alerts and panels', () => {
  test.each(queries)('$where: $expr', ({ expr }) => {
    const { problems, selectors, grouping } = readQuery(expr);
    expect(problems).toEqual([]);
    expect(selectors.length).toBeGreaterThan(0);
    for (const { metric, labels } of selectors) {
      const known = labelsOf(metric);
      expect(known, `${metric} is in the table of metrics`).not.toBeNull();
      for (const label of labels) expect([...(known ?? []), ...OF_THE_TARGET]).toContain(label);
    }
    const all = selectors.flatMap(({ metric }) => labelsOf(metric) ?? []);
    for (const label of grouping) expect(all).toContain(label);
  });

  test.each(['rate(sluice_recipients_accepted_total[5m]', 'max(sluice_workers{role=})'])(
    'the check sees that %s is no query',
    (expr) => {
      expect(readQuery(expr).problems).not.toEqual([]);
    },
  );

  test('the check sees metrics and labels that there are not', () => {
    expect(readQuery('sum by (colour) (sluice_unheard_of_total{shape="x"})')).toEqual({
      problems: [],
      selectors: [{ metric: 'sluice_unheard_of_total', labels: ['shape'] }],
      grouping: ['colour'],
    });
    expect(labelsOf('sluice_unheard_of_total')).toBeNull();
    expect(labelsOf('sluice_token_wait_seconds')).toBeNull();
  });

  test('every value that is matched by a label is one that the label has', () => {
    const matched = queries.flatMap(({ expr }) => [
      ...expr.matchAll(/(sluice_\w+)\{(\w+)(?:=|=~|!=)"([^"]+)"\}/g),
    ]);
    expect(matched.length).toBeGreaterThan(5);
    for (const [, metric = '', label = '', values = ''] of matched) {
      const known = METRIC_SPECS.get(metric)?.labels[label];
      for (const value of values.split('|')) expect(known).toContain(value);
    }
  });
});

describe('alerts', () => {
  test('have names of their own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  test.each(rules)('$alert leads to a place in the docs', ({ annotations: { runbook } }) => {
    const [path = '', anchor = ''] = runbook.split('#');
    const headings = [...readDoc(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
    expect(headings).toContain(anchor);
  });

  test('labels that a text names are among those that its query keeps', () => {
    for (const { expr, annotations } of rules) {
      const named = [...`${annotations.summary} ${annotations.description}`.matchAll(/\$labels\.(\w+)/g)];
      for (const [, label = ''] of named) expect(readQuery(expr).grouping).toContain(label);
    }
  });
});

describe('tests of the alerts, for promtool', () => {
  const text = file('prometheus/alerts.test.yml');
  const { tests } = z
    .object({
      tests: z.array(
        z.object({ input_series: z.array(z.object({ series: z.string(), values: z.string() })) }),
      ),
    })
    .parse(parse(text));
  const series = [...new Set(tests.flatMap((one) => one.input_series.map((input) => input.series)))];

  test('have every alert fire', () => {
    const fired = new Set([...text.matchAll(/alertname="(\w+)"/g)].map(([, name = '']) => name));
    expect([...fired].toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
  });

  test.each(series)('are about a series that there is: %s', (one) => {
    const [selector] = readQuery(one).selectors;
    const known = labelsOf(selector?.metric ?? '');
    expect(known).not.toBeNull();
    for (const label of selector?.labels ?? []) expect([...(known ?? []), ...OF_THE_TARGET]).toContain(label);
  });

  test.skipIf(!hasPromtool)('hold, and the rules are right, says promtool', () => {
    for (const args of [
      ['check', 'rules', 'ops/prometheus/alerts.yml'],
      ['test', 'rules', 'ops/prometheus/alerts.test.yml'],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', args, {
        cwd: ROOT,
        encoding: 'utf8',
        timeout: PATIENCE_MS,
      });
      expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
    }
  });
});

describe('the dashboard', () => {
  test('has no two panels of one number or in one place', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_cell, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  test('shows every metric that Sluice has of its own, or an alert watches it', () => {
    const said = queries.map(({ expr }) => expr).join('\n');
    const unseen = [...METRIC_SPECS.keys()].filter((name) => !said.includes(name));
    expect(unseen).toEqual([
      'sluice_ses_throttled_entries_total',
      'sluice_campaigns_accepted_total',
      'sluice_campaigns_ended_total',
      'sluice_worker_start_time_seconds',
      'sluice_build_info',
      'sluice_scrape_duration_seconds',
    ]);
  });
});

/** As GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
