import { duration, figure } from '../core/figures.ts';
import { visible } from '../core/text-width.ts';
import { type Counts, isOver, type Receipt } from '../queue/receipt.ts';
import { type Paint, standardPaint, stateStyle, terminalColumns } from './colour.ts';
import { fitsTable, textTable } from './table.ts';

/** A receipt for people. Every line is a bucket of the books; those that are zero are left out. */
export function receiptText(receipt: Receipt, paint: Paint = standardPaint()): string {
  const { counts } = receipt;
  const head = `${paint('bold', receipt.id)}${receipt.name === receipt.id ? '' : `  ${visible(receipt.name)}`}`;
  const state = `${paint(stateStyle(receipt.state), receipt.state)}${receipt.reason === null ? '' : `: ${visible(receipt.reason)}`}`;
  const lines = bucketLines(counts)
    .filter(([, count]) => count > 0)
    .map(
      ([label, count, depth]) =>
        `  ${'  '.repeat(depth)}${label.padEnd(24 - 2 * depth)}${figure(count).padStart(12)}`,
    );
  const notes = [canaryText(receipt), timesText(receipt)].flatMap((text) =>
    text === null ? [] : [`  ${text}`],
  );
  return [head, `  ${state}`, ...lines, ...notes].join('\n');
}

/** Why a campaign that runs may stand still. */
function canaryText({ canary, counts, state }: Receipt): string | null {
  if (canary?.state !== 'open' || isOver(state)) return null;
  if (canary.recipients === null) return 'canary: the list is counted first';
  const waits = counts.planned >= canary.recipients && counts.pending === 0;
  return waits
    ? `canary: the first ${figure(counts.planned)} are sent to; the others wait for what SES says of them`
    : `canary: the first ${figure(canary.recipients)} are sent to before the others`;
}

/** One line that fits a terminal: how far, how fast, how long. */
export function progressLine(receipt: Receipt): string {
  const { counts } = receipt;
  const settled = counts.planned - counts.pending;
  const parts = [
    receipt.reason === null ? receipt.state : `${receipt.state} (${visible(receipt.reason)})`,
    receipt.expected === null
      ? `${figure(settled)} of ${figure(counts.planned)} planned`
      : `${figure(settled)} of about ${figure(receipt.expected)}`,
    `${figure(counts.accepted)} accepted`,
  ];
  if (receipt.state === 'running') parts.push(`${figure(Math.round(receipt.perSecond))}/s`);
  if (receipt.etaMs !== null) parts.push(`${duration(receipt.etaMs)} left`);
  return `${receipt.id}: ${parts.join(', ')}`;
}

/**
 * Receipts as a table: one line a campaign. Ids are never cut, since other commands take them; where the terminal is
 * narrow, the name goes first, then the time.
 */
export function receiptTable(
  receipts: readonly Receipt[],
  columnsMax: number = terminalColumns() ?? COLUMNS_ELSEWHERE,
  paint: Paint = standardPaint(),
): string {
  if (receipts.length === 0) return 'no campaigns yet';
  const rows = receipts.map((receipt) => [
    receipt.id,
    receipt.state,
    figure(receipt.counts.planned),
    figure(receipt.counts.accepted),
    figure(receipt.counts.pending),
    receipt.createdAt.slice(0, 16).replace('T', ' '),
    receipt.name === receipt.id ? '' : receipt.name,
  ]);
  const mayCut = TABLE_COLUMNS.map((column) => column === 'name');
  const shown = [7, 6, 5].find((count) =>
    fitsTable(TABLE_COLUMNS.slice(0, count), rows, { columnsMax, mayCut }),
  );
  return textTable(TABLE_COLUMNS.slice(0, shown ?? 5), rows, {
    columnsMax,
    mayCut,
    paint: (text, column, row) => {
      const receipt = receipts[row];
      return column === STATE_COLUMN && receipt ? paint(stateStyle(receipt.state), text) : text;
    },
  });
}

/** What a pipe gets: the width of a terminal that nobody has changed. */
const COLUMNS_ELSEWHERE = 80;
const TABLE_COLUMNS = ['campaign', 'state', 'planned', 'accepted', 'pending', 'created (UTC)', 'name'];
const STATE_COLUMN = TABLE_COLUMNS.indexOf('state');

function bucketLines(counts: Counts): [label: string, count: number, depth: number][] {
  const { skipped } = counts;
  return [
    ['rows read', counts.read, 0],
    ['duplicates', counts.duplicate, 1],
    ['invalid addresses', counts.invalid, 1],
    ['planned', counts.planned, 0],
    ['skipped: unsubscribed', skipped.unsubscribed, 1],
    ['skipped: bounced', skipped.bounced, 1],
    ['skipped: complained', skipped.complained, 1],
    ['skipped: blocked', skipped.blocked, 1],
    ['accepted by SES', counts.accepted, 1],
    ['delivered', counts.delivered, 2],
    ['bounced: for good', counts.bounced.hard, 2],
    ['bounced: for now', counts.bounced.soft, 2],
    ['complained', counts.complained, 2],
    ['opened', counts.opened, 2],
    ['clicked', counts.clicked, 2],
    ['unsubscribed', counts.unsubscribed, 2],
    ['rejected by SES', counts.rejected, 1],
    ['cancelled', counts.cancelled, 1],
    ['dropped', counts.dropped, 1],
    ['in doubt', counts.inDoubt, 1],
    ['pending', counts.pending, 1],
  ];
}

function timesText(receipt: Receipt): string | null {
  if (receipt.startedAt === null || receipt.finishedAt === null) return null;
  const ms = Date.parse(receipt.finishedAt) - Date.parse(receipt.startedAt);
  return `took ${duration(ms)}, from ${receipt.startedAt} to ${receipt.finishedAt}`;
}
