import type { TestReport } from '../../desk/desk.ts';
import { TEST_ADDRESSES_MAX } from '../../queue/test-sender.ts';
import { figure } from './figures.ts';
import { problemWith, textField } from './form-fields.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import { badge, csrfField, panel, problemList, type Tone, table } from './parts.ts';
import { suppressionWords } from './words/suppression.ts';
import { testSendWords } from './words/test-send.ts';

export interface TestForm {
  /** Where it is posted to. */
  readonly action: string;
  /** Hidden fields: the campaign itself, where it was not sent yet. */
  readonly more?: Part;
  readonly addresses: string;
  readonly row: string;
  readonly problems?: readonly string[] | undefined;
}

/** With script the answer comes below the form (`data-answers`), and the page stays; without it is a page of its own. */
export function testPanel(context: PageContext, form: TestForm): Html {
  const words = testSendWords[context.language];
  return panel(
    words.title,
    html`<div><p class="prose muted">${words.intro}</p>
<form method="post" action="${form.action}" class="stack" data-answers data-sending="${words.sending}" data-failed="${words.failed}">${csrfField(context)}${form.more}
<div class="fields">${textField({ name: 'addresses', label: words.addresses, hint: words.addressesHint(figure(context, TEST_ADDRESSES_MAX)), value: form.addresses, isRequired: true, maxLength: 3_000, keys: 'email', problem: problemWith('addresses', form.problems) })}
${textField({ name: 'row', label: words.row, hint: words.rowHint, value: form.row, maxLength: 10, keys: 'numeric', problem: problemWith('row', form.problems) })}</div>
<div class="row"><button>${words.button}</button></div></form>
<div data-answer role="status"></div></div>`,
    'test',
  );
}

/** What is put below the form, or stands on the page by itself. */
export function testAnswer(
  context: PageContext,
  end: TestReport | { readonly problems: readonly string[] },
): Html {
  return html`<div data-answered>${'problems' in end ? problemList(context, end.problems) : outcomes(context, end)}</div>`;
}

const TONES: Readonly<Record<TestReport['results'][number]['kind'], Tone>> = {
  accepted: 'good',
  skipped: 'warn',
  rejected: 'bad',
  in_doubt: 'warn',
  not_sent: 'bad',
};

function outcomes(context: PageContext, { row, results }: TestReport): Html {
  const words = testSendWords[context.language];
  return html`<h3>${words.result}</h3><p>${words.ofRow(figure(context, row))}</p>
${table(
  words.result,
  [{ label: words.address }, { label: words.outcome }, { label: words.detail }],
  results.map((result) => [
    html`<code>${result.address}</code>`,
    badge(TONES[result.kind], words.outcomes[result.kind]),
    detailOf(context, result),
  ]),
  { stacks: true },
)}`;
}

function detailOf({ language }: PageContext, result: TestReport['results'][number]): Part {
  switch (result.kind) {
    case 'accepted':
      return html`<code>${result.messageId}</code>`;
    case 'skipped':
      return suppressionWords[language].reasons[result.rule];
    case 'rejected':
      return html`<span lang="en">${result.code}: ${result.reason}</span>`;
    case 'in_doubt':
    case 'not_sent':
      return html`<span lang="en">${result.reason}</span>`;
  }
}
