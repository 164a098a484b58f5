import type { FailureKind } from '../../dmarc/judge-record.ts';
import type { MonthReport, Source } from '../../dmarc/month-report.ts';
import type { Verdict } from '../../dmarc/verdict.ts';
import { importPanel } from './dmarc-import-part.ts';
import { policyText, verdictText } from './dmarc-words-of.ts';
import { figure, shareOf, time } from './figures.ts';
import { textField } from './form-fields.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import { badge, emptyState, facts, notice, panel, type Tone, table } from './parts.ts';
import { dmarcWords } from './words/dmarc.ts';
import { frameWords } from './words/frame.ts';

/** What is asked for; empty: all domains, the newest month. */
export interface DmarcQuery {
  readonly domain: string;
  readonly month: string;
}

/** `/dmarc`: the reports are read after the page is there, since the names of their sources take seconds. */
export function dmarcPage(context: PageContext, query: DmarcQuery): Html {
  const words = dmarcWords[context.language];
  const path = `/dmarc/report?${new URLSearchParams({ ...query }).toString()}`;
  return html`<p class="prose">${words.intro}</p>
${filterForm(context, query)}
<div data-load="${path}"><section class="panel"><p role="status">${words.reading}</p><p><a class="button" href="${path}">${words.wait}</a></p></section></div>
${importPanel(context)}`;
}

/** `/dmarc/report` */
export function dmarcReportPage(
  context: PageContext,
  query: DmarcQuery,
  reports: readonly MonthReport[],
  problems: readonly string[],
): Html {
  return html`${filterForm(context, query)}
<div data-loaded>${reports.length === 0 ? empty(context, problems) : reports.map((report) => reportPart(context, report))}</div>
${importPanel(context)}`;
}

function filterForm({ language }: PageContext, { domain, month }: DmarcQuery): Html {
  const words = dmarcWords[language];
  return html`<form method="get" action="/dmarc" class="filter">
${textField({ name: 'domain', label: words.domain, value: domain, maxLength: 253, keys: 'url' })}
${textField({ name: 'month', label: words.month, value: month, type: 'month', maxLength: 7 })}
<button>${words.show}</button> ${month !== '' && html`<a class="button plain" href="/dmarc">${words.newest}</a>`}</form>`;
}

function empty({ language }: PageContext, problems: readonly string[]): Html {
  const words = dmarcWords[language];
  return html`<section class="panel">${emptyState(html`${words.empty}${problems.map((problem) => html`<br><span lang="en">${problem}</span>`)}`)}
<p class="prose">${words.howTo}</p><pre tabindex="0">sluice dmarc import reports/*</pre><p class="prose">${words.howToMore}</p></section>`;
}

const VERDICT_TONES: Readonly<Record<Verdict['kind'], Tone>> = {
  early: 'plain',
  hurts: 'bad',
  unclear: 'warn',
  safe: 'good',
};
const REPORTERS_SHOWN = 6;

function reportPart(context: PageContext, report: MonthReport): Html {
  const words = dmarcWords[context.language];
  return panel(
    html`${report.domain} <span class="muted">${report.month}</span>`,
    html`${verdictPart(context, report)}
${facts([
  [words.facts.messages, figure(context, report.figures.messages)],
  [words.facts.reports, figure(context, report.reports)],
  [words.facts.days, figure(context, report.days)],
  [words.facts.time, html`${time(context, report.begin)} – ${time(context, report.end)}`],
  [words.facts.policy, html`<code>${policyText(report.policy, words.notReported)}</code>`],
  [words.facts.reporters, reporters(context, report)],
])}
<div class="columns"><div>${figures(context, report)}</div><div>${chart(context, report)}</div></div>
${sources(context, report)}`,
  );
}

function verdictPart(context: PageContext, report: MonthReport): Html {
  const words = dmarcWords[context.language];
  const { kind, months } = report.verdict;
  const { colon, comma } = frameWords[context.language];
  const { sentence, next } = verdictText(context, report);
  return html`<h3>${words.verdict} ${badge(VERDICT_TONES[kind], words.verdicts[kind])}</h3>
<div class="prose"><p>${sentence}</p><p><strong>${words.next}${colon}</strong>${next}</p><p class="muted">${words.basedOn(months.join(comma))}</p></div>`;
}

function reporters(context: PageContext, { reporters: all }: MonthReport): Part {
  const named = all
    .slice(0, REPORTERS_SHOWN)
    .map(({ organisation, messages }) => `${organisation} (${figure(context, messages)})`);
  const rest = all.length - named.length;
  const more = rest > 0 ? [dmarcWords[context.language].more(figure(context, rest))] : [];
  return [...named, ...more].join(frameWords[context.language].comma);
}

