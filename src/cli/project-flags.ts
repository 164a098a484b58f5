import { z } from 'zod';
import { RATE_PER_SECOND_MAX, RECIPIENTS_MAX } from '../config/limits.ts';
import { InputFault } from '../core/fault.ts';
import { DOMAIN_RULES } from '../identity/project.ts';
import type { Author } from '../queue/author.ts';
import { campaignSchema } from '../queue/campaign.ts';
import type { ProjectChange } from '../queue/settings.ts';
import { authorOf } from './author.ts';

/** What was written on the command line, as commander names it. */
export type ProjectFlags = Readonly<Record<string, unknown>>;

export interface ProjectOrder {
  readonly name: string;
  readonly change: ProjectChange;
  readonly author: Author;
}

/** As in the override of a campaign. */
const NAME_CHARS_MAX = 200;
const REASON_CHARS_MAX = 1_000;

/** The word that takes a setting away. */
const none = z.literal('none').transform(() => null);
const number = z
  .string()
  .regex(/^\d+(\.\d+)?$/)
  .transform(Number);
const percentage = z
  .string()
  .regex(/^\d+(\.\d+)?%$/)
  .transform((text) => Number(text.slice(0, -1)) / 100);
const words = (max: number) => z.string().trim().min(1).max(max);

const perSecond = z.union([none, number.pipe(z.number().positive().max(RATE_PER_SECOND_MAX))]);
const recipients = z.union([none, number.pipe(z.int().min(1).max(RECIPIENTS_MAX))]);
const share = z.union([none, z.union([number, percentage]).pipe(z.number().positive().max(1))]);

const settings = z.object({
  perSecond: perSecond.exactOptional(),
  perDay: recipients.exactOptional(),
  perMonth: recipients.exactOptional(),
  bounceRate: share.exactOptional(),
  complaintRate: share.exactOptional(),
  organisation: z.union([none, words(NAME_CHARS_MAX)]).exactOptional(),
  domainRules: z.union([none, z.enum(DOMAIN_RULES)]).exactOptional(),
});
const signature = z.object({
  by: words(NAME_CHARS_MAX).exactOptional(),
  reason: words(REASON_CHARS_MAX).exactOptional(),
});

const RECIPIENTS = `a whole number from 1 to ${RECIPIENTS_MAX}, or none`;
const SHARE = 'a share above 0 and up to 1, such as 0.05, a percentage, such as 5%, or none';
/** What each may be. */
const RULES: Readonly<Record<string, string>> = {
  perSecond: `a number above 0 and up to ${RATE_PER_SECOND_MAX}, or none`,
  perDay: RECIPIENTS,
  perMonth: RECIPIENTS,
  bounceRate: SHARE,
  complaintRate: SHARE,
  organisation: `a name of up to ${NAME_CHARS_MAX} characters, or none`,
  domainRules: `${DOMAIN_RULES.join(', ')}, or none`,
  by: `a name of up to ${NAME_CHARS_MAX} characters`,
  reason: `a text of up to ${REASON_CHARS_MAX} characters`,
};

/**
 * Reads what `project set` was asked for.
 * @throws InputFault with a line for everything that is wrong
 */
export function projectOrder(written: string, flags: ProjectFlags): ProjectOrder {
  const name = campaignSchema.shape.project.safeParse(written);
  const change = settings.safeParse(flags);
  const signed = signature.safeParse(flags);
  const problems = [
    ...(name.success ? [] : [`"${written}" is no name of a project: it ${name.error.issues[0]?.message}`]),
    ...[...(change.error?.issues ?? []), ...(signed.error?.issues ?? [])].map((issue) =>
      problemOf(String(issue.path[0]), flags),
    ),
  ];
  if (!name.success || !change.success || !signed.success) throw new InputFault(problems);
  return { name: name.data, change: change.data, author: authorOf(signed.data) };
}

function problemOf(field: string, flags: ProjectFlags): string {
  const flag = field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${flag} is ${JSON.stringify(flags[field])}: it may be ${RULES[field]}`;
}
