import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import type { SesIdentities } from '../identity/ses-identity.ts';
import { SdkIdentities } from '../send/ses-identities.ts';
import { sesAccess } from './wire.ts';

/** SES's identities, where the settings say that SES is. @param endpoint of a stand-in; null for SES itself */
export function openIdentities(config: Config, endpoint: string | null): SesIdentities {
  return new SdkIdentities({ ...sesAccess(config, endpoint), clock: systemClock });
}
