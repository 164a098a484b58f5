import { Command } from 'commander';
import { systemClock } from '../core/clock.ts';
import type { Client } from '../desk/client.ts';
import type { Project } from '../identity/project.ts';
import { releaseProjectHolds } from '../queue/project-holds.ts';
import { LIMITS_KNOWN_MS } from '../send/sending-limits.ts';
import type { Sent } from '../send/sent-book.ts';
import { withClient } from './client.ts';
import { note, print, printJson } from './output.ts';
import { type ProjectFlags, projectOrder } from './project-flags.ts';
import { figure, percent } from '../core/figures.ts';
import { textTable } from './table.ts';

/** What `--json` prints of a project. Fields may be added; those that are here keep their meaning. */
interface ProjectRow extends Project {
  /** Recipients within the last 24 hours, and within the last 30 days, since the project was set up. */
  readonly used: Sent;
}

export function projectCommand(): Command {
  return new Command('project')
    .summary('limits that campaigns share')
    .description(
      'Projects: names with limits of their own. A campaign names its project; without a name it belongs to the project "default".',
    )
    .addCommand(setCommand())
    .addCommand(listCommand());
}

function setCommand(): Command {
  return new Command('set')
    .summary('set a project up, or change it')
    .description(
      'Sets a project up, or changes what is named here and nothing else; "none" takes a setting away. All campaigns of a project share its limits. Recipients count towards a day and a month from the moment when the project was set up. What is beyond them is held, and goes on by itself.',
    )
    .argument('<name>')
    .option('--per-second <n>', 'recipients a second')
    .option('--per-day <n>', 'recipients within 24 hours')
    .option('--per-month <n>', 'recipients within 30 days')
    .option('--bounce-rate <r>', 'share of hard bounces, such as 0.05 or 5%')
    .option('--complaint-rate <r>', 'share of complaints, such as 0.001 or 0.1%')
    .option('--organisation <name>', 'who owns it, and with it its sending domains')
    .option(
      '--domain-rules <which>',
      'whom a From domain without SPF or DMARC holds: all, marketing, or ses (nobody)',
    )
    .option('--by <name>', 'who says so; the user who runs it where it is missing')
    .option('--reason <text>', 'why; kept in the log')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Examples:
  sluice project set shop --per-second 50 --per-day 100000 --organisation "Example KK"
  sluice project set shop --per-day none --by Hana --reason "the sale is over"`,
    )
    .action((written: string, flags: ProjectFlags) => {
      const { name, change, author } = projectOrder(written, flags);
      return withClient(async (client) => {
        const project = await client.settings.project(name, change, author);
        // When it is said to be set, every worker knows it.
        await systemClock.sleep(LIMITS_KNOWN_MS);
        const isChange = change.perDay !== undefined || change.perMonth !== undefined;
        const released = isChange ? await releaseProjectHolds(client, name) : [];
        const row = await rowOf(client, project);
        if (flags['json'] === true) printJson(row);
        else print(table([row]));
        for (const id of released) note(`${id} was held by these limits, and goes on`);
        return 0;
      });
    });
}

function listCommand(): Command {
  return new Command('list')
    .summary('list the projects')
    .description(
      'Lists the projects that were set up: their limits, what is used of a day and of a month by now, and the rates above which their campaigns are held.',
    )
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  sluice project list --json')
    .action((options: { readonly json?: boolean }) =>
      withClient(async (client) => {
        const projects = await client.projects.list();
        const rows = await Promise.all(projects.map((project) => rowOf(client, project)));
        if (options.json) printJson(rows);
        else if (rows.length === 0) note('No project is set up: sluice project set NAME');
        else print(table(rows));
        return 0;
      }),
    );
}

async function rowOf({ sent }: Client, project: Project): Promise<ProjectRow> {
  return { ...project, used: await sent.ofProject(project.name) };
}

/** A blank is no limit. */
function table(rows: readonly ProjectRow[]): string {
  return textTable(
    [
      'project',
      'a second',
      'a day',
      'used',
      'a month',
      'used',
      'bounces',
      'complaints',
      'domain rules',
      'organisation',
    ],
    rows.map(
      ({ name, perSecond, perDay, perMonth, bounceRate, complaintRate, domainRules, organisation, used }) => [
        name,
        limit(perSecond),
        limit(perDay),
        figure(used.day),
        limit(perMonth),
        figure(used.month),
        rate(bounceRate),
        rate(complaintRate),
        domainRules ?? '',
        organisation ?? '',
      ],
    ),
  );
}

function limit(recipients: number | null): string {
  return recipients === null ? '' : figure(recipients);
}

function rate(share: number | null): string {
  return share === null ? '' : percent(share);
}
