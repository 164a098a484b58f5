import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { Background } from '../desk/background.ts';
import type { Client } from '../desk/client.ts';
import type { DeskParts } from '../desk/parts.ts';
import { createResolver } from '../identity/system-resolver.ts';
import { readPlace } from './read-place.ts';
import { dnsServersOf, sesAccess } from './wire.ts';

/** For one look-up of an address's name; most take some milliseconds. */
const LOOKUP_MS_MAX = 5_000;

/** What a desk is made of; the libraries of Amazon and Google are loaded when they are first needed. */
export function deskParts(
  config: Config,
  client: Client,
  logger: Logger,
  paths: DeskParts['paths'],
): { readonly parts: DeskParts; readonly close: () => Promise<void> } {
  const domains = once(async () => {
    const { openDomains } = await import('./wire-domains.ts');
    return openDomains(config, client);
  });
  const background = new Background(logger);
  const parts: DeskParts = {
    client,
    config,
    clock: systemClock,
    logger,
    paths,
    openDomains: domains.open,
    openLog: once(() => readPlace(config)).open,
    openReports: once(async () => {
      const { openReportStore } = await import('./wire-dmarc.ts');
      return openReportStore(config);
    }).open,
    resolver: createResolver({
      servers: dnsServersOf(config, config.ses.endpoint),
      timeoutMs: LOOKUP_MS_MAX,
    }),
    openAccountList: async () => {
      const { openAccountList } = await import('./wire-suppression.ts');
      return openAccountList(config);
    },
    background,
    askAccount: async () => {
      const { askAccountOnce } = await import('../send/ses-inspection.ts');
      return askAccountOnce(sesAccess(config, config.ses.endpoint));
    },
  };
  return {
    parts,
    close: async () => {
      await background.close();
      (await domains.opened())?.close();
    },
  };
}

/** What is opened once and kept; where that fails it is tried anew. */
function once<T>(openIt: () => Promise<T>): {
  readonly open: () => Promise<T>;
  readonly opened: () => Promise<T | null>;
} {
  let opening: Promise<T> | null = null;
  return {
    open: () => {
      opening ??= openIt().catch((thrown: unknown) => {
        opening = null;
        throw thrown;
      });
      return opening;
    },
    opened: async () => (opening === null ? null : opening.catch(() => null)),
  };
}
