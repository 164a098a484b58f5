import type { WarmUpView } from '../../desk/desk.ts';
import { figure, time } from './figures.ts';
import { checkField, problemWith, textField } from './form-fields.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import {
  confirmButton,
  confirmForm,
  csrfField,
  emptyState,
  facts,
  gauge,
  panel,
  problemList,
  table,
} from './parts.ts';
import type { Refused } from './tried.ts';
import { frameWords } from './words/frame.ts';
import { warmUpWords } from './words/warm-up.ts';

/** Of `/domains`: the schedules of all domains, those that are not registered as well. */
export function warmUpsPanel(context: PageContext, rows: readonly WarmUpView[]): Html {
  const words = warmUpWords[context.language];
  return panel(
    words.title,
    html`<p class="prose muted">${words.intro}</p>
${rows.length === 0 ? emptyState(words.empty) : warmUpTable(context, rows)}
<p><a class="button plain" href="${FORM_PATH}">${words.add}</a></p>`,
    'warm-up',
  );
}

/** Of `/domains/:name`. */
export function warmUpPanel(context: PageContext, domain: string, row: WarmUpView | null): Html {
  const words = warmUpWords[context.language];
  return panel(
    words.title,
    row === null
      ? html`<p>${words.none}</p><p><a class="button plain" href="${formPath(domain)}">${words.add}</a></p>`
      : html`${facts([
          [words.schedule, scheduleOf(context, row)],
          [words.day, dayOf(context, row)],
          [words.nextDay, row.today === null ? '–' : time(context, row.today.endsAt)],
          [words.ends, time(context, row.endsAt)],
          [words.by, row.by],
        ])}${usedOf(context, row)}${actionsOf(context, row)}`,
    'warm-up',
  );
}

const FORM_PATH = '/domains/warm-up';
export const REMOVE_PATH = '/domains/warm-up/remove';

function formPath(domain: string): string {
  return `${FORM_PATH}?${new URLSearchParams({ domain }).toString()}`;
}

function warmUpTable(context: PageContext, rows: readonly WarmUpView[]): Html {
  const words = warmUpWords[context.language];
  return table(
    words.title,
    [
      { label: words.domain },
      { label: words.day },
      { label: words.today },
      { label: words.schedule },
      { label: words.ends },
      { label: words.actions },
    ],
    rows.map((row) => [
      row.domain,
      dayOf(context, row),
      usedOf(context, row),
      html`${scheduleOf(context, row)}<small>${words.by}${frameWords[context.language].colon}${row.by}</small>`,
      time(context, row.endsAt),
      actionsOf(context, row),
    ]),
    { stacks: true },
  );
}

function scheduleOf(context: PageContext, { start, factor, days }: WarmUpView): string {
  const { scheduled } = warmUpWords[context.language];
  return scheduled(figure(context, start), figure(context, factor, 3), figure(context, days));
}

function dayOf(context: PageContext, { today, days }: WarmUpView): string {
  const words = warmUpWords[context.language];
  return today === null ? words.over : words.dayOf(figure(context, today.day + 1), figure(context, days));
}

function usedOf(context: PageContext, { today }: WarmUpView): Part {
  const words = warmUpWords[context.language];
  if (today === null) return words.noLimit;
  const text = words.used(figure(context, today.used), figure(context, today.allowance));
  return gauge(words.today, today.used / today.allowance, text);
}

function actionsOf({ language }: PageContext, { domain }: WarmUpView): Html {
  const words = warmUpWords[language];
  return html`<div class="row"><a class="button plain" href="${formPath(domain)}">${words.change}<span class="hidden"> ${domain}</span></a> ${confirmButton({ href: REMOVE_PATH, query: { domain }, label: words.end, about: domain, look: 'danger' })}</div>`;
}

/** The form as it was filled in. */
export interface WarmUpFields {
  readonly domain: string;
  readonly start: string;
  readonly factor: string;
  readonly days: string;
  readonly again: boolean;
}

/** `/domains/warm-up` */
export function warmUpForm(context: PageContext, fields: WarmUpFields, refused?: Refused): Html {
  const words = warmUpWords[context.language];
  const frame = frameWords[context.language];
  const wrong = (name: string) => problemWith(name, refused?.problems);
  return html`${refused !== undefined && problemList(context, refused.problems)}
<p class="prose">${words.intro}</p>
<section class="panel"><form method="post" action="${FORM_PATH}" class="stack">${csrfField(context)}
${textField({ name: 'domain', problem: wrong('domain'), label: words.domain, hint: words.domainHint, value: fields.domain, isRequired: true, maxLength: 253, keys: 'url' })}
<div class="fields">
${textField({ name: 'start', problem: wrong('start'), label: words.start, hint: words.startHint, value: fields.start, isRequired: true, maxLength: 12, keys: 'numeric' })}
${textField({ name: 'factor', problem: wrong('factor'), label: words.factor, hint: words.factorHint, value: fields.factor, isRequired: true, maxLength: 8, keys: 'decimal' })}
${textField({ name: 'days', problem: wrong('days'), label: words.days, hint: words.daysHint, value: fields.days, isRequired: true, maxLength: 3, keys: 'numeric' })}
</div>
${checkField({ name: 'again', label: words.again, isOn: fields.again })}
<p class="muted">${words.now}</p>
<div class="row"><button class="main">${words.submit}</button> <a class="button plain" href="/domains">${frame.goBack}</a></div>
</form></section>`;
}

/** `/domains/warm-up/remove` */
export function endQuestion(context: PageContext, domain: string, reason: string, refused?: Refused): Html {
  const { remove: words } = warmUpWords[context.language];
  return confirmForm(context, {
    title: words.title(domain),
    body: words.body,
    action: REMOVE_PATH,
    label: words.confirm,
    look: 'danger',
    reason: 'optional',
    reasonText: reason,
    fields: html`<input type="hidden" name="domain" value="${domain}">`,
    back: '/domains',
    problems: refused?.problems,
  });
}
