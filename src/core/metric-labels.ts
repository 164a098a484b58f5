import type { FreeLabel } from './metric-spec.ts';

/* Values of labels, and bounds of buckets. */

/** Routes are patterns of the code (`/v1/campaigns/:id`), never paths. */
export const ROUTES: FreeLabel = { most: 200 };
export const PROJECTS: FreeLabel = { most: 50 };
export const WORKERS: FreeLabel = { most: 200 };
export const THREADS: FreeLabel = { most: 8 };

export const CALL_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
export const WAIT_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
export const LAG_SECONDS = [1, 5, 10, 30, 60, 120, 300, 450, 900, 3_600, 21_600, 86_400] as const;
export const SHIP_SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600] as const;
export const HTTP_SECONDS = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10] as const;

/** SES's own names for why it will not take one mail, and ours (outcome.ts, aftermath.ts). */
export const REJECTIONS = [
  'MESSAGE_REJECTED',
  'INVALID_PARAMETER',
  'INVALID_PARAMETER_VALUE',
  'TRANSIENT_FAILURE',
  'FAILED',
  'BadRequestException',
  'MessageRejected',
  'ValidationException',
  'TOO_LARGE',
  'UNSUBSCRIBE_URL',
] as const;

export const SUPPRESSIONS = ['unsubscribed', 'bounced', 'complained', 'blocked'] as const;
export const SINKS = ['files', 'bigquery', 'notices'] as const;
export const EVENTS = [
  'send',
  'delivery',
  'delivery_delay',
  'bounce',
  'complaint',
  'reject',
  'rendering_failure',
  'open',
  'click',
  'subscription',
] as const;
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export const ROLES = ['plan', 'send', 'log', 'feedback'] as const;
