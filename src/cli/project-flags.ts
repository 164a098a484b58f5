import { z } from 'zod';
import { InputFault } from '../core/fault.ts';
import { PROJECT_RULES, projectChangeSchema } from '../desk/project-form.ts';
import { PROJECT_SETTINGS } from '../identity/project.ts';
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
const NONE = 'none';
const SHARES: readonly string[] = ['bounceRate', 'complaintRate'];
const WORDS: readonly string[] = ['organisation', 'domainRules'];

const words = (max: number) => z.string().trim().min(1).max(max);
const signature = z.object({
  by: words(NAME_CHARS_MAX).exactOptional(),
  reason: words(REASON_CHARS_MAX).exactOptional(),
});
const SIGNATURE_RULES: Readonly<Record<string, string>> = {
  by: `a name of up to ${NAME_CHARS_MAX} characters`,
  reason: `a text of up to ${REASON_CHARS_MAX} characters`,
};

/**
 * Reads what `project set` was asked for.
 * @throws InputFault with a line for everything that is wrong
 */
export function projectOrder(written: string, flags: ProjectFlags): ProjectOrder {
  const name = campaignSchema.shape.project.safeParse(written);
  const change = projectChangeSchema.safeParse(settingsOf(flags));
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

/** The flags that are settings, as values. */
function settingsOf(flags: ProjectFlags): Record<string, unknown> {
  return Object.fromEntries(
    PROJECT_SETTINGS.flatMap((name) => {
      const text = flags[name];
      return typeof text === 'string' ? [[name, valueOf(name, text)]] : [];
    }),
  );
}

/** What is no number stays a text, which the schema refuses. */
function valueOf(name: string, text: string): unknown {
  if (text === NONE) return null;
  if (WORDS.includes(name)) return text;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  return SHARES.includes(name) && /^\d+(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : text;
}

function problemOf(field: string, flags: ProjectFlags): string {
  const flag = field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${flag} is ${JSON.stringify(flags[field])}: it may be ${ruleOf(field)}`;
}

function ruleOf(field: string): string {
  const setting = PROJECT_SETTINGS.find((name) => name === field);
  if (setting === undefined) return SIGNATURE_RULES[field] ?? '';
  const percentage = SHARES.includes(field) ? ', a percentage, such as 5%' : '';
  return `${PROJECT_RULES[setting]}${percentage}, or ${NONE}`;
}
