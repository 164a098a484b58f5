import { z } from 'zod';
import { InputFault } from '../../core/fault.ts';
import type { StoredList } from '../../desk/desk.ts';
import { DOUBT_POLICIES } from '../../queue/campaign.ts';
import { zonedIso } from './zoned-time.ts';

const text = z.string().catch('');

/** The form of a new campaign as it was filled in: all of it is text, and what is empty was left out. */
export const CampaignFields = z.object({
  id: text,
  name: text,
  project: text,
  category: z.enum(['marketing', 'transactional']).catch('marketing'),
  profile: text,
  from: text,
  replyTo: text,
  subject: text,
  html: text,
  text,
  list: text,
  recipients: text,
  column: text,
  sendAt: text,
  zone: text,
  perSecond: text,
  bounceRate: text,
  complaintRate: text,
  canary: text,
  doubt: z.enum(DOUBT_POLICIES).catch('auto'),
  /** In place of all others. */
  json: text,
});

export type CampaignForm = z.output<typeof CampaignFields>;

/**
 * The campaign that a form describes, as `CampaignDesk.check` and `submit` take it. Only what the form itself can be wrong in is judged here.
 *
 * @param lists those that were uploaded
 * @throws InputFault with a line for each field
 */
export function campaignInput(fields: CampaignForm, lists: readonly StoredList[], notJson: string): unknown {
  if (fields.json.trim() !== '') return parsedJson(fields.json, notJson);
  const problems: string[] = [];
  const number = (name: 'perSecond' | 'bounceRate' | 'complaintRate' | 'canary', share: 1 | 100) => {
    const written = fields[name].trim();
    if (written === '') return undefined;
    const value = Number(written);
    if (!Number.isFinite(value)) problems.push(`${name}: must be a number, and is "${written}"`);
    // A hundredth of 0.1 would be 0.001 and a bit.
    return Number((value / share).toPrecision(12));
  };
  const sendAt = fields.sendAt === '' ? undefined : zonedIso(fields.sendAt, fields.zone);
  if (sendAt === null) problems.push(`sendAt: "${fields.sendAt}" is no time in the zone "${fields.zone}"`);
  const limits = given({
    perSecond: number('perSecond', 1),
    bounceRate: number('bounceRate', 100),
    complaintRate: number('complaintRate', 100),
  });
  const recipients = number('canary', 1);
  const audience = audienceOf(fields, lists, problems);
  if (problems.length > 0) throw new InputFault(problems);
  return given({
    id: fields.id.trim(),
    name: filled(fields.name),
    project: filled(fields.project),
    category: fields.category,
    sender: senderOf(fields),
    content: given({ subject: fields.subject, html: filled(fields.html), text: filled(fields.text) }),
    audience,
    sendAt,
    limits: Object.keys(limits).length === 0 ? undefined : limits,
    canary: recipients === undefined ? undefined : { recipients },
    doubt: fields.doubt,
  });
}

function parsedJson(json: string, notJson: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new InputFault([`${notJson}: ${cause instanceof Error ? cause.message : ''}`], { cause });
  }
}

function senderOf({ profile, from, replyTo }: CampaignForm): object {
  if (profile !== '') return { profile };
  const addresses = replyTo.split(/[,\n]/).flatMap((each) => each.trim() || []);
  return given({ from: filled(from), replyTo: addresses.length === 0 ? undefined : addresses });
}

function audienceOf(
  { list, recipients, column }: CampaignForm,
  lists: readonly StoredList[],
  problems: string[],
): object {
  if (list === '') {
    const emails = recipients.split('\n').flatMap((line) => line.trim() || []);
    if (emails.length === 0) problems.push('audience: choose a list, or write addresses');
    return { kind: 'inline', recipients: emails.map((email) => ({ email })) };
  }
  const stored = lists.find(({ name }) => name === list);
  if (!stored) problems.push(`audience: there is no list "${list}" any more; upload it again`);
  return given({ kind: stored?.kind, path: stored?.path, emailColumn: filled(column) });
}

function filled(written: string): string | undefined {
  return written.trim() === '' ? undefined : written;
}

/** Without what is missing. */
function given(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));
}
