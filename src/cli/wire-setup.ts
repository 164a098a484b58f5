import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { ConfigurationSet } from '../send/configuration-set.ts';
import { sesAccess } from './wire.ts';

/** The configuration set that the settings name. */
export function openConfigurationSet(config: Config, name: string, topic: string | null): ConfigurationSet {
  return new ConfigurationSet({
    ...sesAccess(config, config.ses.endpoint),
    name,
    topic,
    isSandbox: config.ses.kind === 'sandbox',
    clock: systemClock,
  });
}
