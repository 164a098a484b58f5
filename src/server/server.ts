import { Fault, messageOf } from '../core/fault.ts';
import type { Service } from '../core/service.ts';
import { Access } from './access.ts';
import { type App, type AppParts, buildApp, type RouteNote, type Scope } from './build-app.ts';
import type { HealthParts } from './health-route.ts';
import { SERVER_LIMITS, type ServerLimits, SOCKETS_MAX } from './limits.ts';

export interface ServerParts
  extends Pick<
      AppParts,
      | 'unsubscribe'
      | 'sns'
      | 'routes'
      | 'publicUrl'
      | 'trustedProxies'
      | 'ended'
      | 'clock'
      | 'logger'
      | 'meter'
    >,
    Pick<HealthParts, 'redis' | 'obstacle'> {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Where public routes answer; null where they do so on the same port as all others. */
  readonly publicPort: { readonly host: string; readonly port: number } | null;
  /** SLUICE_API_TOKEN; null: private routes answer on this machine only. */
  readonly token: string | null;
  /** Who acts on this machine where there is no token. */
  readonly localUser: string;
  readonly limits?: Partial<ServerLimits>;
}

interface Listener {
  readonly app: App;
  readonly host: string;
  readonly port: number;
  /** What to do where it is taken. */
  readonly hint: string;
}

/** The HTTP server. It may be started again after a stop. */
export class HttpServer implements Service {
  readonly #parts: ServerParts;
  readonly #limits: ServerLimits;
  readonly #access: Access;
  #listeners: readonly Listener[] = [];
  #isStopping = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#limits = { ...SERVER_LIMITS, ...parts.limits };
    const { token, localUser, ended, clock } = parts;
    this.#access = new Access({ token, localUser, ended, clock, limits: this.#limits });
  }

  /** Where it listens; null where it does not. */
  get port(): number | null {
    return portOf(this.#listeners[0]);
  }

  /** Where public routes answer, if they have a port of their own. */
  get publicPort(): number | null {
    return portOf(this.#listeners[1]);
  }

  /** All that `port` answers. */
  get routes(): readonly RouteNote[] {
    return this.#listeners[0]?.app.routes ?? [];
  }

  /** @throws Fault SERVER_LISTEN where a port is taken or not allowed */
  async start(): Promise<void> {
    if (this.#listeners.length > 0) return;
    this.#isStopping = false;
    const { host, port, publicPort } = this.#parts;
    const first = await this.#listener(
      publicPort ? 'private' : 'all',
      host,
      port,
      'set SLUICE_PORT or SLUICE_HOST to others',
    );
    const second = publicPort
      ? [
          await this.#listener(
            'public',
            publicPort.host,
            publicPort.port,
            'set SLUICE_PUBLIC_PORT to another',
          ),
        ]
      : [];
    this.#listeners = [first, ...second];
    try {
      for (const listener of this.#listeners) await this.#listen(listener);
    } catch (thrown) {
      await this.stop();
      throw thrown;
    }
  }

  /** Nobody new comes in, answers that are on their way go out, event streams end, and idle connections are closed. */
  async stop(): Promise<void> {
    const listeners = this.#listeners;
    if (listeners.length === 0) return;
    this.#isStopping = true;
    const apps = listeners.map(({ app }) => app.fastify);
    const alarm = setTimeout(() => {
      for (const app of apps) app.server.closeAllConnections();
    }, this.#limits.stopMs);
    try {
      await Promise.all(apps.map((app) => app.close()));
    } finally {
      clearTimeout(alarm);
      this.#parts.ended.stop();
      this.#listeners = [];
    }
  }

  async #listener(scope: Scope, host: string, port: number, hint: string): Promise<Listener> {
    const { redis, obstacle, clock } = this.#parts;
    const limits = this.#limits;
    const health = { redis, obstacle, clock, freshMs: limits.readyMs, isStopping: () => this.#isStopping };
    const app = await buildApp({ ...this.#parts, health, limits, access: this.#access }, scope);
    return { app, host, port, hint };
  }

  async #listen({ app, host, port, hint }: Listener): Promise<void> {
    try {
      await app.fastify.listen({ host, port });
    } catch (cause) {
      throw new Fault('SERVER_LISTEN', listenProblem(cause, host, port, hint), { cause });
    }
    app.fastify.server.maxConnections = SOCKETS_MAX;
    const address = app.fastify.server.address();
    this.#parts.logger.info('the server listens', {
      host,
      port: typeof address === 'object' ? address?.port : port,
    });
  }
}

function portOf(listener: Listener | undefined): number | null {
  const address = listener?.app.fastify.server.address() ?? null;
  return typeof address === 'object' ? (address?.port ?? null) : null;
}

function listenProblem(cause: unknown, host: string, port: number, hint: string): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  const why =
    code === 'EADDRINUSE'
      ? 'is taken'
      : code === 'EACCES'
        ? 'is not allowed to this user'
        : `can't be listened on (${messageOf(cause)})`;
  return `port ${port} of ${host} ${why}: ${hint}`;
}
