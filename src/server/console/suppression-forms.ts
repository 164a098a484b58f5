import type { ImportCount } from '../../suppression/import.ts';
import { figure } from './figures.ts';
import { areaField, fileField, proposals, selectField, textField } from './form-fields.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { csrfField, panel, problemList, table } from './parts.ts';
import { suppressionWords } from './words/suppression.ts';

export interface AddFields {
  readonly addresses: string;
  readonly target: string;
  readonly sender: string;
  readonly reason: string;
}

/** `/suppression/add` */
export function addPage(
  context: PageContext,
  senders: readonly string[],
  fields: AddFields,
  problems: readonly string[],
): Html {
  const words = suppressionWords[context.language];
  return html`${problems.length > 0 && problemList(context, problems)}
<section class="panel"><form method="post" action="/suppression/add" class="stack">${csrfField(context)}
${areaField({ name: 'addresses', label: words.add.label, rows: 8, value: fields.addresses, isRequired: true })}
${targetFields(context, senders, fields, false)}
${noteField(context, fields.reason)}
<div class="row"><button class="main">${words.add.button}</button> <a class="button plain" href="/suppression">${words.import.back}</a></div>
</form></section>`;
}

export interface ImportFields {
  readonly target: string;
  readonly sender: string;
  readonly column: string;
  readonly reason: string;
}

/**
 * `/suppression/import`. The file comes last, so that what it is for is known when it begins, and that the form is ours.
 */
export function importPage(
  context: PageContext,
  senders: readonly string[],
  fields: ImportFields,
  problems: readonly string[],
): Html {
  const words = suppressionWords[context.language];
  return html`${problems.length > 0 && problemList(context, problems)}
<p class="prose">${words.import.intro}</p>
<section class="panel"><form method="post" action="/suppression/import" enctype="multipart/form-data" class="stack">${csrfField(context)}
${targetFields(context, senders, fields, true)}
${textField({ name: 'column', label: words.import.column, hint: words.import.columnHint, value: fields.column, maxLength: 200 })}
${noteField(context, fields.reason)}
${fileField({ name: 'file', label: words.import.file, hint: words.import.wait, accept: '.csv,.tsv,.txt,text/csv', isRequired: true })}
<div class="row"><button class="main">${words.import.button}</button> <a class="button plain" href="/suppression">${words.import.back}</a></div>
</form></section>`;
}

function targetFields(
  { language }: PageContext,
  senders: readonly string[],
  { target, sender }: Pick<AddFields, 'target' | 'sender'>,
  mayBeColumns: boolean,
): Html {
  const { add, import: words } = suppressionWords[language];
  return html`<div class="fields">${selectField({
    name: 'target',
    label: mayBeColumns ? words.target : add.target,
    value: target,
    options: [
      ...(mayBeColumns ? [['columns', words.columns] as const] : []),
      ['unsubscribed', add.unsubscribed],
      ['blocked', add.blocked],
      ['bounced', add.bounced],
      ['complained', add.complained],
    ],
  })}
${textField({ name: 'sender', label: add.sender, hint: add.senderHint, value: sender, keys: 'email', proposals: 'senders', maxLength: 320 })}${proposals('senders', senders)}</div>`;
}

function noteField({ language }: PageContext, value: string): Html {
  const { add } = suppressionWords[language];
  return textField({ name: 'reason', label: add.note, hint: add.noteHint, value });
}

/** What became of an import: how many rows, and which of them were no addresses. */
export function importResult(context: PageContext, { examples, ...count }: ImportCount): Html {
  const words = suppressionWords[context.language].import;
  const tiles: [string, number][] = [
    [words.read, count.read],
    [words.added, count.added],
    [words.already, count.already],
    [words.invalid, count.invalid],
  ];
  return html`<section class="panel"><div role="status"><dl class="tiles">${tiles.map(
    ([label, value]) => html`<div><dt>${label}</dt><dd>${figure(context, value)}</dd></div>`,
  )}</dl></div></section>
${count.invalid > 0 && badRows(context, examples, count.invalid)}
<p class="row"><a class="button" href="/suppression/import">${words.another}</a> <a class="button" href="/suppression">${words.back}</a></p>`;
}

function badRows(context: PageContext, examples: ImportCount['examples'], all: number): Html {
  const { import: words, problems } = suppressionWords[context.language];
  return panel(
    words.bad,
    html`<p>${words.first(figure(context, examples.length), figure(context, all))}</p>
${table(
  words.bad,
  [{ label: words.row, isFigure: true }, { label: words.written }, { label: words.problem }],
  examples.map(({ row, email, reason }) => [
    figure(context, row),
    email === '' ? html`<span class="muted">${words.empty}</span>` : html`<code>${email}</code>`,
    problems[reason],
  ]),
)}`,
  );
}
