import { Command } from 'commander';
import type { Config } from '../config/schema.ts';
import { figure } from '../core/figures.ts';
import { FilesPlace } from '../log/files-place.ts';
import type { LogPlace } from '../log/place.ts';
import { withAuthor } from './author.ts';
import { withClient } from './client.ts';
import { type ForgetOptions, forgetOrder } from './forget-order.ts';
import { countForgotten, type ForgetReport, forget } from './forget-run.ts';
import { EXIT_FAILED, note, print, printJson } from './output.ts';

export function forgetCommand(): Command {
  return withAuthor(new Command('forget'))
    .summary('remove one person from the log')
    .description(
      'Removes one person from the log: the rows stay, with an alias in place of the address and without what describes the reader. What suppresses the address goes on suppressing it. docs/privacy.md tells what is removed, and what is not.',
    )
    .argument('<address>', 'an address, however it is written')
    .option('--dry-run', 'count the rows, and change nothing')
    .option('--timeout <seconds>', 'how long to wait for rows that are on their way (else 60)')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Run it where SLUICE_LOG_DIR is the folder of the workers, and on each machine that has a folder of its
own. SES may tell of mails for days, and readers may open them: run it again after a few days.

Exit codes: 1 where rows are still on their way, or another run is at work (then nothing was changed),
or where some rows in BigQuery can't be changed yet; 2 where a campaign has the address among those it
is not done with (then nothing was changed).

Examples:
  sluice forget reader@example.jp --reason "asked on 27 November, ticket 812"
  sluice forget reader@example.jp --reason "ticket 812" --dry-run --json`,
    )
    .action(async (address: string, options: ForgetOptions) => {
      const order = forgetOrder(address, options);
      await withClient(async (client, config) => {
        const places = await logPlaces(config);
        const report = await (options.dryRun ? countForgotten : forget)(client, places, order);
        if (options.json) printJson(report);
        else print(reportText(report));
        for (const line of leftOver(report)) note(line);
        // Whoever scripts this must not take it for done.
        return report.places.some(({ later }) => later !== undefined) ? EXIT_FAILED : 0;
      });
    });
}

/** Every place to which this installation's log goes. */
async function logPlaces(config: Config): Promise<LogPlace[]> {
  const places: LogPlace[] = [];
  if (config.log.sinks.includes('files')) places.push(new FilesPlace(config.log.dir));
  if (config.log.sinks.includes('bigquery')) {
    const { bigQueryLogPlace } = await import('./wire-bigquery.ts');
    places.push(await bigQueryLogPlace(config));
  }
  return places;
}

function reportText({ alias, rows, places, suppression }: ForgetReport): string {
  const where = places.map((place) => `${place.name}: ${figure(place.rows)}`).join(', ');
  if (alias === null) return `${figure(rows)} rows would be changed (${where}); nothing was changed`;
  return [
    `${figure(rows)} rows changed (${where}): the recipient is ${alias} there`,
    `${figure(suppression ?? 0)} details of suppression removed; what suppresses the address stays`,
  ].join('\n');
}

/** What is still to be done, by whom. */
function leftOver({ places, deadLetters: { log, feedback }, unread }: ForgetReport): string[] {
  return [
    ...places.flatMap(({ name, later }) => (later === undefined ? [] : [`${name}: ${later}`])),
    ...(feedback > 0
      ? [`${figure(feedback)} unread messages of SES name the address: sluice feedback dead clear`]
      : []),
    ...(log > 0
      ? [
          `${figure(log)} unread entries of the outbox name the address; docs/privacy.md tells how to remove them`,
        ]
      : []),
    ...unread.map(
      (id) => `${id} has not read all of its list, which may have the address: run this again after it`,
    ),
  ];
}
