import type { LogRow } from '../log/event.ts';

/** What is worth waking somebody for, or telling a chat. */
export type NoticeType = 'campaign.finished' | 'campaign.failed' | 'campaign.held' | 'guard.warning';

/** What a webhook gets as its body. `text` by itself is what Slack and its like show. */
export interface Notice {
  readonly type: NoticeType;
  /** When it happened: ISO 8601 in UTC. */
  readonly timestamp: string;
  /** One sentence, and what to do where something is to be done. */
  readonly text: string;
  readonly data: {
    readonly campaign: string | null;
    readonly project: string | null;
    /** The log row's own detail: counts of a campaign that finished, code and reason of a hold. */
    readonly detail: Readonly<Record<string, unknown>>;
  };
}

/** The notice that a log row gives rise to; null for nearly all rows. */
export function noticeOf(row: LogRow): Notice | null {
  const detail = row.detail ?? {};
  const type = typeOf(row);
  if (type === null) return null;
  return {
    type,
    timestamp: row.event_time,
    text: textOf(type, row.campaign_id ?? '', detail),
    data: { campaign: row.campaign_id, project: row.project, detail },
  };
}

function typeOf({ event_type: type }: LogRow): NoticeType | null {
  switch (type) {
    case 'campaign_finished':
      return 'campaign.finished';
    case 'campaign_failed':
      return 'campaign.failed';
    case 'campaign_held':
      return 'campaign.held';
    case 'campaign_guard_warning':
      return 'guard.warning';
    default:
      return null;
  }
}

function textOf(type: NoticeType, campaign: string, detail: Readonly<Record<string, unknown>>): string {
  const reason = typeof detail['reason'] === 'string' ? detail['reason'] : 'no reason is on record';
  switch (type) {
    case 'campaign.finished':
      return `Campaign ${campaign} has finished: ${countsText(detail['counts'])}.`;
    case 'campaign.failed':
      return `Campaign ${campaign} has failed: ${reason}. What was not sent yet is cancelled.`;
    case 'campaign.held': {
      return `Campaign ${campaign} is held: ${reason}. ${wayOn(campaign, detail)}`;
    }
    case 'guard.warning':
      return `Campaign ${campaign} comes near a limit: ${reason}. Beyond it, it is held.`;
  }
}

function wayOn(campaign: string, detail: Readonly<Record<string, unknown>>): string {
  if (typeof detail['until'] === 'number') return 'It goes on by itself.';
  if (detail['code'] !== 'GUARD' && detail['code'] !== 'CANARY')
    return `When that is mended: sluice resume ${campaign}`;
  return `To go on all the same: sluice resume ${campaign} --override --reason TEXT`;
}

/** The receipt's figures that are not zero, in its order. */
function countsText(counts: unknown): string {
  if (typeof counts !== 'object' || counts === null) return 'no figures are on record';
  const figures = Object.entries(counts).filter(([, count]) => typeof count === 'number' && count > 0);
  return (
    figures.map(([name, count]) => `${name.replace(':', ' ')} ${count}`).join(', ') ||
    'nobody was on its list'
  );
}
