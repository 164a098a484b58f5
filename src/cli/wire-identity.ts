import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import type { SesIdentities } from '../identity/ses-identity.ts';
import { SdkIdentities } from '../send/ses-identities.ts';
import { sesAccess } from './wire.ts';

/** SES's identities. @param endpoint where SES is; null: where the SDK looks */
export function openIdentities(config: Config, endpoint: string | null): SesIdentities {
  return new SdkIdentities({ ...sesAccess(config, endpoint), clock: systemClock });
}