const FAILURES: readonly FailureKind[] = ['known', 'forwarded', 'authenticated', 'unknown'];

function figures(
  context: PageContext,
  { figures: found, disposition, failing, overrides }: MonthReport,
): Html {
  const words = dmarcWords[context.language];
  const { messages } = found;
  const rows: [label: string, count: number][] = [
    [words.figures.pass, found.pass],
    [words.figures.dkimPass, found.dkimPass],
    [words.figures.dkimAligned, found.dkimAligned],
    [words.figures.spfPass, found.spfPass],
    [words.figures.spfAligned, found.spfAligned],
    [words.figures.fail, messages - found.pass],
    ...FAILURES.map((kind): [string, number] => [words.failing[kind], failing[kind]]),
    [words.figures.none, disposition.none + disposition.pass],
    [words.figures.quarantine, disposition.quarantine],
    [words.figures.reject, disposition.reject],
    ...Object.entries(overrides).map(([reason, count]): [string, number] => [
      words.figures.override(reason),
      count,
    ]),
  ];
  return table(
    words.figures.caption,
    [
      { label: words.figures.result },
      { label: words.figures.messages, isFigure: true },
      { label: words.figures.share, isFigure: true },
    ],
    rows.map(([label, count]) => [label, figure(context, count), shareOf(context, count, messages)]),
    { showCaption: true },
  );
}

const BARS_MAX = 12;

/** Bars of what passes and what fails, a source each; the table below has the same in figures. */
function chart(context: PageContext, { sources: all }: MonthReport): Html {
  const words = dmarcWords[context.language];
  const shown = all.slice(0, BARS_MAX);
  const most = Math.max(1, ...shown.map(({ messages }) => messages));
  const width = (messages: number) => Math.round((messages / most) * 100_000) / 100;
  return html`<figure class="bars"><figcaption>${words.chart.title}</figcaption>
<p class="legend"><span class="hidden">${words.chart.legend}${frameWords[context.language].colon}</span><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="good" width="10" height="10"></rect></svg> ${words.chart.passes} <svg viewBox="0 0 10 10" aria-hidden="true"><rect class="bad" width="10" height="10"></rect></svg> ${words.chart.fails}</p>
<dl>${shown.map(
    (source) =>
      html`<div><dt>${source.organisation ?? source.ip}</dt><dd><svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect class="good" x="0" width="${width(source.pass)}" height="10"></rect><rect class="bad" x="${width(source.pass)}" width="${width(source.messages - source.pass)}" height="10"></rect></svg><span>${words.chart.counts(figure(context, source.pass), figure(context, source.messages - source.pass))}</span></dd></div>`,
  )}</dl></figure>`;
}

function sources(context: PageContext, { sources: all, otherSources }: MonthReport): Html {
  const { sources: words, origins } = dmarcWords[context.language];
  return html`${table(
    words.caption,
    [
      { label: words.ip },
      { label: words.origin },
      { label: words.messages, isFigure: true },
      { label: words.pass, isFigure: true },
      { label: words.dkim, isFigure: true },
      { label: words.spf, isFigure: true },
      { label: words.failsAs },
      { label: words.name },
      { label: words.organisation },
    ],
    all.map((source) => [
      html`<code>${source.ip}</code>`,
      origins[source.origin],
      figure(context, source.messages),
      figure(context, source.pass),
      figure(context, source.dkimAligned),
      figure(context, source.spfAligned),
      source.messages > source.pass &&
        (source.proved ?? html`<span class="muted">${words.provesNothing}</span>`),
      nameOf(context, source),
      source.organisation,
    ]),
    { showCaption: true },
  )}
${otherSources.sources > 0 && html`<p>${words.others(figure(context, otherSources.sources), figure(context, otherSources.messages))}</p>`}
${troubles(context, all)}`;
}

function nameOf({ language }: PageContext, { name }: Source): Part {
  const { sources: words } = dmarcWords[language];
  switch (name.kind) {
    case 'confirmed':
      return name.name;
    case 'claimed':
      return html`${name.name} <small>${words.unconfirmed}</small>`;
    case 'none':
      return html`<span class="muted">${words.noName}</span>`;
    case 'unasked':
      return html`<span class="muted">${words.unasked}</span>`;
  }
}

/** Why names could not be asked for, once for each reason. */
function troubles({ language }: PageContext, all: readonly Source[]): Part {
  const reasons = new Set(all.flatMap(({ name }) => (name.kind === 'unasked' ? [name.reason] : [])));
  const { sources: words } = dmarcWords[language];
  return [...reasons].map((reason) =>
    notice('warn', html`${words.unasked}${frameWords[language].colon}<span lang="en">${reason}</span>`),
  );
}
