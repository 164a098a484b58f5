import { createHmac } from 'node:crypto';
import { type Address, parseWireAddress } from '../core/address.ts';
import { Mention } from './mention.ts';

/** What stands in the place of somebody who was forgotten. */
export interface Alias {
  /** `forgotten-` and 16 hexadecimal digits: the same in all rows of the person, and in nobody else's. */
  readonly name: string;
  /** Makes what is hashed beyond guessing: nobody keeps it after the run. */
  readonly salt: string;
}

/** A row as a place of the log has it; columns that a newer version wrote included. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** They describe the reader, or have SES's and the receiver's words about one mail. */
export const PERSONAL_COLUMNS = ['recipient_domain', 'diagnostic', 'url', 'user_agent', 'detail'] as const;
/** What can name the person in a row about somebody else: a server tells where it forwards a mail to. */
export const TELLING_COLUMNS = ['reason', 'diagnostic', 'url', 'user_agent', 'detail', 'tags'] as const;

/**
 * Takes one person out of rows of the log. The rows stay, with position, type, times, reason and SES's message id, so that books
 * and audit still balance; who it was is no longer in them. What it gave back once it does not change again.
 *
 * - Rows about the person (`PERSON` in `person.ts`, or whose recipient names them among other words): an alias for the
 *   recipient, nothing for what describes them. Tags are the campaign's, and stay.
 * - Rows about others that name them: the alias for the address.
 * - Rows about nobody (settings, campaigns) stay: they tell what operators did.
 */
export class Eraser {
  readonly mention: Mention;
  readonly #address: Address;
  readonly #alias: Alias;

  constructor(address: Address, alias: Alias) {
    this.mention = new Mention(address);
    this.#address = address;
    this.#alias = alias;
  }

  /** The row without the person; null where it says nothing of them. */
  erased(row: StoredRow): StoredRow | null {
    const { recipient } = row;
    if (typeof recipient !== 'string') return null;
    const isAbout = this.#isAbout(recipient);
    const after: Record<string, unknown> = { ...row };
    if (isAbout) {
      after['recipient'] = this.#alias.name;
      for (const column of PERSONAL_COLUMNS) if (column in row) after[column] = null;
    }
    for (const column of TELLING_COLUMNS) after[column] = this.#without(after[column]);
    if (typeof row['event_id'] === 'string') after['event_id'] = this.#erasedId(row['event_id'], isAbout);
    return JSON.stringify(after) === JSON.stringify(row) ? null : after;
  }

  /** Of a line that is no row. */
  erasedText(text: string): string {
    return this.mention.replacedIn(text, this.#alias.name);
  }

  #isAbout(recipient: string): boolean {
    const parsed = parseWireAddress(recipient);
    return parsed.kind === 'address'
      ? parsed.address.normal === this.#address.normal
      : this.mention.isIn(recipient);
  }

  #without(value: unknown): unknown {
    if (typeof value === 'string') return this.erasedText(value);
    if (Array.isArray(value)) return value.map((inner) => this.#without(inner));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [this.erasedText(name), this.#without(inner)]),
    );
  }

  /**
   * An id tells what the event says (`event-id.ts`): an address where there is no position, and a link. In its values every
   * separator is escaped, so that it can be taken apart. What was the same event before is the same one after.
   */
  #erasedId(id: string, isAbout: boolean): string {
    return id
      .split('/')
      .map((part) => {
        const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(part) ?? [];
        if (isAbout && name === 'to') return `to=${this.#alias.name}`;
        if (name === '' || name === 'from' || value.startsWith('#')) return part;
        const isTelling = (isAbout && name === 'url') || this.mention.isIn(unescaped(value));
        return isTelling ? `${name}=#${this.#hash(value)}` : part;
      })
      .join('/');
  }

  /** As long as that which stands for values that are too long. */
  #hash(value: string): string {
    return createHmac('sha256', this.#alias.salt).update(value).digest('hex').slice(0, 32);
  }
}

function unescaped(value: string): string {
  return value.replaceAll(/%([0-9A-F]{2})/g, (_escape, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
