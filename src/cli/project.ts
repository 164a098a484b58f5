import { Command } from 'commander';
import { figure, percent } from '../core/figures.ts';
import { ProjectDesk, type ProjectRow } from '../desk/project-desk.ts';
import { withDesk } from './client.ts';
import { note, print, printJson } from './output.ts';
import { type ProjectFlags, projectOrder } from './project-flags.ts';
import { textTable } from './table.ts';

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
      return withDesk(async (parts) => {
        const { project, released } = await new ProjectDesk(parts).set(name, change, author);
        if (flags['json'] === true) printJson(project);
        else print(table([project]));
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
      withDesk(async (parts) => {
        const rows = await new ProjectDesk(parts).list();
        if (options.json) printJson(rows);
        else if (rows.length === 0) note('No project is set up: sluice project set NAME');
        else print(table(rows));
        return 0;
      }),
    );
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
