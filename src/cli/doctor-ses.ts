import { duration, figure } from '../core/figures.ts';
import { missingEventTypes, NEEDED_EVENT_TYPES } from '../identity/event-types.ts';
import type { Asked, ConfigurationSetState } from '../identity/ses-identity.ts';
import type { AccountNotice } from '../send/account-board.ts';
import type { SesInspection } from '../send/ses-inspection.ts';
import type { SesAccount } from '../send/transport.ts';
import { type Check, fail, ok, warn } from './doctor-check.ts';

const ACCOUNT = 'ses account';
const SET = 'ses configuration';
const EVENTS = 'ses events';

/** A tenth of the quota is what a day's last campaigns need. */
const QUOTA_LEFT_SHARE_WARN = 0.1;

/**
 * @param name of the configuration set; null where none is set
 * @param isSandbox whose events go to a queue of its own, whatever the configuration set says
 */
export function sesChecks(
  { account, configurationSet }: SesInspection,
  name: string | null,
  isSandbox = false,
): Check[] {
  // Whoever could not ask for the one has nothing to say of the other.
  if (account.kind === 'failure') return accountChecks(account);
  const events =
    configurationSet?.kind === 'answer' && name !== null && !isSandbox
      ? [eventsCheck(configurationSet.value, name)]
      : [];
  return [...accountChecks(account), setCheck(configurationSet, name), ...events];
}

/** Where this process has no settings for SES: what the workers were told. */
export function unaskedChecks(notice: AccountNotice | null, nowMs: number): Check[] {
  if (!notice) {
    return [
      warn(
        ACCOUNT,
        'not asked, since this process has no settings for SES, and no worker has been running',
        'run this where the workers run',
      ),
    ];
  }
  const age = duration(Math.max(0, nowMs - notice.at));
  return [
    ok(
      ACCOUNT,
      `not asked, since this process has no settings for SES; ${age} ago a worker might send ${figure(notice.perSecond)} a second`,
    ),
  ];
}

/** Each worker runs a sandbox inside of itself. */
export function ownSandboxCheck(): Check {
  return ok(ACCOUNT, 'mail goes to sandboxes inside of the workers (SLUICE_SES=sandbox), and nowhere else');
}

function accountChecks(asked: Asked<SesAccount>): Check[] {
  if (asked.kind === 'failure') return [failureCheck(asked)];
  const account = asked.value;
  const checks: Check[] = [];
  if (!account.sendingEnabled) {
    checks.push(fail(ACCOUNT, 'sending is paused for this account', 'see the SES console for the reason'));
  }
  if (account.enforcement === 'SHUTDOWN') {
    checks.push(fail(ACCOUNT, 'AWS has suspended the account', 'answer the case that AWS has opened'));
  } else if (account.enforcement !== 'HEALTHY') {
    checks.push(
      warn(
        ACCOUNT,
        `AWS has the account under review (${account.enforcement})`,
        'answer the case that AWS has opened',
      ),
    );
  }
  if (!account.productionAccess) {
    checks.push(
      warn(
        ACCOUNT,
        'the account is in the SES sandbox and may send to verified addresses only',
        'ask AWS for production access',
      ),
    );
  }
  return [...checks, quotaCheck(account)];
}

function quotaCheck({ perSecond, perDay, sentLast24Hours }: SesAccount): Check {
  const rate = `${figure(perSecond)} a second`;
  if (perDay === null) return ok(ACCOUNT, `${rate}, without a quota`);
  const left = Math.max(0, perDay - sentLast24Hours);
  const found = `${rate}; ${figure(left)} of ${figure(perDay)} are left in these 24 hours`;
  if (left === 0) return fail(ACCOUNT, found, 'wait, or ask AWS for a higher quota');
  return left < perDay * QUOTA_LEFT_SHARE_WARN
    ? warn(ACCOUNT, found, 'campaigns will be held when it is used up')
    : ok(ACCOUNT, found);
}

function failureCheck({ name, message }: Extract<Asked<unknown>, { kind: 'failure' }>): Check {
  if (/credential/i.test(name)) {
    return fail(
      ACCOUNT,
      'there are no AWS credentials',
      'give the SDK some (a role, a profile, AWS_ACCESS_KEY_ID)',
    );
  }
  if (/region/i.test(message)) return fail(ACCOUNT, 'there is no AWS region', 'set AWS_REGION');
  const denied = /AccessDenied|UnrecognizedClient|InvalidClientTokenId|Signature/i.test(name);
  return fail(
    ACCOUNT,
    `SES does not answer (${name}: ${message})`,
    denied ? 'check the credentials and their policy (ses:GetAccount)' : 'check network and endpoint',
  );
}

function setCheck(asked: SesInspection['configurationSet'], name: string | null): Check {
  if (asked === null || name === null) {
    return warn(
      SET,
      'none is set, so that mail may go on without TLS, and bounces and complaints are not heard of',
      'set SLUICE_CONFIGURATION_SET, and run sluice setup, which makes it',
    );
  }
  if (asked.kind === 'answer') return stateCheck(asked.value, name);
  if (asked.name === 'NotFoundException') {
    return fail(
      SET,
      `SES has no configuration set "${name}"`,
      'run sluice setup, which makes it, or correct SLUICE_CONFIGURATION_SET',
    );
  }
  return warn(
    SET,
    `SES does not say how "${name}" is set up (${asked.name}: ${asked.message})`,
    'allow ses:GetConfigurationSet and ses:GetConfigurationSetEventDestinations',
  );
}

function stateCheck({ sendingEnabled, tlsRequired }: ConfigurationSetState, name: string): Check {
  if (!sendingEnabled) return fail(SET, `sending is paused for "${name}"`, 'switch it on in SES');
  return tlsRequired
    ? ok(SET, `"${name}" sends, and requires TLS`)
    : warn(
        SET,
        `"${name}" hands mail on without TLS where a receiver has none`,
        'run sluice setup, which requires it',
      );
}

function eventsCheck({ destinations }: ConfigurationSetState, name: string): Check {
  const missing = missingEventTypes(destinations);
  if (missing.length === 0) return ok(EVENTS, `"${name}" publishes all that Sluice needs to an SNS topic`);
  const found =
    missing.length === NEEDED_EVENT_TYPES.length
      ? `"${name}" publishes to no SNS topic, so that bounces and complaints are not heard of`
      : `"${name}" publishes no ${missing.join(', ')} to an SNS topic`;
  return warn(EVENTS, found, 'run sluice setup, which adds what is missing (docs/operators.md)');
}
