import { Command } from 'commander';
import { visible } from '../core/text-width.ts';
import { campaignLogParts } from '../desk/campaign-log.ts';
import { campaignId, missingCampaign } from '../desk/missing.ts';
import { type Story, tellStory } from '../desk/recipient-story.ts';
import { withDesk } from './client.ts';
import { print, printJson } from './output.ts';

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
      await withDesk(async (parts) => {
        const { suppression } = parts.client;
        const log = await campaignLogParts(parts);
        const story = await tellStory({ ...log, suppression }, campaignId(id), whom);
        if (!story) throw missingCampaign(id);
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
