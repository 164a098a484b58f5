import { z } from 'zod';
import { Fault, messageOf } from '../core/fault.ts';

/**
 * Why Postmaster Tools could not be read: of the whole account, or of one domain (`FORBIDDEN`, `UNVERIFIED`, `ANSWER`). They are
 * stable, and the codes of Faults: `POSTMASTER_SCOPE`, and so on.
 */
export type PostmasterTrouble =
  | 'CREDENTIALS'
  | 'SCOPE'
  | 'NOT_ENABLED'
  | 'PROJECT'
  | 'FORBIDDEN'
  | 'UNVERIFIED'
  | 'BUSY'
  | 'AWAY'
  | 'ANSWER';

const SAID: Readonly<Record<PostmasterTrouble, string>> = {
  CREDENTIALS: "there are no credentials of Google's that it takes",
  SCOPE: 'the credentials were given without the scopes that it takes',
  NOT_ENABLED: 'the Gmail Postmaster Tools API is not enabled in the Google Cloud project that is asked for',
  PROJECT: 'the account may not use the Google Cloud project that is asked for',
  FORBIDDEN: 'the account may not read it in Postmaster Tools',
  UNVERIFIED: 'it is not verified in Postmaster Tools for this account',
  BUSY: 'too much was asked of it for the moment',
  AWAY: 'it gave no answer, or none that says anything',
  ANSWER: 'its answer is not in the form that this version knows',
};

/** Of one domain only: others may be read all the same. */
export function isOfDomain({ code }: Fault): boolean {
  return code === 'POSTMASTER_FORBIDDEN' || code === 'POSTMASTER_UNVERIFIED' || code === 'POSTMASTER_ANSWER';
}

/** @param of what was being read, such as a domain */
export function postmasterFault(trouble: PostmasterTrouble, of: string, cause?: unknown): Fault {
  const more = trouble === 'CREDENTIALS' || trouble === 'AWAY' ? causeText(cause) : '';
  return new Fault(`POSTMASTER_${trouble}`, `Postmaster Tools: ${of}: ${SAID[trouble]}${more}`, { cause });
}

/** Of a refusal: Google names the reason in `error.details` (google.rpc.ErrorInfo), and the status says the rest. */
export function refusalOf(status: number, body: string): PostmasterTrouble {
  const reasons = reasonsOf(body);
  for (const reason of reasons) {
    const trouble = BY_REASON.get(reason);
    if (trouble !== undefined) return trouble;
  }
  return BY_STATUS.get(status) ?? 'AWAY';
}

const BY_REASON: ReadonlyMap<string, PostmasterTrouble> = new Map([
  ['SERVICE_DISABLED', 'NOT_ENABLED'],
  ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'SCOPE'],
  ['USER_PROJECT_DENIED', 'PROJECT'],
  ['CONSUMER_INVALID', 'PROJECT'],
  ['RATE_LIMIT_EXCEEDED', 'BUSY'],
]);

const BY_STATUS: ReadonlyMap<number, PostmasterTrouble> = new Map([
  [400, 'ANSWER'],
  [401, 'CREDENTIALS'],
  [403, 'FORBIDDEN'],
  [404, 'UNVERIFIED'],
  [429, 'BUSY'],
]);

const refusal = z.object({
  error: z.object({ details: z.array(z.looseObject({ reason: z.string().optional() })).optional() }),
});

function reasonsOf(body: string): string[] {
  try {
    const { error } = refusal.parse(JSON.parse(body));
    return (error.details ?? []).flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  } catch {
    // An answer of some proxy between.
    return [];
  }
}

/** What a library said may be long, and is cut. */
const CAUSE_CHARACTERS_MAX = 200;

function causeText(cause: unknown): string {
  return cause === undefined ? '' : ` (${messageOf(cause).slice(0, CAUSE_CHARACTERS_MAX)})`;
}
