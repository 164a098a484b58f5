import {
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  type DkimAttributes,
  GetEmailIdentityCommand,
  type GetEmailIdentityResponse,
  type MailFromAttributes,
  PutEmailIdentityDkimSigningAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand,
} from '@aws-sdk/client-sesv2';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { SesDkim, SesIdentities, SesIdentity, SesMailFrom } from '../identity/ses-identity.ts';
import { nameOf, SesCaller } from './ses-caller.ts';
import { placeOf, type SesAccess } from './ses-client.ts';

const CODE = 'SES_IDENTITY';
const KEY_LENGTHS = { 1024: 'RSA_1024_BIT', 2048: 'RSA_2048_BIT' } as const;

export interface SesIdentityOptions extends SesAccess {
  readonly clock: Clock;
}

/** SES's identities, by way of the SDK. @throws Fault SES_IDENTITY from whatever asks SES */
export class SdkIdentities implements SesIdentities {
  readonly #ses: SesCaller;

  constructor(options: SesIdentityOptions) {
    this.#ses = new SesCaller({ ...options, code: CODE });
  }

  async get(name: string): Promise<SesIdentity | null> {
    const command = new GetEmailIdentityCommand({ EmailIdentity: name });
    const found = await this.#ses.orNull('ses:GetEmailIdentity', () => this.#ses.client.send(command));
    return found && identityOf(name, found);
  }

  async create(name: string, dkimLength: 1024 | 2048): Promise<SesIdentity> {
    const command = new CreateEmailIdentityCommand({
      EmailIdentity: name,
      // Without a selector and a key of one's own it is Easy DKIM.
      DkimSigningAttributes: { NextSigningKeyLength: KEY_LENGTHS[dkimLength] },
    });
    await this.#ses.call('ses:CreateEmailIdentity', async () => {
      try {
        await this.#ses.client.send(command);
      } catch (thrown) {
        if (nameOf(thrown) !== 'AlreadyExistsException') throw thrown;
      }
    });
    const created = await this.get(name);
    if (created) return created;
    throw new Fault(CODE, `SES does not find the identity ${name} that it has made: try again in a moment`);
  }

  async restartDkim(name: string, dkimLength: 1024 | 2048): Promise<void> {
    const command = new PutEmailIdentityDkimSigningAttributesCommand({
      EmailIdentity: name,
      SigningAttributesOrigin: 'AWS_SES',
      SigningAttributes: { NextSigningKeyLength: KEY_LENGTHS[dkimLength] },
    });
    await this.#ses.call('ses:PutEmailIdentityDkimSigningAttributes', () => this.#ses.client.send(command));
  }

  async setMailFrom(name: string, domain: string | null): Promise<void> {
    const command = new PutEmailIdentityMailFromAttributesCommand({
      EmailIdentity: name,
      // Without a domain SES takes its own again.
      ...(domain === null ? {} : { MailFromDomain: domain }),
      BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
    });
    await this.#ses.call('ses:PutEmailIdentityMailFromAttributes', () => this.#ses.client.send(command));
  }

  async remove(name: string): Promise<boolean> {
    const command = new DeleteEmailIdentityCommand({ EmailIdentity: name });
    const answer = await this.#ses.orNull('ses:DeleteEmailIdentity', () => this.#ses.client.send(command));
    return answer !== null;
  }

  async region(): Promise<string> {
    const { region } = await this.#ses.call('ses:GetEmailIdentity', () => placeOf(this.#ses.client));
    return region;
  }

  close(): void {
    this.#ses.close();
  }
}

function identityOf(name: string, found: GetEmailIdentityResponse): SesIdentity {
  return {
    name,
    verified: found.VerifiedForSendingStatus ?? false,
    dkim: dkimOf(found.DkimAttributes),
    mailFrom: mailFromOf(found.MailFromAttributes),
  };
}

function dkimOf(found: DkimAttributes = {}): SesDkim {
  const isOwn = found.SigningAttributesOrigin === 'EXTERNAL';
  return {
    status: found.Status ?? 'NOT_STARTED',
    // Of a key of the owner's own, the selector stands in the place of the tokens.
    tokens: isOwn ? [] : (found.Tokens ?? []),
    hostedZone: found.SigningHostedZone?.replace(/\.$/, '') ?? null,
    keyLength: keyLengthOf(found.CurrentSigningKeyLength ?? found.NextSigningKeyLength),
    origin: isOwn ? 'own' : 'easy',
    ...(found.SigningEnabled === false ? { isOff: true } : {}),
  };
}

function keyLengthOf(said: string | undefined): 1024 | 2048 | null {
  switch (said) {
    case KEY_LENGTHS[1024]:
      return 1024;
    case KEY_LENGTHS[2048]:
      return 2048;
    default:
      return null;
  }
}

function mailFromOf(found: MailFromAttributes | undefined): SesMailFrom | null {
  const domain = found?.MailFromDomain;
  return domain ? { domain, status: found.MailFromDomainStatus ?? 'PENDING' } : null;
}
