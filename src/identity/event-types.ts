import type { EventDestination } from './ses-identity.ts';

/**
 * The events that Sluice lives by, as SES calls them. OPEN and CLICK are not among them: with a destination for them SES puts
 * pixels and links of its own into all mail that does not say otherwise.
 */
export const NEEDED_EVENT_TYPES = [
  'SEND',
  'DELIVERY',
  'DELIVERY_DELAY',
  'BOUNCE',
  'COMPLAINT',
  'REJECT',
  'RENDERING_FAILURE',
] as const;

/** Those that no destination gets: SNS topics count, since Sluice reads events from nowhere else. */
export function missingEventTypes(destinations: readonly EventDestination[]): readonly string[] {
  const heard = destinations
    .filter(({ enabled, topic }) => enabled && topic !== null)
    .flatMap(({ types }) => types);
  return NEEDED_EVENT_TYPES.filter((type) => !heard.includes(type));
}
