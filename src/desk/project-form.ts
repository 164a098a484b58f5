import { z } from 'zod';
import { RATE_PER_SECOND_MAX, RECIPIENTS_MAX } from '../config/limits.ts';
import { InputFault } from '../core/fault.ts';
import { DOMAIN_RULES, PROJECT_SETTINGS } from '../identity/project.ts';
import { campaignSchema } from '../queue/campaign.ts';
import type { ProjectChange } from '../queue/settings.ts';

/** As in the override of a campaign. */
const NAME_CHARS_MAX = 200;

const share = z.number().positive().max(1).nullable();
const recipients = z.int().min(1).max(RECIPIENTS_MAX).nullable();

/** What a setting of a project may be; null takes it away. */
export const projectChangeSchema = z.strictObject({
  perSecond: z.number().positive().max(RATE_PER_SECOND_MAX).nullable().exactOptional(),
  perDay: recipients.exactOptional(),
  perMonth: recipients.exactOptional(),
  bounceRate: share.exactOptional(),
  complaintRate: share.exactOptional(),
  organisation: z.string().trim().min(1).max(NAME_CHARS_MAX).nullable().exactOptional(),
  domainRules: z.enum(DOMAIN_RULES).nullable().exactOptional(),
}) satisfies z.ZodType<ProjectChange>;

const RECIPIENTS = `a whole number from 1 to ${RECIPIENTS_MAX}`;
const SHARE = 'a share above 0 and up to 1, such as 0.05';

/** The same for people, without what takes it away. */
export const PROJECT_RULES: Readonly<Record<(typeof PROJECT_SETTINGS)[number], string>> = {
  perSecond: `a number above 0 and up to ${RATE_PER_SECOND_MAX}`,
  perDay: RECIPIENTS,
  perMonth: RECIPIENTS,
  bounceRate: SHARE,
  complaintRate: SHARE,
  organisation: `a name of up to ${NAME_CHARS_MAX} characters`,
  domainRules: DOMAIN_RULES.join(', '),
};

/** @throws InputFault with a line for everything that is wrong */
export function projectChangeOf(change: unknown): ProjectChange {
  const parsed = projectChangeSchema.safeParse(change);
  if (parsed.success) return parsed.data;
  throw new InputFault(parsed.error.issues.flatMap(problemsOf));
}

/** @throws InputFault */
export function projectName(written: string): string {
  const parsed = campaignSchema.shape.project.safeParse(written);
  if (parsed.success) return parsed.data;
  throw new InputFault([`"${written}" is no name of a project: it ${parsed.error.issues[0]?.message}`], {
    place: 'name',
  });
}

/** A limit of the guard. @throws InputFault */
export function shareOf(name: 'bounceRate' | 'complaintRate', value: number | null): number | null {
  const parsed = share.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputFault([`${name}: may be ${SHARE}, or null`]);
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(
      (key) => `${key}: is no setting of a project; there are ${PROJECT_SETTINGS.join(', ')}`,
    );
  const name = PROJECT_SETTINGS.find((one) => one === issue.path[0]);
  return [
    name === undefined
      ? 'the change must be an object of settings'
      : `${name}: may be ${PROJECT_RULES[name]}, or null`,
  ];
}
