import { csvLine, plainCell } from '../core/csv.ts';
import type { Mailed } from '../log/report.ts';
import type { CampaignReport } from './campaign-report.ts';

/** A figure of the report: section, name, metric, value. Null is an empty cell. */
type Line = readonly [section: string, name: string | null, metric: string, value: string | number | null];

/** The report with one figure a line, for spreadsheets: the help of `sluice report` says what the sections are. */
export function reportCsv(report: CampaignReport): string {
  const lines: readonly Line[] = [
    ['campaign', report.campaign, 'name', report.name],
    ['campaign', report.campaign, 'state', report.state],
    ...funnelLines(report),
    ...domainLines(report),
    ...bounceLines(report),
    ...report.hours.flatMap(({ hour, ...counts }) => metrics('hour', hour, counts)),
    ...report.unsubscribes.map(({ way, people }): Line => ['unsubscribe', way, 'people', people]),
    ...report.resubscribes.map(({ way, people }): Line => ['resubscribe', way, 'people', people]),
    ...report.unsent.map(({ became, reason, people }): Line => [became, reason, 'people', people]),
  ];
  return [['section', 'name', 'metric', 'value'], ...lines]
    .map((cells) =>
      csvLine(cells.map((cell) => (typeof cell === 'string' ? plainCell(cell) : String(cell ?? '')))),
    )
    .join('');
}

function funnelLines({ campaign, funnel }: CampaignReport): Line[] {
  const { opened, clicked, unsubscribed, rates } = funnel;
  return [
    ...mailedLines('funnel', campaign, funnel),
    ...metrics('funnel', campaign, {
      opened,
      clicked,
      unsubscribed,
      opened_rate: rates.opened,
      clicked_rate: rates.clicked,
      unsubscribed_rate: rates.unsubscribed,
    }),
  ];
}

function domainLines({ domains, otherDomains }: CampaignReport): Line[] {
  return [
    ...domains.flatMap((each) => mailedLines('domain', each.domain, each)),
    ...(otherDomains
      ? [
          ...metrics('other_domains', null, { domains: otherDomains.domains }),
          ...mailedLines('other_domains', null, otherDomains),
        ]
      : []),
  ];
}

function bounceLines({ bounces, otherBounces }: CampaignReport): Line[] {
  return [
    ...bounces.flatMap(({ reason, smtpStatus, people, sample }) =>
      metrics('bounce', [reason, smtpStatus].filter((part) => part !== null).join(' '), { people, sample }),
    ),
    ...(otherBounces ? metrics('other_bounces', null, otherBounces) : []),
  ];
}

function mailedLines(section: string, name: string | null, mailed: Mailed): Line[] {
  const { accepted, delivered, bounced, complained, rates } = mailed;
  return metrics(section, name, {
    accepted,
    delivered,
    bounced_hard: bounced.hard,
    bounced_soft: bounced.soft,
    complained,
    delivered_rate: rates.delivered,
    bounced_hard_rate: rates.bounced.hard,
    bounced_soft_rate: rates.bounced.soft,
    complained_rate: rates.complained,
  });
}

function metrics(
  section: string,
  name: string | null,
  values: Readonly<Record<string, string | number | null>>,
): Line[] {
  return Object.entries(values).map(([metric, value]): Line => [section, name, metric, value]);
}
