import { Command } from 'commander';
import { ProfileDesk, profileOf } from '../desk/profile-desk.ts';
import type { Profile } from '../identity/profile.ts';
import { type AuthorOptions, authorOf, withAuthor } from './author.ts';
import { withDesk } from './client.ts';
import { byFlags } from './flags.ts';
import { note, print, printJson } from './output.ts';
import { textTable } from './table.ts';

interface SetOptions extends AuthorOptions {
  readonly from: string;
  readonly replyTo?: readonly string[];
  readonly unsubscribe: string;
  readonly oneClick: boolean;
  readonly json?: boolean;
}

export function profileCommand(): Command {
  return new Command('profile')
    .summary('who mail is from, under a name')
    .description(
      'Sender profiles: the From address, where answers go, and how readers unsubscribe, under a name that campaigns name in "sender": {"profile": NAME}. A change holds for the next batch of every campaign that is running.',
    )
    .addCommand(setCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand());
}

function setCommand(): Command {
  return withAuthor(new Command('set'))
    .summary('set up a profile, or put another in its place')
    .description(
      'Sets up a sender profile. One that is there already is replaced as a whole: what is not named is as if it had never been. Unsubscribing counts for the From address, so that two profiles with one address share their lists.',
    )
    .argument('<name>', '1 to 64 letters, digits, "_" or "-"')
    .requiredOption(
      '--from <address>',
      'From, with or without a display name: "Example News <news@example.com>"',
    )
    .option(
      '--reply-to <address>',
      'where answers go (may be repeated)',
      (address: string, others: readonly string[] | undefined) => [...(others ?? []), address],
    )
    .option('--unsubscribe <how>', 'sluice, none, or an own https:// URL', 'sluice')
    .option('--no-one-click', 'the own URL does not take the POST of one-click unsubscribe (RFC 8058)')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
How readers unsubscribe:
  sluice  by a link and a one-click header of Sluice's own
  none    not at all: only transactional campaigns may use such a profile
  URL     by your own URL, in the header and as {{unsubscribeUrl}}

An own URL can name the recipient by {{email}}, {{campaign}} and columns of the list; what they write is percent-encoded.
Sluice hears of nobody who unsubscribes there: tell it by sluice suppression add. Where the URL does not take the POST of
one click (--no-one-click), the header List-Unsubscribe-Post is left out; Gmail and Yahoo want it of whoever sends them
5,000 mails a day.

Examples:
  sluice profile set news --from "Example News <news@example.com>" --reply-to help@example.com
  sluice profile set receipts --from receipts@example.com --unsubscribe none
  sluice profile set shop --from shop@example.com --unsubscribe "https://example.com/u?m={{email}}"`,
    )
    .action((name: string, options: SetOptions) => {
      const written = writtenProfile(name, options);
      return withDesk(async ({ client }) => {
        const profile = await new ProfileDesk(client).set(written, authorOf(options));
        if (options.json) printJson(profile);
        else print(`${name}: ${profile.from}, unsubscribe ${wayText(profile)}`);
        if (isOwn(profile) && !profile.oneClick)
          note('Gmail and Yahoo want one-click unsubscribe of whoever sends them 5,000 mails a day');
        return 0;
      });
    });
}

function listCommand(): Command {
  return new Command('list')
    .summary('list the profiles')
    .description('Lists the sender profiles.')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  sluice profile list --json')
    .action((options: { readonly json?: boolean }) =>
      withDesk(async ({ client }) => {
        const all = await new ProfileDesk(client).list();
        if (options.json) printJson(all);
        else if (all.length === 0) note('There is no profile: sluice profile set NAME --from ADDRESS');
        else
          print(
            textTable(
              ['name', 'from', 'reply to', 'unsubscribe'],
              all.map((profile) => [
                profile.name,
                profile.from,
                profile.replyTo.join(', '),
                wayText(profile),
              ]),
            ),
          );
        return 0;
      }),
    );
}

function removeCommand(): Command {
  return withAuthor(new Command('remove'))
    .summary('remove a profile')
    .description(
      'Removes a sender profile. Campaigns that name it and are running are held, and go on by sluice resume when it is set again.',
    )
    .argument('<name>')
    .option('--json', 'print what it said, as one JSON value')
    .addHelpText('after', '\nExample:\n  sluice profile remove news --reason "the brand is gone"')
    .action((name: string, options: AuthorOptions & { readonly json?: boolean }) =>
      withDesk(async ({ client }) => {
        const removed = await new ProfileDesk(client).remove(name, authorOf(options));
        if (options.json) printJson(removed);
        else print(`${name} is removed`);
        return 0;
      }),
    );
}

/** @throws InputFault with everything that is wrong, by the option's name */
function writtenProfile(name: string, options: SetOptions): Profile {
  const { from, replyTo = [], unsubscribe } = options;
  // Nobody has to say of a profile without a link that it has no one click either.
  const oneClick = unsubscribe !== 'none' && options.oneClick;
  try {
    return profileOf({ name, from, replyTo, unsubscribe, oneClick });
  } catch (thrown) {
    return byFlags(FLAGS)(thrown);
  }
}

const FLAGS = { from: '--from', replyTo: '--reply-to', unsubscribe: '--unsubscribe' };

function isOwn({ unsubscribe }: Profile): boolean {
  return unsubscribe !== 'sluice' && unsubscribe !== 'none';
}

function wayText(profile: Profile): string {
  if (profile.unsubscribe === 'sluice') return 'by a link of Sluice';
  if (profile.unsubscribe === 'none') return 'not at all';
  return profile.oneClick ? profile.unsubscribe : `${profile.unsubscribe} (not by one click)`;
}
