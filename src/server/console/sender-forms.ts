import { GUARD_RULES } from '../../guard/rules.ts';
import type { Profile } from '../../identity/profile.ts';
import { DOMAIN_RULES, type Project } from '../../identity/project.ts';
import { percent } from './figures.ts';
import { areaField, checkField, selectField, textField } from './form-fields.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { csrfField, notice, problemList } from './parts.ts';
import { frameWords } from './words/frame.ts';
import { senderWords } from './words/senders.ts';

/** A profile as it stands in its form. */
export interface ProfileFields {
  readonly name: string;
  readonly from: string;
  /** An address a line. */
  readonly replyTo: string;
  readonly way: string;
  readonly url: string;
  readonly oneClick: boolean;
  readonly reason: string;
}

export const NEW_PROFILE: ProfileFields = {
  name: '',
  from: '',
  replyTo: '',
  way: 'sluice',
  url: '',
  oneClick: true,
  reason: '',
};

export function profileFields({ name, from, replyTo, unsubscribe, oneClick }: Profile): ProfileFields {
  const isWay = unsubscribe === 'sluice' || unsubscribe === 'none';
  return {
    name,
    from,
    replyTo: replyTo.join('\n'),
    way: isWay ? unsubscribe : 'url',
    url: isWay ? '' : unsubscribe,
    // The box is about an own URL, of which most take it.
    oneClick: isWay || oneClick,
    reason: '',
  };
}

/** What the desk is given (`queue/profile-form.ts`). Whether there is one click follows from the way, but for an own URL. */
export function profileInput({
  name,
  from,
  replyTo,
  way,
  url,
  oneClick,
}: ProfileFields): Omit<Profile, never> {
  const lines = replyTo
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return {
    name: name.trim(),
    from: from.trim(),
    replyTo: lines,
    unsubscribe: way === 'url' ? url.trim() : way,
    oneClick: way === 'url' ? oneClick : way === 'sluice',
  };
}

/** @param isKnown a profile that is there keeps its name */
export function profilePage(
  context: PageContext,
  fields: ProfileFields,
  isKnown: boolean,
  problems: readonly string[],
): Html {
  const { profiles: words } = senderWords[context.language];
  return form(
    context,
    '/senders/profiles',
    problems,
    fields.reason,
    false,
    html`<div class="fields">
${textField({ name: 'name', label: words.name, hint: words.nameHint, value: fields.name, isRequired: true, maxLength: 64, isFixed: isKnown })}
${textField({ name: 'from', label: words.from, hint: words.fromHint, value: fields.from, isRequired: true })}
</div>
${areaField({ name: 'replyTo', label: words.replyTo, hint: words.replyHint, value: fields.replyTo, rows: 2 })}
${selectField({
  name: 'way',
  label: words.way,
  value: fields.way,
  options: [
    ['sluice', words.waySluice],
    ['url', words.wayUrl],
    ['none', words.wayNone],
  ],
})}
${textField({ name: 'url', label: words.url, hint: words.urlHint, value: fields.url, keys: 'url', maxLength: 2_000 })}
${checkField({ name: 'oneClick', label: words.oneClick, isOn: fields.oneClick })}`,
  );
}

/** A project as it stands in its form: rates in percent, blank for what it has not. */
export interface ProjectFields {
  readonly name: string;
  readonly perSecond: string;
  readonly perDay: string;
  readonly perMonth: string;
  readonly bouncePercent: string;
  readonly complaintPercent: string;
  readonly organisation: string;
  readonly domainRules: string;
  readonly reason: string;
}

export const NEW_PROJECT: ProjectFields = {
  name: '',
  perSecond: '',
  perDay: '',
  perMonth: '',
  bouncePercent: '',
  complaintPercent: '',
  organisation: '',
  domainRules: '',
  reason: '',
};

export function projectFields(project: Project): ProjectFields {
  const text = (value: number | null) => (value === null ? '' : String(value));
  const inPercent = (share: number | null) =>
    share === null ? '' : String(Number((share * 100).toPrecision(12)));
  return {
    name: project.name,
    perSecond: text(project.perSecond),
    perDay: text(project.perDay),
    perMonth: text(project.perMonth),
    bouncePercent: inPercent(project.bounceRate),
    complaintPercent: inPercent(project.complaintRate),
    organisation: project.organisation ?? '',
    domainRules: project.domainRules ?? '',
    reason: '',
  };
}

export function projectPage(
  context: PageContext,
  fields: ProjectFields,
  isKnown: boolean,
  problems: readonly string[],
): Html {
  const { projects: words } = senderWords[context.language];
  const usual = (rate: number) => words.blankRate(percent(context, rate));
  return form(
    context,
    '/senders/projects',
    problems,
    fields.reason,
    true,
    html`<div class="fields">
${textField({ name: 'name', label: words.name, hint: words.nameHint, value: fields.name, isRequired: true, maxLength: 64, isFixed: isKnown })}
${textField({ name: 'organisation', label: words.organisationLabel, hint: words.organisationHint, value: fields.organisation, maxLength: 200 })}
</div><div class="fields">
${textField({ name: 'perSecond', label: words.perSecondLabel, hint: words.blank, value: fields.perSecond, keys: 'decimal', maxLength: 20 })}
${textField({ name: 'perDay', label: words.perDayLabel, hint: words.blank, value: fields.perDay, keys: 'numeric', maxLength: 20 })}
${textField({ name: 'perMonth', label: words.perMonthLabel, hint: words.blank, value: fields.perMonth, keys: 'numeric', maxLength: 20 })}
</div><div class="fields">
${textField({ name: 'bouncePercent', label: words.bounceLabel, hint: usual(GUARD_RULES.bounceRate), value: fields.bouncePercent, keys: 'decimal', maxLength: 20 })}
${textField({ name: 'complaintPercent', label: words.complaintLabel, hint: usual(GUARD_RULES.complaintRate), value: fields.complaintPercent, keys: 'decimal', maxLength: 20 })}
</div>
${notice('warn', words.guardWarning)}
${selectField({
  name: 'domainRules',
  label: words.rulesLabel,
  value: fields.domainRules === '' ? 'all' : fields.domainRules,
  options: DOMAIN_RULES.map((rule) => [rule, words.rules[rule]] as const),
})}`,
  );
}

/** A form whose change is written into the log, with who and why. */
function form(
  context: PageContext,
  action: string,
  problems: readonly string[],
  reason: string,
  needsReason: boolean,
  fields: Html,
): Html {
  const frame = frameWords[context.language];
  const { profiles: words } = senderWords[context.language];
  return html`${problems.length > 0 && problemList(context, problems)}
<section class="panel"><form method="post" action="${action}" class="stack">${csrfField(context)}
${fields}
${textField({
  name: 'reason',
  label: needsReason ? frame.reason : html`${frame.reason} <span class="muted">(${frame.optional})</span>`,
  hint: frame.reasonHint,
  value: reason,
  isRequired: needsReason,
})}
<div class="row"><button class="main">${words.save}</button> <a class="button plain" href="/senders">${frame.goBack}</a></div>
</form></section>`;
}
