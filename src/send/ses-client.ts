import { GetAccountCommand, SESv2Client, type SESv2ClientConfig } from '@aws-sdk/client-sesv2';
import { Fault } from '../core/fault.ts';

/** A connection that takes longer than this to come about will not help a call that has claimed its recipients. */
export const CONNECT_MS = 5_000;
/**
 * An idle connection is given up after this long: well before servers and load balancers do so (5 s at the least that
 * is usual, a minute and more at AWS). One that the server has closed already would put a whole call in doubt.
 */
export const IDLE_SOCKET_MS = 4_000;
/** GetAccount runs beside the sends and must not wait for one of their connections. */
export const SOCKETS_BESIDE_SENDS = 1;

export interface SesAccess {
  /** Without it the SDK looks where it always does. */
  readonly region?: string;
  /** Where SES is; without it the SDK decides (`AWS_ENDPOINT_URL_SESV2`, the region). */
  readonly endpoint?: string;
  /** Without them the SDK looks where it always does. */
  readonly credentials?: NonNullable<SESv2ClientConfig['credentials']>;
}

export interface SesTransportOptions extends SesAccess {
  readonly configurationSet?: string;
  /** Calls in flight at a time, at most. */
  readonly concurrency: number;
  /** How long a call may take, from the first byte to the answer. */
  readonly timeoutMs: number;
  readonly idleSocketMs?: number;
}

/** The parts of the SDK's configuration that say where SES is and who asks. */
export function accessConfig({ region, endpoint, credentials }: SesAccess): SESv2ClientConfig {
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** Where the SDK would send a request, and for which region it would sign it. */
export interface SesPlace {
  /** With the scheme, without a path. */
  readonly origin: string;
  /** As the Host header has it. */
  readonly host: string;
  /** Before the path of each call; empty as a rule. */
  readonly basePath: string;
  readonly region: string;
}

/**
 * Asks the SDK by letting it prepare a request that is never sent: variables, profiles, dual-stack and FIPS endpoints count as
 * they do for the SDK itself.
 */
export async function placeOf(client: SESv2Client): Promise<SesPlace> {
  let place: SesPlace | null = null;
  const command = new GetAccountCommand({});
  const region = await client.config.region();
  command.middlewareStack.add(
    (_next, context) => async (args) => {
      place = placeOfRequest(args.request, signingRegion(context, region));
      return { response: undefined, output: { $metadata: {} } };
    },
    { step: 'build', priority: 'high', name: 'takePlace' },
  );
  await client.send(command);
  if (!place) throw new Fault('SES_PLACE', 'the SDK does not say where SES is');
  return place;
}

function placeOfRequest(request: unknown, region: string): SesPlace {
  const [protocol, hostname, port, path] = ['protocol', 'hostname', 'port', 'path'].map((name) =>
    property(request, name),
  );
  if (typeof protocol !== 'string' || typeof hostname !== 'string' || typeof path !== 'string')
    throw new Fault('SES_PLACE', 'the SDK does not say where SES is');
  const host = typeof port === 'number' ? `${hostname}:${port}` : hostname;
  return {
    origin: `${protocol}//${host}`,
    host,
    basePath: path.replace(/\/v2\/email\/account$/, ''),
    region,
  };
}

/** An endpoint may ask for a signature of another region than the client's. */
function signingRegion(context: unknown, region: string): string {
  const schemes = property(property(property(context, 'endpointV2'), 'properties'), 'authSchemes');
  const signing = Array.isArray(schemes) ? property(schemes[0], 'signingRegion') : undefined;
  return typeof signing === 'string' ? signing : region;
}

export function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
