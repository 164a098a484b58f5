import { buildProgram } from '../../src/cli/program.ts';
import { campaignJsonSchema } from '../../src/queue/campaign.ts';
import { apiDescription } from './api-description.ts';
import { campaignPage } from './campaign-page.ts';
import { commandsPage } from './commands-page.ts';
import { httpPage } from './http-page.ts';

/** Pages of the reference by their paths in the project, as they should be. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/reference/campaign.md', campaignPage(campaignJsonSchema())],
    ['docs/reference/commands.md', commandsPage(await buildProgram())],
    ['docs/reference/http.md', httpPage(await apiDescription())],
  ]);
}
