import type { Config } from '../config/schema.ts';

/** What the settings lack for marketing mail; null where they lack nothing. */
export function marketingObstacle(config: Pick<Config, 'unsubscribe'>): string | null {
  const { publicUrl, secrets } = config.unsubscribe;
  const missing = [
    ...(publicUrl === null ? ['SLUICE_PUBLIC_URL'] : []),
    ...(secrets.length === 0 ? ['SLUICE_SECRET'] : []),
  ];
  if (missing.length === 0) return null;
  return `marketing mail needs ${missing.join(' and ')} for its unsubscribe links: set it for the workers, then resume the campaign`;
}
