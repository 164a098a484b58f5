import type { CheckReport } from '../../desk/check-report.ts';
import { duration, figure, perSecond, time } from './figures.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import { csrfField, facts, notice, panel, table } from './parts.ts';
import { testPanel } from './test-send-part.ts';
import { campaignField, TEST_PATH } from './test-send-routes.ts';
import { bucketWords } from './words/buckets.ts';
import { campaignWords } from './words/campaign.ts';
import { frameWords } from './words/frame.ts';
import { newCampaignWords } from './words/new-campaign.ts';

/** @param input the campaign as it was checked, which is what is sent */
export function checkView(context: PageContext, report: CheckReport, input: unknown): Html {
  const words = newCampaignWords[context.language];
  const { warnings, content } = report;
  const advice = content.map(({ message }) => html`<li>${message}</li>`);
  const json = JSON.stringify(input);
  return html`${sendPanel(context, report, input)}
${report.samples.length > 0 && testPanel(context, { action: TEST_PATH, more: campaignField(json), addresses: '', row: '' })}
${report.counts !== null && panel(words.counts, countsTable(context, report))}
${panel(words.warnings, warnings.length === 0 ? html`<p>${words.noWarnings}</p>` : html`<ul lang="en">${warnings.map(({ message }) => html`<li>${message}</li>`)}</ul>`)}
${advice.length > 0 && panel(words.advice, html`<ul lang="en">${advice}</ul>`)}
${report.quota.length > 0 && panel(words.quotaTitle, quotaBody(context, report))}
${report.samples.slice(0, 1).map((sample) => samplePanel(context, sample))}`;
}

function sendPanel(context: PageContext, report: CheckReport, input: unknown): Html {
  const words = newCampaignWords[context.language];
  const { blockers, counts, name, sender, sendAt, canary } = report;
  const begins = sendAt === null ? words.atOnce : html`${words.scheduled} ${time(context, sendAt)}.`;
  const about = html`<p>${words.sendBody(name, sender)} ${begins} ${takesText(context, report)}</p>
${canary !== null && html`<p>${words.canaryNote(figure(context, canary.recipients), duration(context, canary.waitMs))}</p>`}`;
  if (blockers.length > 0)
    return notice(
      'bad',
      html`<strong>${words.blockers}</strong><ul lang="en">${blockers.map(({ message }) => html`<li>${message}</li>`)}</ul>`,
    );
  const people = counts === null ? null : figure(context, counts.sendable);
  return panel(
    people === null ? words.sendUnknown : words.sendTitle(people),
    html`${about}<form method="post" action="/new-campaign/send">${csrfField(context)}
<input type="hidden" name="json" value="${JSON.stringify(input)}">
<div class="row"><button class="main">${people === null ? words.sendButtonUnknown : words.sendButton(people)}</button> <a class="button plain" href="#campaign">${words.change}</a></div></form>`,
    'send',
  );
}

function takesText(context: PageContext, { rate, durationMs }: CheckReport): string {
  const words = newCampaignWords[context.language];
  return rate.perSecond === null || durationMs === null
    ? words.takesUnknown
    : words.takes(duration(context, durationMs), perSecond(context, rate.perSecond));
}

function countsTable(context: PageContext, { counts, invalid }: CheckReport): Html | null {
  if (counts === null) return null;
  const { bucket, people, meaning } = campaignWords[context.language];
  const words = newCampaignWords[context.language];
  const buckets = bucketWords[context.language];
  const { skipped } = counts;
  const row = ([label, means]: readonly [string, string], count: number): Part[] => [
    label,
    figure(context, count),
    html`<span class="muted">${means}</span>`,
  ];
  const rows = [
    row(buckets.read, counts.read),
    row(buckets.duplicate, counts.duplicate),
    row(buckets.invalid, counts.invalid),
    row(buckets.unsubscribed, skipped.unsubscribed),
    row(buckets.bounced, skipped.bounced),
    row(buckets.complained, skipped.complained),
    row(buckets.blocked, skipped.blocked),
    [
      html`<strong>${words.sendable}</strong>`,
      html`<strong>${figure(context, counts.sendable)}</strong>`,
      html`<span class="muted">${words.sendableMeaning}</span>`,
    ],
  ];
  const wrong = invalid.map(({ meaning: why, rows: count, examples }) => [
    html`<span lang="en">${why}</span>`,
    figure(context, count),
    examples.map(({ seq, value }) => `${figure(context, seq)}: “${value}”`).join(', '),
  ]);
  return html`${table(words.counts, [{ label: bucket }, { label: people, isFigure: true }, { label: meaning }], rows)}${
    wrong.length > 0 &&
    table(
      words.invalid,
      [
        { label: campaignWords[context.language].reasonColumn },
        { label: words.rows, isFigure: true },
        { label: words.example },
      ],
      wrong,
      { showCaption: true },
    )
  }`;
}

function quotaBody(context: PageContext, { quota }: CheckReport): Html {
  const words = newCampaignWords[context.language];
  return html`${facts(
    quota.map(({ whose, period, limit, used, takes }): [string, Part] => [
      `${words.quotas[whose]}, ${words.periods[period]}`,
      html`${words.quota(figure(context, used), figure(context, limit))}${takes !== null && html`<br>${words.takesOf}${frameWords[context.language].colon}${figure(context, takes)}`}`,
    ]),
  )}${quota.some(({ fits }) => fits === false) && notice('warn', words.notFit)}`;
}

function samplePanel(context: PageContext, sample: CheckReport['samples'][number]): Html {
  const words = newCampaignWords[context.language];
  const { detail, previewText } = campaignWords[context.language];
  return panel(
    words.sample(figure(context, sample.seq), sample.recipient),
    html`${facts([[detail.subject, sample.subject]])}${
      sample.html !== null &&
      html`<form method="post" action="/new-campaign/mail" target="sample">${csrfField(context)}<input type="hidden" name="html" value="${sample.html}"><button>${words.showHtml}</button></form>
<iframe class="mail" name="sample" sandbox title="${words.sampleFrame}"></iframe>`
    }${sample.text !== null && html`<h3>${previewText}</h3><pre tabindex="0">${sample.text}</pre>`}`,
  );
}
