import { expect, test } from 'vitest';
import { isListed } from '../../src/core/metric-spec.ts';
import { METRIC_SPECS } from '../../src/core/metrics.ts';
import { codeSpans, readDoc } from '../support/markdown.ts';

const lines = readDoc('docs/metrics.md')
  .split('\n')
  .filter((line) => line.startsWith('| `sluice_'))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const rows = lines.map(([, name = '', type = '', labels = '', help = '']) => ({
  name: codeSpans(name).join(),
  type,
  labels,
  help,
}));

test('every metric that there is has its row, and no other', () => {
  expect(rows.map(({ name }) => name).toSorted()).toEqual([...METRIC_SPECS.keys()].toSorted());
});

test.each([...METRIC_SPECS])('%s is told of as it is', (name, { type, labels, help }) => {
  const row = rows.find((each) => each.name === name);
  const said = Object.entries(labels).map(
    ([label, spec]) =>
      `\`${label}\`: ${isListed(spec) ? spec.map((value) => `\`${value}\``).join(', ') : `up to ${spec.most}`}`,
  );
  expect(row).toEqual({ name, type, labels: said.join('; '), help });
});
