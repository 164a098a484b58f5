import { Command } from 'commander';
import { InputFault } from '../core/fault.ts';
import { figure } from '../core/figures.ts';
import type { Letter } from '../feedback/dead-letters.ts';
import { withClient } from './client.ts';
import { note, print, printJson } from './output.ts';
import { textTable } from './table.ts';

interface ClearOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

export function feedbackCommand(): Command {
  return new Command('feedback')
    .summary('events of SES that could not be read')
    .description('The events of SES that came in and could not be read.')
    .addCommand(
      new Command('dead')
        .summary('messages that were set aside')
        .description(
          'Messages that came in as events of SES and are none, or are of a type that this version does not know. Up to 1,000 are kept; the oldest make room.',
        )
        .addCommand(listCommand())
        .addCommand(replayCommand())
        .addCommand(clearCommand()),
    );
}

function listCommand(): Command {
  return new Command('list')
    .summary('list them, the newest first')
    .description(
      'Lists the messages that were set aside, the newest first: id, when, from where, why. With --json also the message itself, which may hold addresses.',
    )
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Examples:
  sluice feedback dead list
  sluice feedback dead list --json | jq -r '.[0].body'`,
    )
    .action((options: { readonly json?: boolean }) =>
      withClient(async ({ deadLetters }) => {
        const letters = await deadLetters.list(await deadLetters.count());
        if (options.json) printJson(letters.map(letterRow));
        else if (letters.length === 0) note('nothing was set aside');
        else
          print(
            textTable(
              ['id', 'time', 'from', 'reason'],
              letters.map(({ id, atMs, source, reason }) => [id, iso(atMs), source, reason]),
            ),
          );
        return 0;
      }),
    );
}

function replayCommand(): Command {
  return new Command('replay')
    .summary('read them again')
    .description(
      'Reads all messages that were set aside again, as after an upgrade that knows more types of events. What is an event is applied and gone from the list; the rest stays.',
    )
    .option('--json', 'print one JSON value: { "applied", "foreign", "kept" }')
    .addHelpText(
      'after',
      `
Example:
  sluice feedback dead replay`,
    )
    .action((options: { readonly json?: boolean }) =>
      withClient(async ({ deadLetters, feedback }) => {
        const count = await deadLetters.replay(feedback);
        if (options.json) printJson(count);
        else
          print(
            `${figure(count.applied)} applied, ${figure(count.foreign)} about other mail, ${figure(count.kept)} still not readable`,
          );
        return 0;
      }),
    );
}

function clearCommand(): Command {
  return new Command('clear')
    .summary('forget them')
    .description('Forgets messages that were set aside: those with the ids, or all of them.')
    .argument('[id...]', 'as the list has them')
    .option('--all', 'all of them')
    .option('--json', 'print one JSON value: { "cleared" }')
    .addHelpText(
      'after',
      `
Examples:
  sluice feedback dead clear 1795737600000-0
  sluice feedback dead clear --all`,
    )
    .action((ids: string[], options: ClearOptions) => {
      const wrong = ids.filter((id) => !/^\d{1,15}-\d{1,15}$/.test(id));
      if (wrong.length > 0) throw new InputFault(wrong.map((id) => `"${id}" is no id of a message`));
      if ((ids.length === 0) !== (options.all === true)) throw new InputFault(['name ids, or say --all']);
      return withClient(async ({ deadLetters }) => {
        const cleared = options.all ? await deadLetters.clear() : await deadLetters.remove(ids);
        if (options.json) printJson({ cleared });
        else print(`${figure(cleared)} cleared`);
        return 0;
      });
    });
}

function letterRow({ id, atMs, source, reason, body, isCut }: Letter) {
  return { id, time: iso(atMs), source, reason, body, isCut };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
