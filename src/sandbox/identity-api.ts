import { DKIM_ZONE } from './dkim-token.ts';
import { badRequest, INVALID_TOKEN, type SesError } from './error.ts';
import { errorReply, json, type Reply } from './http.ts';
import { type Identity, isVerified, type KeyLength } from './identities.ts';
import { dkimSigningShape, identityShape, mailFromShape, parseBody } from './shape.ts';
import type { SesState } from './state.ts';

/** What a page has at the most, and where nobody says how much. */
const PAGE_SIZE_MAX = 1_000;
const KEY_LENGTH: KeyLength = 'RSA_2048_BIT';
const NO_OWN_KEYS = badRequest('The sandbox has Easy DKIM only: it takes no selector and no private key.');

export function createIdentity(state: SesState, body: Buffer): Reply {
  const request = parseBody(identityShape, body);
  if (!request.ok) return errorReply(request.error);
  const { EmailIdentity: name, DkimSigningAttributes: signing } = request.value;
  if (signing?.DomainSigningSelector !== undefined || signing?.DomainSigningPrivateKey !== undefined)
    return errorReply(NO_OWN_KEYS);
  const created = state.identities.create(name, signing?.NextSigningKeyLength ?? KEY_LENGTH);
  if (!created.ok) return errorReply(created.error);
  return json({
    IdentityType: created.value.type,
    VerifiedForSendingStatus: isVerified(created.value),
    DkimAttributes: dkimAttributes(created.value),
  });
}

export async function getIdentity(state: SesState, name: string): Promise<Reply> {
  const found = await state.identities.get(name);
  if (!found.ok) return errorReply(found.error);
  const { type, dkim, mailFrom } = found.value;
  return json({
    IdentityType: type,
    FeedbackForwardingStatus: true,
    VerifiedForSendingStatus: isVerified(found.value),
    VerificationStatus: dkim.status,
    DkimAttributes: dkimAttributes(found.value),
    MailFromAttributes: {
      BehaviorOnMxFailure: mailFrom?.fallback ?? 'USE_DEFAULT_VALUE',
      ...(mailFrom
        ? { MailFromDomain: mailFrom.domain, MailFromDomainStatus: mailFrom.standing.status }
        : {}),
    },
    Policies: {},
    Tags: [],
  });
}

interface ListRequest {
  readonly PageSize?: number | string | null | undefined;
  readonly NextToken?: string | null | undefined;
}

export async function listIdentities(state: SesState, asked: ListRequest): Promise<Reply> {
  const pageSize = Number(asked.PageSize ?? PAGE_SIZE_MAX);
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > PAGE_SIZE_MAX)
    return errorReply(badRequest(`PageSize must be from 1 to ${PAGE_SIZE_MAX}.`));
  const token = asked.NextToken ?? null;
  const all = await state.identities.list();
  const start = token === null ? 0 : all.findIndex(({ name }) => name === token);
  if (start < 0) return errorReply(INVALID_TOKEN);
  const next = all[start + pageSize];
  return json({
    EmailIdentities: all.slice(start, start + pageSize).map((identity) => ({
      IdentityType: identity.type,
      IdentityName: identity.name,
      SendingEnabled: isVerified(identity),
      VerificationStatus: identity.dkim.status,
    })),
    ...(next ? { NextToken: next.name } : {}),
  });
}

export function deleteIdentity(state: SesState, name: string): Reply {
  return done(state.identities.delete(name));
}

export function putMailFrom(state: SesState, body: Buffer, name: string): Reply {
  const request = parseBody(mailFromShape, body);
  if (!request.ok) return errorReply(request.error);
  const { MailFromDomain: domain, BehaviorOnMxFailure: fallback = 'USE_DEFAULT_VALUE' } = request.value;
  return done(state.identities.setMailFrom(name, domain ? domain : null, fallback));
}

export function putDkimSigning(state: SesState, body: Buffer, name: string): Reply {
  const request = parseBody(dkimSigningShape, body);
  if (!request.ok) return errorReply(request.error);
  const { SigningAttributesOrigin: origin, SigningAttributes: signing } = request.value;
  if (origin !== 'AWS_SES') return errorReply(NO_OWN_KEYS);
  const restarted = state.identities.restartDkim(name, signing?.NextSigningKeyLength ?? KEY_LENGTH);
  if (!restarted.ok) return errorReply(restarted.error);
  const { dkim, tokens } = restarted.value;
  return json({ DkimStatus: dkim.status, DkimTokens: tokens, SigningHostedZone: DKIM_ZONE });
}

function dkimAttributes({ type, dkim, tokens, keyLength, startedMs }: Identity) {
  // An address is signed for by its domain, where that is an identity.
  if (type === 'EMAIL_ADDRESS') return { SigningEnabled: false, Status: 'NOT_STARTED' };
  return {
    SigningEnabled: true,
    Status: dkim.status,
    Tokens: tokens,
    SigningHostedZone: DKIM_ZONE,
    SigningAttributesOrigin: 'AWS_SES',
    CurrentSigningKeyLength: keyLength,
    NextSigningKeyLength: keyLength,
    LastKeyGenerationTimestamp: startedMs / 1000,
  };
}

function done(error: SesError | null): Reply {
  return error ? errorReply(error) : json({});
}
