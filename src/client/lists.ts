import type { StoredList } from '../desk/desk.ts';
import type { Caller, CallOptions } from './caller.ts';
import { contentOf, type FileContent, typeOf } from './content.ts';

/** `client.audiences` */
export class Audiences {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Uploads a list, of any size, whole or not at all. The same content under the same name again changes nothing; other content is an
   * error of status 409. The answer's `path` goes into a campaign's `audience.path`.
   *
   * @param name such as `people.csv`; ends in .csv, .ndjson, or either with .gz
   */
  upload(name: string, content: FileContent, options: CallOptions = {}): Promise<StoredList> {
    return this.#caller.json({
      method: 'PUT',
      path: ['audiences', name],
      content: contentOf(content, typeOf(name)),
      patience: 'none',
      ...options,
    });
  }

  async list(options: CallOptions = {}): Promise<readonly StoredList[]> {
    const call = { method: 'GET', path: ['audiences'], ...options } as const;
    return (await this.#caller.json<{ readonly items: readonly StoredList[] }>(call)).items;
  }

  remove(name: string, options: CallOptions = {}): Promise<{ readonly name: string }> {
    return this.#caller.json({ method: 'DELETE', path: ['audiences', name], ...options });
  }
}
