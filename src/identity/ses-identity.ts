/** A sending identity (a domain or an address) as SES has it. */
export interface SesIdentity {
  readonly name: string;
  /** Whether SES lets mail from it out (VerifiedForSendingStatus). */
  readonly verified: boolean;
  readonly dkim: SesDkim;
  /** Null where bounces go to SES's own domain. */
  readonly mailFrom: SesMailFrom | null;
}

export interface SesDkim {
  readonly status: SesDkimStatus;
  /** Easy DKIM has three; none where the keys are the owner's own (BYODKIM). */
  readonly tokens: readonly string[];
  /** Where the tokens' CNAMEs point to, without a dot at its end; null where SES names none. */
  readonly hostedZone: string | null;
  /** Bits of the key that signs; null where SES does not say. */
  readonly keyLength: 1024 | 2048 | null;
  readonly origin: 'easy' | 'own';
  /** True where the owner has switched signing off, whatever the status is. */
  readonly isOff?: boolean;
}

export type SesDkimStatus = 'PENDING' | 'SUCCESS' | 'FAILED' | 'TEMPORARY_FAILURE' | 'NOT_STARTED';

export interface SesMailFrom {
  readonly domain: string;
  readonly status: 'PENDING' | 'SUCCESS' | 'FAILED' | 'TEMPORARY_FAILURE';
}

/** What a configuration set does for the mail that names it. */
export interface ConfigurationSetState {
  /** Mail goes to receivers that speak TLS only. */
  readonly tlsRequired: boolean;
  readonly sendingEnabled: boolean;
  /** Where SES's events go; none: nobody hears of bounces. */
  readonly destinations: readonly EventDestination[];
}

export interface EventDestination {
  readonly name: string;
  readonly enabled: boolean;
  /** As SES calls them: SEND, DELIVERY, BOUNCE, … */
  readonly types: readonly string[];
  /** ARN of the SNS topic; null where it is another kind of place. */
  readonly topic: string | null;
}

/** An answer, or why there is none, by the SDK's name of the error and in its words. */
export type Asked<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'failure'; readonly name: string; readonly message: string };

/** SES's identities, by way of its API. Whatever asks throws Fault SES_IDENTITY where SES does not answer, or refuses. */
export interface SesIdentities {
  /** Null where SES has none of that name. */
  get(name: string): Promise<SesIdentity | null>;
  /** Easy DKIM. One that is there already is left as it is. */
  create(name: string, dkimLength: 1024 | 2048): Promise<SesIdentity>;
  /** Easy DKIM from the beginning, for a domain whose records SES has not looked for, or looks for no more. The tokens may be others then. */
  restartDkim(name: string, dkimLength: 1024 | 2048): Promise<void>;
  /** @param domain a subdomain of the identity; null: SES's own again */
  setMailFrom(name: string, domain: string | null): Promise<void>;
  /** Whether there was one. */
  remove(name: string): Promise<boolean>;
  /** Of SES; MX records of a MAIL FROM domain name it. */
  region(): Promise<string>;
  close(): void;
}
