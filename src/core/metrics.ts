import { HOLD_CODES } from './hold-code.ts';
import {
  CALL_SECONDS,
  EVENTS,
  HTTP_SECONDS,
  LAG_SECONDS,
  METHODS,
  PROJECTS,
  REJECTIONS,
  ROLES,
  ROUTES,
  SHIP_SECONDS,
  SINKS,
  SUPPRESSIONS,
  THREADS,
  WAIT_SECONDS,
  WORKERS,
} from './metric-labels.ts';
import type { MetricSpec } from './metric-spec.ts';

/**
 * Every metric that Sluice has of its own, in one place: dashboards, alerts and docs/metrics.md are held against this table.
 *
 * Names and units are as Prometheus wants them ("Metric and label naming"). Labels are few and bounded by construction: a label either has
 * the values that are listed here, and any other is counted as `other`, or it is free, and only so many of its values are kept. No
 * label ever holds an address, a campaign's id or a text of somebody else's.
 */
export const METRICS = {
  sluice_recipients_accepted_total: {
    type: 'counter',
    help: 'Recipients whose mail SES has accepted, as the workers heard it.',
    labels: {},
  },
  sluice_recipients_rejected_total: {
    type: 'counter',
    help: 'Recipients whose mail SES will not take, by its reason.',
    labels: { reason: REJECTIONS },
  },
  sluice_recipients_skipped_total: {
    type: 'counter',
    help: 'Recipients who got no mail because they are suppressed, by the rule.',
    labels: { rule: SUPPRESSIONS },
  },
  sluice_recipients_in_doubt_total: {
    type: 'counter',
    help: 'Recipients who came into doubt: a call to SES was made and nobody knows what became of it.',
    labels: {},
  },
  sluice_recipients_cancelled_total: {
    type: 'counter',
    help: 'Recipients of whom nobody had tried when their campaign was cancelled or failed.',
    labels: {},
  },
  sluice_recipients_put_back_total: {
    type: 'counter',
    help: 'Recipients who were claimed, not sent to, and wait for another try.',
    labels: {},
  },
  sluice_doubt_resolved_total: {
    type: 'counter',
    help: 'Recipients in doubt who were settled by evidence, policy or an operator, by what became of them. Counted when the log has it.',
    labels: { resolution: ['accepted', 'resend', 'drop'] },
  },
  sluice_ses_calls_total: {
    type: 'counter',
    help: 'Calls to SES that send mail, by the kind of call and of answer. `failed` is a fault of SES, `silent` no answer.',
    labels: {
      api: ['bulk', 'single'],
      outcome: ['ok', 'throttled', 'refused', 'failed', 'silent', 'unsent'],
    },
  },
  sluice_ses_call_duration_seconds: {
    type: 'histogram',
    help: 'How long SES took to answer.',
    labels: { api: ['bulk', 'single'] },
    buckets: CALL_SECONDS,
  },
  sluice_ses_throttled_entries_total: {
    type: 'counter',
    help: 'Recipients whom SES left out of a call that it took, for the rate of the account.',
    labels: {},
  },
  sluice_token_wait_seconds: {
    type: 'histogram',
    help: 'How long a batch waited for its turn in the rate of account, project and campaign.',
    labels: {},
    buckets: WAIT_SECONDS,
  },
  sluice_batches_settled_total: {
    type: 'counter',
    help: 'Batches in which a worker left nobody unsettled but who is in doubt.',
    labels: {},
  },
  sluice_batch_jobs_total: {
    type: 'counter',
    help: 'Jobs of batches, by how their turn ended.',
    labels: { end: ['settled', 'parked', 'later', 'hold', 'fault'] },
  },
  sluice_planner_rows_total: {
    type: 'counter',
    help: 'Rows of audiences that are planned, by what they are.',
    labels: { kind: ['person', 'duplicate', 'invalid'] },
  },
  sluice_planner_busy_seconds_total: {
    type: 'counter',
    help: 'Time that planners spent on reading and writing down, without their waits for room.',
    labels: {},
  },
  sluice_campaigns_accepted_total: {
    type: 'counter',
    help: 'Campaigns that were put on record. Counted when the log has it.',
    labels: {},
  },
  sluice_campaigns_ended_total: {
    type: 'counter',
    help: 'Campaigns that have ended, by their state. Counted when the log has it.',
    labels: { state: ['finished', 'failed', 'cancelled'] },
  },
  sluice_campaigns_held_total: {
    type: 'counter',
    help: 'Times that a rule held a campaign, by the code of the hold. Counted when the log has it.',
    labels: { code: HOLD_CODES },
  },
  sluice_suppressions_total: {
    type: 'counter',
    help: 'Events and readers that had an address suppressed, repeated ones included, by reason.',
    labels: { reason: SUPPRESSIONS },
  },
  sluice_feedback_events_total: {
    type: 'counter',
    help: 'Events of SES that were stored, by type.',
    labels: { type: EVENTS },
  },
  sluice_feedback_event_age_seconds: {
    type: 'histogram',
    help: 'How old events of SES were when they were stored, by type.',
    labels: { type: EVENTS },
    buckets: LAG_SECONDS,
  },
  sluice_log_rows_total: {
    type: 'counter',
    help: 'Rows that a sink of the log has for good.',
    labels: { sink: SINKS },
  },
  sluice_log_rows_refused_total: {
    type: 'counter',
    help: 'Rows that a sink of the log will never take; they are among the dead letters.',
    labels: { sink: SINKS },
  },
  sluice_log_write_failures_total: {
    type: 'counter',
    help: 'Writes to a sink of the log that failed, and are tried again.',
    labels: { sink: SINKS },
  },
  sluice_log_write_duration_seconds: {
    type: 'histogram',
    help: 'How long a sink of the log took for a write.',
    labels: { sink: SINKS },
    buckets: CALL_SECONDS,
  },
  sluice_log_delay_seconds: {
    type: 'histogram',
    help: 'Age of the oldest row of a write when a sink had it.',
    labels: { sink: SINKS },
    buckets: SHIP_SECONDS,
  },
  sluice_notices_total: {
    type: 'counter',
    help: 'Messages to the webhook, by what it answered; each try counts.',
    labels: { outcome: ['taken', 'refused', 'gone'] },
  },
  sluice_http_requests_total: {
    type: 'counter',
    help: 'Requests that the server has answered, by pattern of the route. `none` is a path that there is not.',
    labels: { route: ROUTES, method: METHODS, status: ['1xx', '2xx', '3xx', '4xx', '5xx'] },
  },
  sluice_http_request_duration_seconds: {
    type: 'histogram',
    help: 'How long the server took to answer, by pattern of the route.',
    labels: { route: ROUTES },
    buckets: HTTP_SECONDS,
  },

  sluice_outbox_entries: {
    type: 'gauge',
    help: 'Blocks of log rows that wait for the sinks.',
    labels: {},
  },
  sluice_outbox_oldest_seconds: {
    type: 'gauge',
    help: 'How long the oldest block of log rows has waited.',
    labels: {},
  },
  sluice_outbox_hold_entries: {
    type: 'gauge',
    help: 'Blocks of log rows from which on sending holds.',
    labels: {},
  },
  sluice_dead_letters: {
    type: 'gauge',
    help: 'What was set aside: blocks and rows of the log, and messages that are no events of SES.',
    labels: { of: ['log', 'feedback'] },
  },
  sluice_guard_ratio: {
    type: 'gauge',
    help: 'Share of mails that bounced or were complained of, for the fifty projects that send most; of a project the sender with the worst share.',
    labels: { project: PROJECTS, period: ['hour', 'week'], measure: ['bounces', 'complaints'] },
  },
  sluice_guard_limit_ratio: {
    type: 'gauge',
    help: 'Share at which the guard holds campaigns of these projects.',
    labels: { project: PROJECTS, measure: ['bounces', 'complaints'] },
  },
  sluice_guard_sends: {
    type: 'gauge',
    help: 'Mails that the guard has counted for these projects.',
    labels: { project: PROJECTS, period: ['hour', 'week'] },
  },
  sluice_campaigns: {
    type: 'gauge',
    help: 'Campaigns that have not ended, by state; of more than a thousand the thousand that were looked at.',
    labels: { state: ['scheduled', 'queued', 'running', 'paused', 'held', 'ending'] },
  },
  sluice_campaigns_open: {
    type: 'gauge',
    help: 'Campaigns that have not ended.',
    labels: {},
  },
  sluice_recipients_pending: {
    type: 'gauge',
    help: 'Recipients of campaigns that have not ended who are planned and not settled.',
    labels: {},
  },
  sluice_recipients_in_doubt: {
    type: 'gauge',
    help: 'Recipients of campaigns that have not ended who are in doubt.',
    labels: {},
  },
  sluice_account_recipients_per_second: {
    type: 'gauge',
    help: 'Recipients a second that the SES account allows, or less where the settings say so.',
    labels: {},
  },
  sluice_account_recipients_per_day: {
    type: 'gauge',
    help: 'Recipients in 24 hours that the SES account allows; absent where it has no such limit.',
    labels: {},
  },
  sluice_account_sent_24h: {
    type: 'gauge',
    help: 'Recipients of the SES account within 24 hours: what SES said last, or what was counted here where that is more.',
    labels: {},
  },
  sluice_account_rate_share: {
    type: 'gauge',
    help: 'Share of the rate that is used: below 1 while SES throttles.',
    labels: {},
  },
  sluice_workers: {
    type: 'gauge',
    help: 'Workers that were heard of within half a minute, by role.',
    labels: { role: ROLES },
  },
  sluice_feedback_lag_seconds: {
    type: 'gauge',
    help: 'How late events of SES are applied; absent where nobody has read any within a minute.',
    labels: {},
  },
  sluice_queue_jobs: {
    type: 'gauge',
    help: 'Jobs in the queues, by state.',
    labels: {
      queue: ['campaigns', 'batches', 'notices'],
      state: ['wait', 'prioritized', 'delayed', 'active', 'failed'],
    },
  },
  sluice_suppressed_addresses: {
    type: 'gauge',
    help: 'Addresses on the list that counts everywhere, and on the unsubscribed lists of all senders together.',
    labels: { list: ['everywhere', 'unsubscribed'] },
  },
  sluice_worker_resident_memory_bytes: {
    type: 'gauge',
    help: 'Memory of a worker process.',
    labels: { worker: WORKERS },
  },
  sluice_worker_cpu_seconds_total: {
    type: 'counter',
    help: 'Processor time of a worker process, user and system.',
    labels: { worker: WORKERS },
  },
  sluice_worker_start_time_seconds: {
    type: 'gauge',
    help: 'When a worker process started, in seconds since 1970.',
    labels: { worker: WORKERS },
  },
  sluice_worker_heap_bytes: {
    type: 'gauge',
    help: 'Heap in use of a thread of a worker.',
    labels: { worker: WORKERS, thread: THREADS },
  },
  sluice_worker_event_loop_lag_seconds: {
    type: 'gauge',
    help: 'How late timers of a thread were at the 99th percentile, of the last seconds.',
    labels: { worker: WORKERS, thread: THREADS },
  },
  sluice_build_info: {
    type: 'gauge',
    help: '1, with the version of the server.',
    labels: { version: { most: 1 } },
  },
  sluice_scrape_duration_seconds: {
    type: 'gauge',
    help: 'How long it took to gather these figures from Redis.',
    labels: {},
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof METRICS;

/** The table, for those who look metrics up by name. */
export const METRIC_SPECS: ReadonlyMap<string, MetricSpec> = new Map(Object.entries(METRICS));

type OfType<T extends MetricSpec['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends T ? Name : never;
}[MetricName];

export type CounterName = OfType<'counter'>;
export type HistogramName = OfType<'histogram'>;
export type GaugeName = OfType<'gauge'>;

/** Any text for each label: what is not listed is counted as `other`. */
export type LabelsOf<Name extends MetricName> = Readonly<
  Record<keyof (typeof METRICS)[Name]['labels'], string>
>;
