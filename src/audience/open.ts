import { type CsvAudience, csvAudience } from './csv.ts';
import { type InlineAudience, inlineAudience } from './inline.ts';
import { type NdjsonAudience, ndjsonAudience } from './ndjson.ts';
import type { AudienceSource } from './source.ts';

/** Who gets a campaign, as far as the kinds of list are known here. */
export type AudienceDefinition = InlineAudience | CsvAudience | NdjsonAudience;

/** Nothing is read, and so nothing can fail, before the rows or the fingerprint are asked for. */
export function openAudience(audience: AudienceDefinition): AudienceSource {
  switch (audience.kind) {
    case 'inline':
      return inlineAudience(audience);
    case 'csv':
      return csvAudience(audience);
    case 'ndjson':
      return ndjsonAudience(audience);
  }
}
