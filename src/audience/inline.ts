import { hash } from 'node:crypto';
import type { AudienceRow, AudienceSource } from './source.ts';

/** A list that stands in the campaign itself. */
export interface InlineAudience {
  readonly kind: 'inline';
  readonly recipients: readonly InlineRecipient[];
}

interface InlineRecipient {
  readonly email: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

const CHUNK_ROWS = 1_000;
const NO_DATA: Readonly<Record<string, unknown>> = Object.freeze({});

export function inlineAudience(audience: InlineAudience): AudienceSource {
  const { recipients } = audience;
  return {
    rows: () => inlineRows(recipients),
    fingerprint: async () => hash('sha256', JSON.stringify(recipients), 'base64url'),
  };
}

async function* inlineRows(recipients: readonly InlineRecipient[]): AsyncGenerator<AudienceRow[]> {
  for (let start = 0; start < recipients.length; start += CHUNK_ROWS) {
    yield recipients
      .slice(start, start + CHUNK_ROWS)
      .map(({ email, data }, index) => ({ seq: start + index + 1, email, data: data ?? NO_DATA }));
  }
}
