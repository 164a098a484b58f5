import { nearMiss } from '../config/near-miss.ts';
import { figure } from '../core/figures.ts';
import { GUARD_RULES } from '../guard/rules.ts';
import type { CheckFindings, CheckVariable } from './check-findings.ts';
import { type CheckGuard, verdictText } from './check-guard.ts';
import { type CheckQuota, quotaWarnings } from './check-quota.ts';
import { spamText } from './guard-spam.ts';

/** Something that does not keep a campaign from being sent, and should be known before it is. */
export interface CheckWarning {
  /** Stable. */
  readonly code:
    | 'ID_USED'
    | 'PROJECT_UNKNOWN'
    | 'NOBODY'
    | 'LIST_CHANGED'
    | 'VARIABLE_UNKNOWN'
    | 'HTML_CLIPPED'
    | 'TEXT_MADE'
    | 'TEXT_MISSING'
    | 'LINK_EMPTY'
    | 'NO_ONE_CLICK'
    | 'UNSUBSCRIBED_INCLUDED'
    | 'QUOTA'
    | 'GUARD_NEAR'
    | 'CONFIGURATION';
  /** Plain English: what, and what to do. */
  readonly message: string;
}

/** Gmail shows no more of a mail than this and a link to the rest, and counts no opens of it. */
const CLIPPED_BYTES = 102 * 1024;

export function warningsOf(
  findings: CheckFindings,
  quota: readonly CheckQuota[],
  guard: CheckGuard,
): CheckWarning[] {
  return [
    ...projectWarnings(findings),
    ...audienceWarnings(findings),
    ...mailWarnings(findings),
    ...quotaWarnings(quota),
    ...guardWarnings(findings, guard),
    ...settingWarnings(findings),
  ];
}

/** Whoever names no project means `default`, which need not be set up. */
function projectWarnings({ campaign: { project }, projects }: CheckFindings): CheckWarning[] {
  const names = projects.map(({ name }) => name);
  if (project === 'default' || names.includes(project)) return [];
  const meant = nearMiss(project, names);
  const hint = meant === null ? '' : ` (did you mean "${meant}"?)`;
  return [
    {
      code: 'PROJECT_UNKNOWN',
      message: `the project "${project}" was not set up${hint}: no limits of its own apply until \`sluice project set ${project}\``,
    },
  ];
}

function audienceWarnings({ campaign, preflight, standing }: CheckFindings): CheckWarning[] {
  const warnings: CheckWarning[] = [];
  if (standing === 'different') {
    warnings.push({
      code: 'ID_USED',
      message: `the id "${campaign.id}" was used before, with other content: \`send\` refuses it, so choose another`,
    });
  }
  if (preflight.hasChanged) {
    warnings.push({
      code: 'LIST_CHANGED',
      message: 'the list was changed while it was read, so these figures are of two lists: check again',
    });
  }
  if (preflight.counts?.sendable === 0) {
    warnings.push({ code: 'NOBODY', message: 'nobody is left to send to' });
  }
  if (campaign.override) {
    warnings.push({
      code: 'UNSUBSCRIBED_INCLUDED',
      message: 'it goes to people who unsubscribed as well: "sendToUnsubscribed" is true',
    });
  }
  return warnings;
}

function mailWarnings({ mailing, preflight, mail }: CheckFindings): CheckWarning[] {
  const warnings: CheckWarning[] = preflight.variables
    .filter(({ inList }) => !inList && preflight.counts?.read !== 0)
    .map((variable) => ({ code: 'VARIABLE_UNKNOWN', message: unknownVariable(variable) }));
  const { unsubscribe } = mailing;
  if (unsubscribe.kind === 'none' && mailing.mail.variables.has('unsubscribeUrl')) {
    warnings.push({
      code: 'LINK_EMPTY',
      message: '{{unsubscribeUrl}} is empty in transactional mail, which has no such link',
    });
  }
  if (unsubscribe.kind === 'own' && !unsubscribe.oneClick) {
    warnings.push({
      code: 'NO_ONE_CLICK',
      message:
        'the unsubscribe URL of the sender profile does not take one click: Gmail and Yahoo want it of whoever sends them 5,000 mails a day',
    });
  }
  const htmlBytes = Math.max(0, ...preflight.samples.map((sample) => sample.htmlBytes ?? 0));
  if (htmlBytes > CLIPPED_BYTES) {
    warnings.push({
      code: 'HTML_CLIPPED',
      message: `the html of a sample has ${figure(Math.ceil(htmlBytes / 1024))} KB: Gmail cuts a mail off at 102 KB${unsubscribe.kind === 'none' ? '' : ', with the link to unsubscribe where that is at its end'}`,
    });
  }
  if (mail.text === 'made') {
    warnings.push({
      code: 'TEXT_MADE',
      message: 'there is no text part, so it is made from the html: look at it in the samples',
    });
  }
  if (mail.text === 'none') {
    warnings.push({
      code: 'TEXT_MISSING',
      message: 'there is no text part, and the html has no words to make one from: write content.text',
    });
  }
  return warnings;
}

function unknownVariable({ name, suggestion }: CheckVariable): string {
  const hint = suggestion === null ? '' : ` (did you mean {{${suggestion}}}?)`;
  return `the mail reads {{${name}}}, and no row of the list has it${hint}: it will be empty for everybody`;
}

function guardWarnings({ spamRate }: CheckFindings, guard: CheckGuard): CheckWarning[] {
  const said = guard.near.map(
    (verdict) => `${verdictText(verdict, guard)}: beyond it the campaign will be held`,
  );
  const { spamRate: limit, spamWarnRate } = GUARD_RULES;
  if (spamRate !== null && spamRate.rate >= spamWarnRate && spamRate.rate < limit)
    said.push(spamText(spamRate));
  return said.map((message) => ({ code: 'GUARD_NEAR', message }));
}

function settingWarnings({ mailing, marketing }: CheckFindings): CheckWarning[] {
  if (mailing.unsubscribe.kind !== 'sluice' || marketing.kind !== 'unknown') return [];
  return [
    {
      code: 'CONFIGURATION',
      message:
        'no worker is running, and the settings here lack SLUICE_PUBLIC_URL or SLUICE_SECRET: marketing mail is held where the workers lack them too',
    },
  ];
}
