import { consoleRoutes } from '../../../src/server/console/console-routes.ts';
import { type DeskStage, deskStage } from '../../support/desk-stage.ts';
import type { useRedis } from '../../support/redis.ts';
import { serve } from '../stage.ts';

export interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface ConsoleStage extends DeskStage {
  readonly base: string;
  /** What a browser of somebody who is signed in gets. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Shown>;
  /** Posts a form with its CSRF value. */
  post(path: string, fields?: Readonly<Record<string, string>>): Promise<Shown>;
  csrf(): Promise<string>;
}

/** The console on a server with its guard, and a desk on a real Redis. */
export async function consoleStage(
  redis: ReturnType<typeof useRedis>,
  environment: Readonly<Record<string, string>> = {},
): Promise<ConsoleStage> {
  const stage = deskStage(redis, environment);
  const { base } = await serve(redis.url, { routes: [consoleRoutes(stage.desk)] });
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${base}${path}`, { redirect: 'manual', ...init });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const csrf = async () => csrfIn((await ask('/new-campaign')).text);
  return {
    ...stage,
    base,
    csrf,
    get: (path, headers = {}) => ask(path, { headers: { accept: 'text/html', ...headers } }),
    post: async (path, fields = {}) =>
      ask(path, { method: 'POST', body: new URLSearchParams({ csrf: await csrf(), ...fields }) }),
  };
}

function csrfIn(page: string): string {
  return /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
}

/** What a page says, without its tags, and without the names of columns that are there for the eye only. */
export function wordsOf(page: string): string {
  return page
    .replaceAll(/<span class="label" aria-hidden="true">.*?<\/span><div>/g, ' ')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
