import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** What a request is signed with. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface UnsignedRequest {
  readonly method: string;
  /** As the request line has it; encoded already, without a query. */
  readonly path: string;
  /** As the Host header has it. */
  readonly host: string;
  /** Null for a request without a body. */
  readonly contentType: string | null;
  readonly body: Uint8Array;
  /** The instant that the request is dated with, in milliseconds since 1970. */
  readonly dated: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Signature Version 4 (AWS, "Create a signed AWS API request"), for requests without a query, of one service in one region:
 * what the two calls need that carry all mail. The key of a day is derived once, and kept as a KeyObject, with which an HMAC takes a
 * fifth of the time.
 */
export class SigV4 {
  readonly #region: string;
  readonly #service: string;
  #derived: { readonly day: string; readonly secret: string; readonly key: KeyObject } | null = null;

  constructor(region: string, service: string) {
    this.#region = region;
    this.#service = service;
  }

  /** The headers that make the request a signed one. Host and content type are signed and not among them. */
  headers(request: UnsignedRequest, credentials: SigningCredentials): Record<string, string> {
    const at = new Date(request.dated).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const day = at.slice(0, 8);
    const token = credentials.sessionToken;
    const signed = [
      ...(request.contentType === null ? [] : [['content-type', request.contentType]]),
      ['host', request.host],
      ['x-amz-date', at],
      ...(token === undefined ? [] : [['x-amz-security-token', token]]),
    ];
    const names = signed.map(([name]) => name).join(';');
    const canonical = [
      request.method,
      request.path,
      '',
      ...signed.map(([name, value]) => `${name}:${value}`),
      '',
      names,
      hash('sha256', request.body, 'hex'),
    ].join('\n');
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`;
    const text = `${ALGORITHM}\n${at}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
    const signature = createHmac('sha256', this.#key(day, credentials.secretAccessKey))
      .update(text)
      .digest('hex');
    return {
      'x-amz-date': at,
      ...(token === undefined ? {} : { 'x-amz-security-token': token }),
      authorization: `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    };
  }

  #key(day: string, secret: string): KeyObject {
    if (this.#derived?.day !== day || this.#derived.secret !== secret) {
      const key = [day, this.#region, this.#service, 'aws4_request'].reduce<string | Buffer>(
        (under, part) => createHmac('sha256', under).update(part).digest(),
        `AWS4${secret}`,
      );
      this.#derived = { day, secret, key: createSecretKey(Buffer.from(key)) };
    }
    return this.#derived.key;
  }
}
