import type { Redis } from 'ioredis';
import type { DeskParts } from '../../../src/desk/parts.ts';
import { consoleRoutes } from '../../../src/server/console/console-routes.ts';
import { type DeskStage, deskStage } from '../../support/desk-stage.ts';
import { type ServerStage, serve } from '../stage.ts';
import { wordsOf as plainWords } from './stage.ts';

export interface Page {
  readonly status: number;
  readonly text: string;
  /** Where it leads, without the host. */
  readonly location: string | null;
  readonly headers: Headers;
}

/** The console of a server on this Redis, as a browser on this machine uses it. */
export class Pages {
  readonly stage: DeskStage;
  readonly server: ServerStage;
  readonly csrf: string;

  constructor(stage: DeskStage, server: ServerStage, csrf: string) {
    this.stage = stage;
    this.server = server;
    this.csrf = csrf;
  }

  get(path: string, language = 'en'): Promise<Page> {
    return this.#ask(path, { headers: { 'accept-language': language } });
  }

  post(path: string, fields: Readonly<Record<string, string>>): Promise<Page> {
    return this.#ask(path, { method: 'POST', body: new URLSearchParams({ csrf: this.csrf, ...fields }) });
  }

  /** A form with a file, which comes last. */
  upload(path: string, fields: Readonly<Record<string, string>>, file: string | null): Promise<Page> {
    const form = new FormData();
    form.set('csrf', this.csrf);
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    if (file !== null) form.set('file', new File([file], 'list.csv', { type: 'text/csv' }));
    return this.#ask(path, { method: 'POST', body: form });
  }

  /** The form of several files. */
  uploadFiles(path: string, files: readonly File[]): Promise<Page> {
    const form = new FormData();
    form.set('csrf', this.csrf);
    for (const file of files) form.append('file', file);
    return this.#ask(path, { method: 'POST', body: form });
  }

  /** A body as it stands. */
  raw(path: string, type: string, body: string): Promise<Page> {
    return this.#ask(path, { method: 'POST', headers: { 'content-type': type }, body });
  }

  async #ask(path: string, init: RequestInit): Promise<Page> {
    const answer = await fetch(`${this.server.base}${path}`, { redirect: 'manual', ...init });
    const { status, headers } = answer;
    return { status, headers, text: await answer.text(), location: headers.get('location') };
  }
}

export async function openPages(
  redis: { readonly redis: Redis; readonly url: string },
  change: Partial<DeskParts> = {},
): Promise<Pages> {
  const stage = deskStage(redis, {}, change);
  const server = await serve(redis.url, { routes: [consoleRoutes(stage.desk)] });
  const page = await (await fetch(`${server.base}/suppression`)).text();
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page) ?? [];
  return new Pages(stage, server, csrf);
}

/** What a page says within its frame. */
export function wordsOf({ text }: Page): string {
  const [, body = ''] = /<main[^>]*>(.*)<\/main>/s.exec(text) ?? [];
  return ` ${plainWords(body)} `;
}
