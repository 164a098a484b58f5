/** What the REST API answers where it refuses; the gRPC side throws its own. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly location: string | undefined;

  constructor(status: number, reason: string, message: string, location?: string) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.location = location;
  }

  body(): unknown {
    const { status, reason, message, location } = this;
    const error = { message, domain: 'global', reason, ...(location && { location, locationType: 'other' }) };
    return { error: { code: status, message, errors: [error], status: STATUS_NAMES[status] ?? 'UNKNOWN' } };
  }
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

export function notFound(what: string): ApiError {
  return new ApiError(404, 'notFound', `Not found: ${what}`);
}

export function alreadyExists(what: string): ApiError {
  return new ApiError(409, 'duplicate', `Already Exists: ${what}`);
}

export function invalid(message: string): ApiError {
  return new ApiError(400, 'invalid', message);
}

export function invalidQuery(message: string): ApiError {
  return new ApiError(400, 'invalidQuery', message, 'query');
}
