import { createBullBoard } from '@bull-board/api';
import type {
  AppControllerRoute,
  BullBoardQueues,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app';

/** A question that the board's page asks, and who answers it. */
export interface BoardQuestion {
  /** Below the board, such as `/api/queues/:queueName`. */
  readonly path: string;
  readonly answer: (request: BoardRequest) => Promise<{ readonly status: number; readonly body: unknown }>;
}

export interface BoardRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
}

export interface Board {
  readonly questions: readonly BoardQuestion[];
  /** Methods and paths that Bull Board has for changing queues, of which none is served. */
  readonly refused: readonly { readonly method: string; readonly path: string }[];
}

/** Bull Board without a web framework: what only looks, and what is left out since it would change something. */
export function openBoard(queues: Parameters<typeof createBullBoard>[0]['queues'], uiFolder: string): Board {
  const host = new Host();
  createBullBoard({ queues, serverAdapter: host, options: { uiBasePath: uiFolder, uiConfig: {} } });
  return host.board();
}

/** Takes what Bull Board would have served. */
class Host implements IServerAdapter {
  #queues: BullBoardQueues = new Map();
  #routes: readonly AppControllerRoute[] = [];

  board(): Board {
    const all = this.#routes.flatMap((route) =>
      listOf(route.route).flatMap((path) => listOf(route.method).map((method) => ({ method, path, route }))),
    );
    return {
      questions: all
        .filter(({ method }) => method === 'get')
        .map(({ path, route }) => ({ path, answer: (request) => this.#answer(route, request) })),
      refused: all
        .filter(({ method }) => method !== 'get')
        .map(({ method, path }) => ({ method: method.toUpperCase(), path })),
    };
  }

  async #answer(route: AppControllerRoute, { params, query }: BoardRequest) {
    const queues = this.#queues;
    const request = { queues, uiConfig: BOARD_CONFIG, params, query: { ...query }, body: {}, headers: {} };
    const { status = 200, body } = await route.handler(request);
    return { status, body };
  }

  setQueues(queues: BullBoardQueues): this {
    this.#queues = queues;
    return this;
  }

  setApiRoutes(routes: AppControllerRoute[]): this {
    this.#routes = routes;
    return this;
  }

  /** The page is our own (`board-page.ts`), and so is what is served with it (`board-files.ts`). */
  setViewsPath(): this {
    return this;
  }

  setStaticPath(): this {
    return this;
  }

  setEntryRoute(): this {
    return this;
  }

  setErrorHandler(): this {
    return this;
  }

  setUIConfig(): this {
    return this;
  }
}

/** Workers are shown by the console, which does not ask Redis for all its connections to know them. */
export const BOARD_CONFIG: UIConfig = {
  boardTitle: 'Sluice',
  hideDocsLink: true,
  showWorkers: false,
  favIcon: { default: 'static/images/logo.svg', alternative: 'static/favicon-32x32.png' },
  pollingInterval: { showSetting: true },
};

function listOf<T>(one: T | readonly T[]): readonly T[] {
  return isList(one) ? one : [one];
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
