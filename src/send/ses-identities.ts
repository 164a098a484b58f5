import {
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  type DkimAttributes,
  GetEmailIdentityCommand,
  type GetEmailIdentityResponse,
  type MailFromAttributes,
  PutEmailIdentityMailFromAttributesCommand,
  SESv2Client,
} from '@aws-sdk/client-sesv2';
import type { Clock } from '../core/clock.ts';
import type {
  SesDkim,
  SesDkimStatus,
  SesIdentities,
  SesIdentity,
  SesMailFrom,
} from '../identity/ses-identity.ts';
import { ANSWER_MS, nameOf, PatientCalls } from './ses-calls.ts';
import { accessConfig, CONNECT_MS, type SesAccess } from './ses-client.ts';

export interface SesIdentitiesOptions extends SesAccess {
  readonly clock: Clock;
}

/** SES's identities, by way of the SDK. @throws Fault SES_IDENTITY from whatever asks SES, with the permission that it takes */
export class SdkIdentities implements SesIdentities {
  readonly #client: SESv2Client;
  readonly #calls: PatientCalls;

  constructor(options: SesIdentitiesOptions) {
    this.#calls = new PatientCalls(options.clock, 'SES_IDENTITY');
    this.#client = new SESv2Client({
      ...accessConfig(options),
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: ANSWER_MS,
        throwOnRequestTimeout: true,
      },
    });
  }

  get(name: string): Promise<SesIdentity | null> {
    return this.#calls.make('ses:GetEmailIdentity', async () => {
      try {
        return identityOf(
          name,
          await this.#client.send(new GetEmailIdentityCommand({ EmailIdentity: name })),
        );
      } catch (thrown) {
        if (nameOf(thrown) === 'NotFoundException') return null;
        throw thrown;
      }
    });
  }

  async create(name: string, dkimLength: 1024 | 2048): Promise<SesIdentity> {
    // Without a key of one's own these attributes only say how long SES's own keys are (Easy DKIM).
    const command = new CreateEmailIdentityCommand({
      EmailIdentity: name,
      DkimSigningAttributes: { NextSigningKeyLength: dkimLength === 1024 ? 'RSA_1024_BIT' : 'RSA_2048_BIT' },
    });
    const created = await this.#calls.make('ses:CreateEmailIdentity', async () => {
      try {
        return identityOf(name, await this.#client.send(command));
      } catch (thrown) {
        // Another process was faster, or the answer to the first try was lost.
        if (nameOf(thrown) === 'AlreadyExistsException') return null;
        throw thrown;
      }
    });
    return created ?? (await this.get(name)) ?? this.create(name, dkimLength);
  }

  async setMailFrom(name: string, domain: string | null): Promise<void> {
    const command = new PutEmailIdentityMailFromAttributesCommand({
      EmailIdentity: name,
      MailFromDomain: domain ?? '',
      // Where its records are gone, mail goes out from SES's own domain rather than not at all.
      BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
    });
    await this.#calls.make('ses:PutEmailIdentityMailFromAttributes', () => this.#client.send(command));
  }

  remove(name: string): Promise<boolean> {
    const command = new DeleteEmailIdentityCommand({ EmailIdentity: name });
    return this.#calls.make('ses:DeleteEmailIdentity', async () => {
      try {
        await this.#client.send(command);
        return true;
      } catch (thrown) {
        if (nameOf(thrown) === 'NotFoundException') return false;
        throw thrown;
      }
    });
  }

  region(): Promise<string> {
    return this.#calls.make('an AWS region', () => this.#client.config.region());
  }

  close(): void {
    this.#client.destroy();
  }
}

function identityOf(
  name: string,
  {
    VerifiedForSendingStatus,
    DkimAttributes,
    MailFromAttributes,
  }: Pick<GetEmailIdentityResponse, 'VerifiedForSendingStatus' | 'DkimAttributes' | 'MailFromAttributes'>,
): SesIdentity {
  return {
    name,
    verified: VerifiedForSendingStatus ?? false,
    dkim: dkimOf(DkimAttributes),
    mailFrom: mailFromOf(MailFromAttributes),
  };
}

const DKIM_STATUSES: readonly SesDkimStatus[] = [
  'PENDING',
  'SUCCESS',
  'FAILED',
  'TEMPORARY_FAILURE',
  'NOT_STARTED',
];

function dkimOf(dkim: DkimAttributes | undefined): SesDkim {
  const origin = dkim?.SigningAttributesOrigin === 'EXTERNAL' ? 'own' : 'easy';
  return {
    status: DKIM_STATUSES.find((status) => status === dkim?.Status) ?? 'NOT_STARTED',
    // With keys of one's own this is the selector.
    tokens: origin === 'own' ? [] : (dkim?.Tokens ?? []),
    hostedZone: dkim?.SigningHostedZone?.replace(/\.$/, '') ?? null,
    keyLength: keyLengthOf(dkim?.CurrentSigningKeyLength ?? dkim?.NextSigningKeyLength),
    origin,
  };
}

function keyLengthOf(said: string | undefined): 1024 | 2048 | null {
  if (said === 'RSA_1024_BIT') return 1024;
  return said === 'RSA_2048_BIT' ? 2048 : null;
}

const MAIL_FROM_STATUSES = ['PENDING', 'SUCCESS', 'FAILED', 'TEMPORARY_FAILURE'] as const;

function mailFromOf(mailFrom: MailFromAttributes | undefined): SesMailFrom | null {
  if (!mailFrom?.MailFromDomain) return null;
  const { MailFromDomain: domain, MailFromDomainStatus: said } = mailFrom;
  return { domain, status: MAIL_FROM_STATUSES.find((status) => status === said) ?? 'PENDING' };
}
