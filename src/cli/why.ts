import { Command } from 'commander';
import { InputFault } from '../core/fault.ts';
import { campaignLogParts } from '../desk/campaign-log.ts';
import { type Story, tellStory } from '../desk/recipient-story.ts';
import { withClient } from './client.ts';
import { print, printJson } from './output.ts';
import { visible } from '../core/text-width.ts';

export function whyCommand(): Command {
  return new Command('why')
    .summary('tell what happened to one recipient')
    .description(
      'Tells everything that happened to one recipient of a campaign, oldest first, and how they stand now.',
    )
    .argument('<id>', 'a campaign')
    .argument('<address>', 'an address, however it is written; or the number of its row in the audience')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Exit codes: 0 also where the campaign has no such recipient; 2 where there is no such campaign.

Examples:
  sluice why 2026-11-early-access reader@example.jp
  sluice why 2026-11-early-access 812`,
    )
    .action(async (id: string, whom: string, options: { readonly json?: boolean }) => {
      await withClient(async (client, config) => {
        const { suppression } = client;
        const story = await tellStory({ ...(await campaignLogParts(client, config)), suppression }, id, whom);
        if (!story) throw new InputFault([`no campaign has the id "${id}"; \`sluice status\` lists them`]);
        if (options.json) printJson(story);
        else print(storyText(story));
        return 0;
      });
    });
}

/** For people: whom it is about, a line for each event, and how they stand. */
export function storyText({ campaign, recipient, rows, events, now }: Story): string {
  const where = rows.length === 0 ? '' : ` (${rows.length === 1 ? 'row' : 'rows'} ${rows.join(', ')})`;
  return [
    `${campaign}: ${visible(recipient)}${where}`,
    ...events.map(({ event_time, text }) => `  ${event_time}  ${text}`),
    ...now.map((line) => `  now: ${line}`),
  ].join('\n');
}
