import type { Config } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { ReportStore } from '../dmarc/report-store.ts';
import type { DomainInspector } from '../identity/inspector.ts';
import type { Resolver } from '../identity/resolver.ts';
import type { SesIdentities } from '../identity/ses-identity.ts';
import type { SesAccount } from '../send/transport.ts';
import type { AccountList } from '../suppression/account-list.ts';
import type { Background } from './background.ts';
import type { ReadPlace } from './campaign-log.ts';
import type { Client } from './client.ts';

/** Who is asked about domains. */
export interface AskedDomains {
  readonly identities: SesIdentities;
  readonly inspector: DomainInspector;
}

/** What the desk is made of. What is opened stays open until whoever made the parts closes it. */
export interface DeskParts {
  readonly client: Client;
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Where files may be named. `anywhere`: whoever asks sits at this machine, and could read them himself; SLUICE_FILES binds him where it is
   * set. `folder`: under SLUICE_FILES alone.
   */
  readonly paths: 'anywhere' | 'folder';
  /** @throws InputFault where nobody can be asked from here */
  readonly openDomains: () => Promise<AskedDomains>;
  /** Where the log is read. */
  readonly openLog: () => Promise<ReadPlace>;
  /** DMARC reports. */
  readonly openReports: () => Promise<ReportStore>;
  /** For the names of machines in DMARC reports. */
  readonly resolver: Pick<Resolver, 'names' | 'addresses'>;
  /**
   * SES's account-level suppression list.
   * @throws InputFault where nobody can be asked from here
   */
  readonly openAccountList: () => Promise<AccountList & { close(): void }>;
  /** What goes on when its caller has an answer. */
  readonly background: Background;
  /** Asks SES, where this process has settings for it. */
  readonly askAccount: () => Promise<SesAccount>;
}
