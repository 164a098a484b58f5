import { domainPath } from './domain-pages.ts';
import { checkField, textField } from './form-fields.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { confirmForm, csrfField, problemList } from './parts.ts';
import type { Refused } from './tried.ts';
import { domainWords } from './words/domains.ts';
import { frameWords } from './words/frame.ts';

export interface DomainFields {
  readonly name: string;
  readonly organisation: string;
  readonly mailFrom: string;
  readonly reason: string;
}

/** `/domains/add` */
export function addDomainPage(context: PageContext, fields: DomainFields, refused?: Refused): Html {
  const words = domainWords[context.language];
  const frame = frameWords[context.language];
  return html`${refused !== undefined && problemList(context, refused.problems)}
<p class="prose">${words.add.intro}</p>
<section class="panel"><form method="post" action="/domains/add" class="stack">${csrfField(context)}
${textField({ name: 'name', label: words.add.name, hint: words.add.nameHint, value: fields.name, isRequired: true, maxLength: 253, keys: 'url' })}
<div class="fields">
${textField({ name: 'mailFrom', label: words.add.mailFrom, hint: words.add.mailFromHint, value: fields.mailFrom, maxLength: 253 })}
${textField({ name: 'organisation', label: words.organisation, hint: words.add.organisationHint, value: fields.organisation, maxLength: 200 })}
</div>
${textField({ name: 'reason', label: html`${frame.reason} <span class="muted">(${frame.optional})</span>`, hint: frame.reasonHint, value: fields.reason })}
<div class="row"><button class="main">${words.add.submit}</button> <a class="button plain" href="/domains">${frame.goBack}</a></div>
</form></section>`;
}

/** `/domains/:name/move` */
export function moveQuestion(
  context: PageContext,
  { name, primary }: { readonly name: string; readonly primary: string },
  written: { readonly organisation: string; readonly reason: string },
  refused?: Refused,
): Html {
  const { move: words } = domainWords[context.language];
  return confirmForm(context, {
    title: words.title(name),
    body: words.body(primary),
    action: `${domainPath(name)}/move`,
    label: words.confirm,
    reason: 'required',
    reasonText: written.reason,
    fields: textField({
      name: 'organisation',
      label: words.organisation,
      value: written.organisation,
      isRequired: true,
      maxLength: 200,
    }),
    back: domainPath(name),
    problems: refused?.problems,
  });
}

/** `/domains/:name/remove` */
export function removeQuestion(
  context: PageContext,
  name: string,
  written: { readonly keep: boolean; readonly reason: string },
  refused?: Refused,
): Html {
  const { remove: words } = domainWords[context.language];
  return confirmForm(context, {
    title: words.title(name),
    body: words.body,
    action: `${domainPath(name)}/remove`,
    label: words.confirm,
    look: 'danger',
    reason: 'required',
    reasonText: written.reason,
    fields: checkField({ name: 'keep', label: words.keep, isOn: written.keep }),
    back: domainPath(name),
    problems: refused?.problems,
  });
}
