import { openAudience } from '../audience/open.ts';
import type { AudienceSource } from '../audience/source.ts';
import { Fault } from '../core/fault.ts';
import type { Campaign } from '../queue/campaign.ts';

/** The campaign's schema knows an audience that can't be read yet; it is refused when a campaign is handed in. */
export function sourceOf(audience: Campaign['audience']): AudienceSource {
  if (audience.kind !== 'bigquery') return openAudience(audience);
  throw new Fault('AUDIENCE_KIND', `this version can't read an audience of kind ${audience.kind}`);
}
