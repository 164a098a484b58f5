import { describe, expect, test } from 'vitest';
import { MemoryMeter, parseField } from '../../src/core/meter.ts';
import { isListed } from '../../src/core/metric-spec.ts';
import { METRIC_SPECS } from '../../src/core/metrics.ts';

const fieldsOf = (meter: MemoryMeter) => Object.fromEntries(meter.drain());

describe('a meter', () => {
  test('adds up what it is told, and gives each of it away once', () => {
    const meter = new MemoryMeter();
    meter.add('sluice_recipients_accepted_total', {}, 50);
    meter.add('sluice_recipients_accepted_total', {}, 7);
    meter.add('sluice_recipients_skipped_total', { rule: 'bounced' });
    expect(fieldsOf(meter)).toEqual({
      sluice_recipients_accepted_total: 57,
      'sluice_recipients_skipped_total|bounced': 1,
    });
    expect(fieldsOf(meter)).toEqual({});
  });

  test('puts each value into one bucket, its bound included, and sums them in microseconds', () => {
    const meter = new MemoryMeter();
    for (const seconds of [0.01, 0.0100001, 31])
      meter.observe('sluice_ses_call_duration_seconds', { api: 'bulk' }, seconds);
    expect(fieldsOf(meter)).toEqual({
      'sluice_ses_call_duration_seconds|bulk|b0': 1,
      'sluice_ses_call_duration_seconds|bulk|b1': 1,
      'sluice_ses_call_duration_seconds|bulk|b11': 1,
      'sluice_ses_call_duration_seconds|bulk|sum': 31_020_000,
    });
  });

  test('counts under `other` what no label lists, so that nobody’s words become a label', () => {
    const meter = new MemoryMeter();
    meter.add('sluice_recipients_rejected_total', { reason: 'taro@example.com is no good' });
    meter.add('sluice_recipients_rejected_total', { reason: 'MESSAGE_REJECTED' });
    expect(Object.keys(fieldsOf(meter))).toEqual([
      'sluice_recipients_rejected_total|other',
      'sluice_recipients_rejected_total|MESSAGE_REJECTED',
    ]);
  });

  test('keeps so many values of a free label and no more', () => {
    const meter = new MemoryMeter();
    for (let n = 0; n < 1_000; n += 1)
      meter.observe('sluice_http_request_duration_seconds', { route: `/made-up/${n}` }, 0);
    const routes = new Set(Object.keys(fieldsOf(meter)).map((field) => field.split('|')[1]));
    expect(routes.size).toBe(201);
    expect(routes).toContain('other');
  });

  test('takes neither nonsense nor a step back', () => {
    const meter = new MemoryMeter();
    meter.add('sluice_recipients_accepted_total', {}, 0);
    meter.add('sluice_recipients_accepted_total', {}, -3);
    meter.add('sluice_planner_busy_seconds_total', {}, Number.NaN);
    meter.observe('sluice_token_wait_seconds', {}, Number.POSITIVE_INFINITY);
    expect(fieldsOf(meter)).toEqual({});
    // A clock that was set back.
    meter.observe('sluice_token_wait_seconds', {}, -5);
    expect(fieldsOf(meter)).toEqual({
      'sluice_token_wait_seconds|b0': 1,
      'sluice_token_wait_seconds|sum': 0,
    });
  });
});

test('a field says what it is of', () => {
  expect(parseField('sluice_ses_calls_total|bulk|ok')).toEqual({
    name: 'sluice_ses_calls_total',
    labels: { api: 'bulk', outcome: 'ok' },
    part: null,
  });
  expect(parseField('sluice_token_wait_seconds|b9')).toMatchObject({ part: 9 });
  expect(parseField('sluice_token_wait_seconds|sum')).toMatchObject({ part: 'sum' });
});

test.each([
  '',
  'sluice_unheard_of_total',
  'sluice_ses_calls_total|bulk',
  'sluice_token_wait_seconds',
  'sluice_token_wait_seconds|b10',
])('a field of another version is none of ours: "%s"', (field) => {
  expect(parseField(field)).toBeNull();
});

describe('the table of metrics', () => {
  test.each([...METRIC_SPECS])('%s is named as Prometheus wants it', (name, { type, labels, buckets }) => {
    expect(name).toMatch(/^sluice_[a-z0-9]+(_[a-z0-9]+)*$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(buckets !== undefined).toBe(type === 'histogram');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    expect(buckets ?? []).toEqual((buckets ?? []).toSorted((a, b) => a - b));
    for (const label of Object.keys(labels)) expect(label).toMatch(/^[a-z]+$/);
  });

  test('has no label that could hold an address or a campaign, and few series in all', () => {
    const labels = [...METRIC_SPECS.values()].flatMap((spec) => Object.keys(spec.labels));
    for (const name of ['campaign', 'recipient', 'address', 'sender', 'path'])
      expect(labels).not.toContain(name);
    const series = [...METRIC_SPECS.values()].map(({ labels: own, buckets = [] }) =>
      Object.values(own).reduce(
        (product, spec) => product * (isListed(spec) ? spec.length + 1 : 1),
        buckets.length + 1,
      ),
    );
    expect(series.reduce((sum, one) => sum + one, 0)).toBeLessThan(1_000);
  });
});
