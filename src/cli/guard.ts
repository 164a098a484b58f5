import { Command } from 'commander';
import { InputFault } from '../core/fault.ts';
import { figure, percent } from '../core/figures.ts';
import { CampaignSteering } from '../desk/campaign-steering.ts';
import type { CheckRates } from '../desk/check-guard.ts';
import type { Spam } from '../desk/guard-spam.ts';
import { guardView } from '../desk/guard-view.ts';
import type { DeskParts } from '../desk/parts.ts';
import { ProjectDesk } from '../desk/project-desk.ts';
import type { SpamVerdict } from '../guard/spam.ts';
import { DEFAULT_PROJECT } from '../identity/project.ts';
import type { CampaignLimits } from '../queue/guard-book.ts';
import { withDesk } from './client.ts';
import { note, print, printJson } from './output.ts';
import { projectOrder } from './project-flags.ts';
import { textTable } from './table.ts';

interface SetOptions {
  readonly project?: string;
  readonly campaign?: string;
  readonly bounceRate?: string;
  readonly complaintRate?: string;
  readonly by: string;
  readonly reason: string;
  readonly json?: boolean;
}

export function guardCommand(): Command {
  return new Command('guard')
    .summary('bounces and complaints against their limits')
    .description(
      'Shows what was sent in the last hour and the last seven days, for each project and From address, with the share that bounced hard and that was called spam, against the limits at which campaigns are held; what share of the mail from each domain was called spam at Gmail, where Postmaster Tools are connected; and the campaigns that are held for it.',
    )
    .argument('[project]', 'only this project')
    .option('--json', 'print one JSON value: { "rates", "spam", "held" }')
    .addHelpText(
      'after',
      `
Sends to SES's simulator count on neither side. The rules are explained in docs/guard.md.

Examples:
  sluice guard
  sluice guard shop --json | jq '.rates[].hour'`,
    )
    .action((project: string | undefined, options: { readonly json?: boolean }) =>
      withDesk((parts) => show(parts, project, options.json === true)),
    )
    .addCommand(setCommand());
}

function setCommand(): Command {
  return new Command('set')
    .summary('change a limit')
    .description(
      'Changes the limits of a project or of one campaign, at once. Whoever is held for a rate stays held until `sluice resume`, which goes by the new limit.',
    )
    .option('--project <name>', 'whose limits; default where neither is named')
    .option('--campaign <id>', 'the limits of one campaign, which go before those of its project')
    .option(
      '--bounce-rate <rate>',
      'hard bounces, as a share (0.05) or in percent (5%); none: as if nobody had set it',
    )
    .option('--complaint-rate <rate>', 'complaints, likewise')
    .requiredOption('--by <name>', 'who says so')
    .requiredOption('--reason <text>', 'why; both are logged')
    .option('--json', 'print one JSON value: { "bounceRate", "complaintRate" }')
    .addHelpText(
      'after',
      `
Examples:
  sluice guard set --project shop --bounce-rate 8% --by Hana --reason "old list, agreed with AWS"
  sluice guard set --campaign autumn --complaint-rate 0.002 --by Hana --reason "watched by hand"`,
    )
    .action((_options: unknown, command: Command) => set(command.optsWithGlobals<SetOptions>()));
}

async function set(options: SetOptions): Promise<void> {
  const { project, campaign, bounceRate, complaintRate, by, reason } = options;
  const flags = definedOf({ bounceRate, complaintRate, by, reason });
  const { name, change, author } = projectOrder(project ?? DEFAULT_PROJECT, flags);
  if (bounceRate === undefined && complaintRate === undefined)
    throw new InputFault(['name a limit: --bounce-rate or --complaint-rate']);
  if (project !== undefined && campaign !== undefined)
    throw new InputFault(['name a --project or a --campaign, and not both']);
  await withDesk(async (parts) => {
    if (campaign === undefined) {
      const after = await new ProjectDesk(parts).setGuard(name, change, author);
      report(`project ${after.name}`, after, options);
      return 0;
    }
    const after = await new CampaignSteering(parts).setLimits(campaign, change, author);
    report(campaign, after, options);
    const receipt = await parts.client.campaigns.receipt(campaign);
    if (receipt?.state === 'held') note(`${campaign} is held; to let it go on: sluice resume ${campaign}`);
    return 0;
  });
}

function report(what: string, { bounceRate, complaintRate }: CampaignLimits, { json }: SetOptions): void {
  if (json) printJson({ bounceRate, complaintRate });
  else print(`${what}: ${limitText('hard bounces', bounceRate)}, ${limitText('complaints', complaintRate)}`);
}

function limitText(what: string, limit: number | null): string {
  return limit === null ? `no limit of its own for ${what}` : `at most ${percent(limit)} ${what}`;
}

/** What was not written is not there. */
function definedOf(flags: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const written: Record<string, string> = {};
  for (const [name, text] of Object.entries(flags)) if (text !== undefined) written[name] = text;
  return written;
}

async function show(parts: DeskParts, only: string | undefined, json: boolean): Promise<number> {
  const { rates, spam, held } = await guardView(parts, only);
  if (json) {
    printJson({ rates, spam, held });
    return 0;
  }
  if (rates.length === 0) note('nothing was sent in the last seven days');
  else
    print(
      textTable(
        ['project', 'from', 'period', 'sent', 'bounced', 'limit', 'complained', 'limit'],
        rates.flatMap(({ project, sender, hour, week, limits }) => [
          [project, sender, ...periodCells('hour', hour, limits)],
          ['', '', ...periodCells('7 days', week, limits)],
        ]),
      ),
    );
  if (spam.length > 0) print(`\n${spamTable(spam)}`);
  for (const { campaign, reason } of held) print(`${campaign} is held: ${reason}`);
  return 0;
}

function periodCells(
  period: string,
  { sends, bounceRate, complaintRate }: CheckRates,
  limits: { readonly bounceRate: number; readonly complaintRate: number },
): string[] {
  return [
    period,
    figure(sends),
    bounceRate === null ? '' : percent(bounceRate),
    percent(limits.bounceRate),
    complaintRate === null ? '' : percent(complaintRate),
    percent(limits.complaintRate),
  ];
}

function spamTable(spam: readonly Spam[]): string {
  return textTable(
    ['domain', 'called spam at Gmail', 'on', 'limit', 'note'],
    spam.map(({ domain, rate, date, limit, verdict, trouble }) => [
      domain,
      rate === null ? '' : percent(rate),
      date ?? '',
      percent(limit),
      trouble ?? SPAM_NOTES[verdict],
    ]),
  );
}

const SPAM_NOTES: Readonly<Record<SpamVerdict, string>> = {
  none: 'Google gives no figure, as for small volumes',
  old: 'too old to count',
  under: '',
  near: 'warned of',
  over: 'campaigns are held',
};
