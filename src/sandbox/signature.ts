import type { IncomingHttpHeaders } from 'node:http';
import type { SesError } from './error.ts';

/** AWS refuses a request that is dated further from its clock than this, before or after. */
const SKEW_MS_MAX = 5 * 60_000;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
const DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/**
 * What SigV4 says against this request, or null. Any access key will do, and the signature itself is not computed
 * again, since the sandbox knows no secrets; its form, its scope and above all its date are checked as AWS does.
 *
 * @param service whom the request must be signed for
 * @param nowMs the sandbox's clock
 */
export function checkSignature(
  headers: IncomingHttpHeaders,
  service: 'ses' | 'sqs',
  nowMs: number,
): SesError | null {
  const { authorization } = headers;
  if (!authorization) {
    return {
      name: 'MissingAuthenticationTokenException',
      status: 403,
      message: 'Missing Authentication Token',
    };
  }
  const parts = AUTHORIZATION.exec(authorization);
  const date = headers['x-amz-date'];
  if (!parts || typeof date !== 'string') {
    return {
      name: 'IncompleteSignatureException',
      status: 400,
      message: "Authorization header requires 'Credential', 'SignedHeaders', 'Signature' and 'X-Amz-Date'.",
    };
  }
  const [, , scopeDay = '', , scope, signed = ''] = parts;
  if (scope !== service) return invalid(`Credential should be scoped to correct service: '${service}'.`);
  const names = signed.split(';');
  if (!names.includes('host') || !names.includes('x-amz-date')) {
    return invalid("'Host' and 'X-Amz-Date' must be signed headers in the AWS Authorization.");
  }
  return checkDate(date, scopeDay, nowMs);
}

function checkDate(date: string, scopeDay: string, nowMs: number): SesError | null {
  const datedMs = parseDate(date);
  if (datedMs === null) return invalid("Date must be in ISO-8601 'basic format'.");
  if (!date.startsWith(scopeDay)) return invalid('Date in Credential scope does not match X-Amz-Date.');
  const now = basicFormat(nowMs);
  if (datedMs < nowMs - SKEW_MS_MAX) {
    const edge = basicFormat(nowMs - SKEW_MS_MAX);
    return invalid(`Signature expired: ${date} is now earlier than ${edge} (${now} - 5 min.)`);
  }
  if (datedMs > nowMs + SKEW_MS_MAX) {
    const edge = basicFormat(nowMs + SKEW_MS_MAX);
    return invalid(`Signature not yet current: ${date} is still later than ${edge} (${now} + 5 min.)`);
  }
  return null;
}

/** Milliseconds since 1970 of `20261127T000000Z`, or null where it is no such date. */
function parseDate(text: string): number | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const [, year, month, day, hour, minute, second] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? null : ms;
}

function basicFormat(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

function invalid(message: string): SesError {
  return { name: 'InvalidSignatureException', status: 403, message };
}
