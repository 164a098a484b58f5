// @ts-check
// Draws a campaign's course with uPlot, again when new samples come, the window changes its width, or the colours change.

/** @typedef {(number | null)[][]} Data Times first, then a list for each line. */
/** @typedef {{ data: Data, cursor: { idx: number | null }, setData(data: Data): void, setLegend(legend: { idx: number }): void, destroy(): void }} Chart */
/** @typedef {new (options: object, data: Data, place: HTMLElement) => Chart} ChartMaker */
/** @typedef {{ chart: Chart, place: HTMLElement }} Drawn */

const place = document.querySelector('[data-charts]');
if (place instanceof HTMLElement) start(place);

/** @param {HTMLElement} whole */
function start(whole) {
  /** @type {Drawn[]} */
  let charts = [];
  /** @type {number[][]} */
  let columns = [];
  let shownAt = '';
  const draw = () => {
    charts.forEach(({ chart }) => chart.destroy());
    charts = [...whole.querySelectorAll('[data-chart]')].flatMap((each) =>
      each instanceof HTMLElement ? drawn(whole, each, columns) : [],
    );
    charts.forEach(({ chart }) => sayLatest(chart));
  };
  const refresh = async () => {
    const at = document.querySelector('[data-course-at]')?.getAttribute('data-course-at') ?? '0';
    if (at === shownAt) return;
    shownAt = at;
    const answer = await fetch(whole.dataset.charts ?? '').catch(() => null);
    if (!answer?.ok) return;
    ({ columns } = await answer.json());
    // Whoever points at a moment goes on reading it, and the page keeps its height.
    for (const each of charts) {
      each.chart.setData(dataOf(each.place, columns));
      sayLatest(each.chart);
    }
    if (charts.length === 0) draw();
  };
  void refresh();
  document.addEventListener('sluice:live', () => void refresh());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  let width = whole.clientWidth;
  new ResizeObserver(() => {
    if (whole.clientWidth === width) return;
    width = whole.clientWidth;
    draw();
  }).observe(whole);
}

/**
 * @param {HTMLElement} whole
 * @param {HTMLElement} chart
 * @param {number[][]} columns
 * @returns {Drawn[]} none where there is nothing to draw
 */
function drawn(whole, chart, columns) {
  /** @type {{ uPlot?: ChartMaker }} */
  const { uPlot } = Object(globalThis);
  const isRate = chart.dataset.chart === 'rate';
  if (!uPlot || (columns[0] ?? []).length < 2) return [];
  /** @type {string[]} */
  const labels = JSON.parse(whole.dataset.labels ?? '[]');
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const number = new Intl.NumberFormat(whole.dataset.language, { maximumFractionDigits: isRate ? 1 : 0 });
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
  };
  const series = shownIn(chart).map((column, index) => ({
    label: labels[column - 1],
    stroke: colour(`--series-${index + 1}`),
    width: 2,
    dash: DASHES[index],
    // Of a line with few points some have none beside them to be joined with.
    points: { show: (/** @type {Chart} */ { data }) => (data[0] ?? []).length < 12, size: 6 },
    value: (/** @type {unknown} */ _chart, /** @type {number | null} */ value) =>
      value === null ? '–' : number.format(value),
  }));
  const options = {
    width: chart.clientWidth,
    height: 240,
    legend: {
      live: true,
      markers: {
        width: 2,
        dash: (/** @type {unknown} */ _chart, /** @type {number} */ index) =>
          index < 2 ? 'solid' : index % 2 === 0 ? 'dashed' : 'dotted',
      },
    },
    cursor: { drag: { x: false, y: false } },
    hooks: {
      setCursor: [sayLatest],
    },
    scales: {
      y: {
        range: (/** @type {unknown} */ _chart, /** @type {number} */ _least, /** @type {number} */ most) => [
          0,
          // Of people there are no halves: fewer than five steps would have the same figure twice.
          Math.max(most * 1.08, isRate ? 1 : 5),
        ],
      },
    },
    axes: [
      {
        ...axis,
        space: LABEL_PIXELS,
        incrs: STEPS_SECONDS,
        values: (/** @type {Chart} */ { data }, /** @type {number[]} */ ticks) =>
          ticks.map((tick) => timeText(whole, tick, data[0] ?? [])),
      },
      {
        ...axis,
        size: 64,
        values: (/** @type {unknown} */ _chart, /** @type {number[]} */ ticks) =>
          ticks.map((tick) => number.format(tick)),
      },
    ],
    series: [
      {
        label: whole.dataset.time,
        value: (/** @type {Chart} */ { data }, /** @type {number | null} */ value) =>
          value === null ? '–' : timeText(whole, value, data[0] ?? []),
      },
      ...series,
    ],
  };
  return [{ chart: new uPlot(options, dataOf(chart, columns), chart), place: chart }];
}

/** @param {HTMLElement} chart @returns {number[]} which columns are its lines */
function shownIn(chart) {
  return (chart.dataset.columns ?? '').split(',').map(Number);
}

/** @param {HTMLElement} chart @param {number[][]} columns @returns {Data} */
function dataOf(chart, columns) {
  const times = columns[0] ?? [];
  const lines = shownIn(chart).map((column) => columns[column] ?? []);
  return [times, ...(chart.dataset.chart === 'rate' ? lines.map((counts) => rates(times, counts)) : lines)];
}

/** Where nobody points at a moment, the legend says the latest. @param {Chart} chart */
function sayLatest(chart) {
  if (chart.cursor.idx === null || chart.cursor.idx === undefined)
    chart.setLegend({ idx: (chart.data[0] ?? []).length - 1 });
}

/** The longest time of day, with room to the next one. */
const LABEL_PIXELS = 90;
/** From one time to the next: a second, as exact as times are written, up to four weeks. */
const STEPS_SECONDS = [
  1,
  2,
  5,
  10,
  15,
  30,
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3600),
  ...[1, 2, 7, 14, 28].map((days) => days * 86_400),
];

/** Beside colours, so that lines are told apart without them. */
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [1, 5]];

/**
 * People a second between each sample and the one before.
 * @param {number[]} times
 * @param {number[]} counts
 * @returns {(number | null)[]}
 */
function rates(times, counts) {
  return counts.map((count, index) => {
    const seconds = (times[index] ?? 0) - (times[index - 1] ?? 0);
    return index === 0 || seconds <= 0 ? null : Math.max(count - (counts[index - 1] ?? 0), 0) / seconds;
  });
}

/**
 * @param {HTMLElement} whole
 * @param {number} seconds
 * @param {readonly (number | null)[]} times
 */
function timeText(whole, seconds, times) {
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return new Date(seconds * 1000).toLocaleString(whole.dataset.language === 'ja' ? 'ja-JP' : 'en-GB', {
    ...(span > 36 * 3600 ? { month: 'short', day: 'numeric' } : {}),
    hour: '2-digit',
    minute: '2-digit',
    ...(span < 600 ? { second: '2-digit' } : {}),
  });
}
