import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import { SesSuppressionList } from '../send/ses-suppression.ts';
import { sesAccess } from './wire.ts';

/**
 * SES's account-level suppression list, where the settings say that SES is.
 * @throws InputFault where mail goes to a sandbox inside of the workers, which nobody else can ask
 */
export function openAccountList(config: Config): SesSuppressionList {
  if (config.ses.kind === 'sandbox' && config.ses.endpoint === null)
    throw new InputFault(
      [
        'SLUICE_SES is sandbox, and the sandboxes inside of workers can not be reached from here: set AWS_ENDPOINT_URL_SESV2 to the one of `sluice up` or `sluice sandbox`',
      ],
      { kind: 'conflict' },
    );
  return new SesSuppressionList({ ...sesAccess(config, config.ses.endpoint), clock: systemClock });
}
