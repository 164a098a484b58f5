import type { DmarcImport } from '../../desk/desk.ts';
import { figure, time } from './figures.ts';
import { fileField, problemWith } from './form-fields.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { badge, csrfField, panel, problemList, table } from './parts.ts';
import { dmarcImportWords } from './words/dmarc-import.ts';

/** In one form; more are sent in several. */
export const FILES_MAX = 100;
const ACCEPTED = '.xml,.gz,.zip,.eml,application/xml,application/gzip,application/zip,message/rfc822';
/** So many rows of what was taken are shown. */
const SHOWN_MAX = 200;

/** Of `/dmarc`: the form by which reports come in. */
export function importPanel(context: PageContext, problems: readonly string[] = []): Html {
  const words = dmarcImportWords[context.language];
  return panel(
    words.title,
    html`${problems.length > 0 && problemList(context, problems)}
<p class="prose muted">${words.intro}</p>
<form method="post" action="/dmarc/import" enctype="multipart/form-data" class="stack">${csrfField(context)}
${fileField({ name: 'file', label: words.file, hint: words.fileHint(figure(context, FILES_MAX)), accept: ACCEPTED, areMany: true, isRequired: true, problem: problemWith('file', problems) })}
<div class="row"><button class="main">${words.button}</button></div></form>`,
    'import',
  );
}

/** What became of each file. */
export function importResultPage(context: PageContext, done: DmarcImport): Html {
  const words = dmarcImportWords[context.language];
  const tiles: [string, number][] = [
    [words.files, done.files],
    [words.added, done.added],
    [words.already, done.already],
    [words.refused, done.refused.length],
    [words.failureReports, done.failureReports],
  ];
  return html`<section class="panel"><div role="status"><dl class="tiles">${tiles.map(
    ([label, value]) => html`<div><dt>${label}</dt><dd>${figure(context, value)}</dd></div>`,
  )}</dl></div></section>
${done.refused.length > 0 && refused(context, done)}${done.reports.length > 0 && taken(context, done)}
<p class="row"><a class="button main" href="/dmarc">${words.toReports}</a> <a class="button" href="/dmarc#import">${words.another}</a></p>`;
}

function refused(context: PageContext, { refused: rows }: DmarcImport): Html {
  const words = dmarcImportWords[context.language];
  return panel(
    words.refusedTitle,
    html`<p>${words.refusedHint}</p>
${table(
  words.refusedTitle,
  [{ label: words.name }, { label: words.why }],
  rows.map(({ file, why }) => [html`<code>${file}</code>`, html`<span lang="en">${why}</span>`]),
)}`,
  );
}

function taken(context: PageContext, { reports }: DmarcImport): Html {
  const words = dmarcImportWords[context.language];
  const shown = reports.slice(0, SHOWN_MAX);
  return panel(
    words.taken,
    html`${shown.length < reports.length && html`<p>${words.first(figure(context, shown.length), figure(context, reports.length))}</p>`}
${table(
  words.taken,
  [
    { label: words.name },
    { label: words.outcome },
    { label: words.organisation },
    { label: words.domain },
    { label: words.time },
  ],
  shown.map(({ file, isNew, organisation, domain, begin, end }) => [
    html`<code>${file}</code>`,
    isNew ? badge('good', words.isNew) : badge('plain', words.wasThere),
    organisation,
    domain,
    html`${time(context, begin)} – ${time(context, end)}`,
  ]),
)}`,
  );
}
