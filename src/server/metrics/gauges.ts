import type { Client } from '../../desk/client.ts';
import { OUTBOX_HOLD_ENTRIES } from '../../log/outbox.ts';
import type { QueueCounts } from '../../queue/queue-counts.ts';
import { campaignGauges } from './campaign-gauges.ts';
import { type Sample, sample } from './family.ts';
import { guardGauges } from './guard-gauges.ts';

export type GaugeSource = Pick<
  Client,
  | 'campaigns'
  | 'outbox'
  | 'deadLetters'
  | 'guard'
  | 'projects'
  | 'account'
  | 'roster'
  | 'reading'
  | 'suppression'
>;

/** How everything stands, asked in Redis at this moment: a few round trips, whatever is going on. */
export async function gauges(source: GaugeSource, queues: Pick<QueueCounts, 'read'>): Promise<Sample[]> {
  const parts = await Promise.all([
    logGauges(source),
    guardGauges(source),
    campaignGauges(source),
    accountGauges(source),
    workerGauges(source),
    queueGauges(queues),
    suppressionGauges(source),
  ]);
  return parts.flat();
}

async function logGauges({ outbox, deadLetters }: GaugeSource): Promise<Sample[]> {
  const [backlog, letters] = await Promise.all([outbox.backlog(), deadLetters.count()]);
  return [
    sample('sluice_outbox_entries', {}, backlog.entries),
    sample('sluice_outbox_oldest_seconds', {}, backlog.oldestMs / 1000),
    sample('sluice_outbox_hold_entries', {}, OUTBOX_HOLD_ENTRIES),
    sample('sluice_dead_letters', { of: 'log' }, backlog.dead),
    sample('sluice_dead_letters', { of: 'feedback' }, letters),
  ];
}

async function accountGauges({ account }: GaugeSource): Promise<Sample[]> {
  const [notice, sent, share] = await Promise.all([account.read(), account.sentByUs(), account.rateShare()]);
  return [
    sample('sluice_account_rate_share', {}, share),
    ...(notice === null
      ? []
      : [
          sample('sluice_account_recipients_per_second', {}, notice.perSecond),
          sample('sluice_account_sent_24h', {}, Math.max(sent, notice.sentLast24Hours)),
        ]),
    ...(notice === null || notice.perDay === null
      ? []
      : [sample('sluice_account_recipients_per_day', {}, notice.perDay)]),
  ];
}

const ROLES = ['plan', 'send', 'log', 'feedback'] as const;

async function workerGauges({ roster, reading }: GaugeSource): Promise<Sample[]> {
  const [workers, lagMs] = await Promise.all([roster.present(), reading.lagMs()]);
  return [
    ...ROLES.map((role) =>
      sample('sluice_workers', { role }, workers.filter(({ roles }) => roles.includes(role)).length),
    ),
    ...(lagMs === null ? [] : [sample('sluice_feedback_lag_seconds', {}, lagMs / 1000)]),
  ];
}

async function queueGauges(queues: Pick<QueueCounts, 'read'>): Promise<Sample[]> {
  return (await queues.read()).map(({ queue, state, jobs }) =>
    sample('sluice_queue_jobs', { queue, state }, jobs),
  );
}

async function suppressionGauges({ suppression }: GaugeSource): Promise<Sample[]> {
  const { everywhere, unsubscribed } = await suppression.count();
  const sum = unsubscribed.reduce((total, { addresses }) => total + addresses, 0);
  return [
    sample('sluice_suppressed_addresses', { list: 'everywhere' }, everywhere),
    sample('sluice_suppressed_addresses', { list: 'unsubscribed' }, sum),
  ];
}
