/** An error as SES answers it: the SDK finds the name in the header `x-amzn-errortype`. */
export interface SesError {
  readonly name: string;
  readonly status: number;
  readonly message: string;
}

/** Something that was asked for, or SES's error about it. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: SesError };

export function badRequest(message: string): SesError {
  return { name: 'BadRequestException', status: 400, message };
}

export function notFound(message: string): SesError {
  return { name: 'NotFoundException', status: 404, message };
}

export function alreadyExists(message: string): SesError {
  return { name: 'AlreadyExistsException', status: 400, message };
}

export function messageRejected(message: string): SesError {
  return { name: 'MessageRejected', status: 400, message };
}

export function sendingPaused(message: string): SesError {
  return { name: 'SendingPausedException', status: 400, message };
}

export const ACCOUNT_SUSPENDED: SesError = {
  name: 'AccountSuspendedException',
  status: 400,
  message: "The account's ability to send email has been permanently restricted.",
};

export const RATE_EXCEEDED: SesError = {
  name: 'TooManyRequestsException',
  status: 429,
  message: 'Maximum sending rate exceeded.',
};

export const INVALID_TOKEN: SesError = {
  name: 'InvalidNextTokenException',
  status: 400,
  message: 'The specified request includes an invalid or expired token.',
};

export const QUOTA_EXCEEDED: SesError = {
  name: 'LimitExceededException',
  status: 400,
  message: 'Daily message quota exceeded.',
};
