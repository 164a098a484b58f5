import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { SesSuppressionList } from '../send/ses-suppression.ts';
import { sesAccess } from './wire.ts';

/** SES's account-level suppression list, where the settings say that SES is. */
export function openAccountList(config: Config): SesSuppressionList {
  return new SesSuppressionList({ ...sesAccess(config, config.ses.endpoint), clock: systemClock });
}
