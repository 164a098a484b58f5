import type { BigQueryEstimate } from '../audience/bigquery-estimate.ts';
import type { BigQueryAudience, StagePurpose } from '../audience/bigquery-sql.ts';
import { openAudience } from '../audience/open.ts';
import type { AudienceSource } from '../audience/source.ts';
import { within } from '../audience/within.ts';
import type { Config } from '../config/schema.ts';
import { InputFault } from '../core/fault.ts';
import type { Campaign } from '../queue/campaign.ts';

/** Google's libraries are loaded when such a list is read, and not before. */
export function sourceOf(
  { id, audience }: Pick<Campaign, 'id' | 'audience'>,
  config: Pick<Config, 'bigquery' | 'filesRoot'>,
  purpose: StagePurpose = 'send',
): AudienceSource {
  if (audience.kind === 'inline') return openAudience(audience);
  if (audience.kind !== 'bigquery') {
    const source = openAudience(audience);
    return config.filesRoot === null ? source : within(source, [audience.path].flat(), config.filesRoot);
  }
  const open = async () => {
    const { bigqueryAudience } = await import('../audience/bigquery.ts');
    return bigqueryAudience({ ...(await connected(audience, config)), campaign: id, purpose });
  };
  let opened: Promise<AudienceSource> | null = null;
  const once = () => (opened ??= open());
  return {
    fingerprint: async () => (await once()).fingerprint(),
    async *rows() {
      yield* (await once()).rows();
    },
  };
}

/** What a dry run says of an audience in BigQuery. */
export async function estimateOf(
  audience: BigQueryAudience,
  config: Pick<Config, 'bigquery'>,
): Promise<BigQueryEstimate> {
  const { estimateAudience } = await import('../audience/bigquery-estimate.ts');
  return estimateAudience(await connected(audience, config));
}

async function connected(audience: BigQueryAudience, { bigquery: settings }: Pick<Config, 'bigquery'>) {
  if (settings === null)
    throw new InputFault(['SLUICE_BIGQUERY_DATASET is not set: an audience in BigQuery needs a dataset']);
  const { openPlace } = await import('../bigquery/connect.ts');
  return { ...(await openPlace(settings, true)), queryGbMax: settings.queryGbMax, audience };
}
