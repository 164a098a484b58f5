import { figure, percent } from '../core/figures.ts';
import { visible } from '../core/text-width.ts';
import type { CampaignReport } from '../desk/campaign-report.ts';
import type { LogReport, Mailed, Way } from '../log/report.ts';
import { textTable } from './table.ts';

/** Most windows have as many. */
const COLUMNS_MAX = 100;
/** Two days tell how a campaign went; who opens it weeks later is counted in one line. */
const HOURS_SHOWN = 48;

/** For people: the funnel, and below it a table for each question that has an answer. */
export function reportText(report: CampaignReport): string {
  const { campaign, name, state } = report;
  const called = name === null || name === campaign ? '' : `  ${visible(name)}`;
  return [
    `${campaign}${called}${state === null ? '' : ` (${state})`}`,
    funnelTable(report),
    ...titled('by receiving domain', domainTable(report)),
    ...titled('by reason of the bounce', bounceTable(report)),
    ...titled('by hour (UTC), each person when it happened first', hourTable(report)),
    ...titled('unsubscribed, and subscribed again', wayTable(report)),
    ...titled('got no mail', unsentTable(report)),
  ].join('\n');
}

/** What is empty has no title either. */
function titled(title: string, body: string | null): string[] {
  return body === null ? [] : ['', title, body];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string | null {
  if (rows.length === 0) return null;
  return textTable(columns, rows, { columnsMax: COLUMNS_MAX - INDENT.length }).replaceAll(/^/gm, INDENT);
}

const INDENT = '  ';

function funnelTable({ funnel }: LogReport): string {
  const { accepted, delivered, bounced, complained, opened, clicked, unsubscribed, rates } = funnel;
  const rows: [string, number, number | null, string][] = [
    ['accepted by SES', accepted, null, ''],
    ['delivered', delivered, rates.delivered, 'of accepted'],
    ['bounced: for good', bounced.hard, rates.bounced.hard, 'of accepted'],
    ['bounced: for now', bounced.soft, rates.bounced.soft, 'of accepted'],
    ['complained', complained, rates.complained, 'of accepted'],
    ['opened', opened, rates.opened, 'of delivered'],
    ['clicked', clicked, rates.clicked, 'of delivered'],
    ['unsubscribed', unsubscribed, rates.unsubscribed, 'of delivered'],
  ];
  return (
    table(
      ['', 'people', '', ''],
      rows.map(([label, count, rate, whole]) => [
        label,
        figure(count),
        rate === null ? '' : percent(rate),
        rate === null ? '' : whole,
      ]),
    ) ?? ''
  );
}

function domainTable({ domains, otherDomains }: LogReport): string | null {
  const others = otherDomains ? [domainCells(`(${figure(otherDomains.domains)} others)`, otherDomains)] : [];
  return table(
    ['domain', 'accepted', 'delivered', '%', 'hard', '%', 'soft', '%', 'complained', '%'],
    [...domains.map((each) => domainCells(each.domain ?? '(none)', each)), ...others],
  );
}

function domainCells(name: string, { accepted, delivered, bounced, complained, rates }: Mailed): string[] {
  return [
    name,
    figure(accepted),
    figure(delivered),
    bare(rates.delivered),
    figure(bounced.hard),
    bare(rates.bounced.hard),
    figure(bounced.soft),
    bare(rates.bounced.soft),
    figure(complained),
    bare(rates.complained),
  ];
}

/** Percent below a heading that says so, so that figures stand below each other. */
function bare(rate: number | null): string {
  return rate === null ? '' : percent(rate).replace(' %', '');
}

function bounceTable({ bounces, otherBounces }: LogReport): string | null {
  return table(
    ['reason', 'status', 'people', 'one of the diagnostics'],
    [
      ...bounces.map(({ reason, smtpStatus, people, sample }) => [
        reason ?? '(none)',
        smtpStatus ?? '-',
        figure(people),
        sample ?? '',
      ]),
      ...(otherBounces
        ? [[`(${figure(otherBounces.reasons)} others)`, '-', figure(otherBounces.people), '']]
        : []),
    ],
  );
}

function hourTable({ hours }: LogReport): string | null {
  const cells = (label: string, some: LogReport['hours']) => {
    const sum = (of: (hour: LogReport['hours'][number]) => number) =>
      figure(some.reduce((total, hour) => total + of(hour), 0));
    return [
      label,
      sum((hour) => hour.accepted),
      sum((hour) => hour.delivered),
      sum((hour) => hour.opened),
      sum((hour) => hour.clicked),
      sum((hour) => hour.bounced),
      sum((hour) => hour.unsubscribed),
    ];
  };
  const later = hours.slice(HOURS_SHOWN);
  return table(
    ['hour', 'accepted', 'delivered', 'opened', 'clicked', 'bounced', 'unsubscribed'],
    [
      ...hours.slice(0, HOURS_SHOWN).map((hour) => cells(hour.hour.slice(0, 16).replace('T', ' '), [hour])),
      ...(later.length > 0 ? [cells('later', later)] : []),
    ],
  );
}

function wayTable({ unsubscribes, resubscribes }: LogReport): string | null {
  const cells = (what: string) => (each: Way) => [what, each.way ?? '(not told)', figure(each.people)];
  return table(
    ['', 'way', 'people'],
    [...unsubscribes.map(cells('unsubscribed')), ...resubscribes.map(cells('subscribed again'))],
  );
}

function unsentTable({ unsent }: LogReport): string | null {
  return table(
    ['', 'reason', 'people'],
    unsent.map(({ became, reason, people }) => [became, reason ?? '', figure(people)]),
  );
}
