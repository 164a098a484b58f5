import { addressOf } from './address.ts';
import { mergeHeaders } from './rules.ts';
import { SeenStrings } from './seen.ts';
import type { Pair } from './shape.ts';
import type { MailOutcome } from './simulator.ts';
import { render, renderingProblem, type Template, type TemplateData } from './template.ts';

/** Mails that can be looked at afterwards; the counters go on when older ones are dropped. */
const STORE_MAILS_MAX = 50_000;
const FAILURES_MAX = 1_000;
/** Addresses that are told apart; 270 MB at the most for each of the two sets. */
const SEEN_MAX = 10_000_000;
/** The tag by which Sluice's mails say to which campaign they belong. */
const CAMPAIGN_TAG = 'sluice_campaign';
/** And this one says that it is a test, which anybody may get besides the campaign's own mail. */
const TEST_TAG = 'sluice_test';

/** What the mails of one call share. */
export interface AcceptedCall {
  readonly from: string;
  readonly replyTo: readonly string[];
  readonly template: Template;
  readonly defaults: TemplateData;
  readonly headers: readonly Pair[];
  readonly tags: readonly Pair[];
  readonly configurationSet: string | null;
  readonly tracking: MailTracking;
}

/** What the call overrides of the tracking that its configuration set or the account asks for. */
export interface MailTracking {
  readonly opens: 'ENABLED' | 'DISABLED' | null;
  readonly clicks: 'ENABLED' | 'DISABLED' | null;
}

/** A mail that SES has taken. Its content is the template and the data, put together when somebody reads it. */
export interface AcceptedMail {
  readonly messageId: string;
  readonly atMs: number;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly data: TemplateData;
  readonly headers: readonly Pair[];
  readonly tags: readonly Pair[];
  readonly outcome: MailOutcome;
  readonly call: AcceptedCall;
}

/** A mail as it is read. */
export interface StoredMail {
  /** Counts the kept mails from 1; `after` in a query is one of these. */
  readonly seq: number;
  readonly messageId: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly from: string;
  readonly replyTo: readonly string[];
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly tags: Readonly<Record<string, string>>;
  readonly configurationSet: string | null;
  readonly tracking: MailTracking;
  readonly outcome: MailOutcome;
}

/** A mail that SES took and could not render: nobody gets it, and an event says so later. */
export interface RenderingFailure {
  readonly messageId: string;
  readonly at: string;
  readonly to: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly error: string;
}

export interface MailQuery {
  /** Only mails with a higher `seq`. */
  readonly after?: number;
  readonly limit?: number;
  /** Only mails to this address, compared in lower case. */
  readonly to?: string;
  /** Only mails with this tag `sluice_campaign`. */
  readonly campaign?: string;
}

export interface MailStats {
  /** Mails that SES said SUCCESS to. */
  readonly accepted: number;
  /** Different addresses among them, in lower case. */
  readonly distinctAddresses: number;
  /** How often an address got a second mail with the same tag `sluice_campaign`; test sends are no such mails. */
  readonly duplicates: number;
  readonly renderingFailures: number;
  /** Mails that can still be read. */
  readonly kept: number;
  /** False when there were too many addresses to tell them all apart. */
  readonly exact: boolean;
}

/** Hears of every mail that is accepted. @param renderingError null where the mail could be rendered */
export type MailListener = (mail: AcceptedMail, renderingError: string | null) => void;

/**
 * The mails that the sandbox has accepted: a bounded ring, oldest dropped first, and counters that go on. Everything
 * SES takes passes through `add`.
 */
export class MailStore {
  readonly #ring: AcceptedMail[] = [];
  readonly #ringMax: number;
  readonly #listener: MailListener | null;
  readonly #seqById = new Map<string, number>();
  readonly #failures: RenderingFailure[] = [];
  readonly #addresses = new SeenStrings(SEEN_MAX);
  readonly #campaignAddresses = new SeenStrings(SEEN_MAX);
  /** Mails kept so far: the `seq` of the newest. */
  #seq = 0;
  #seqCleared = 0;
  #accepted = 0;
  #duplicates = 0;
  #renderingFailures = 0;

  constructor(mailsMax: number = STORE_MAILS_MAX, listener: MailListener | null = null) {
    this.#ringMax = Math.max(1, mailsMax);
    this.#listener = listener;
  }

  add(mail: AcceptedMail): void {
    this.#accepted += 1;
    this.#countAddresses(mail);
    const error = renderingProblem(mail.call.template, mail.call.defaults, mail.data);
    if (error === null) this.#keep(mail);
    else this.#fail(mail, error);
    this.#listener?.(mail, error);
  }

  /** Mails in the order of their acceptance. */
  *mails(query: MailQuery = {}): Generator<StoredMail> {
    const { after = 0, limit = Number.POSITIVE_INFINITY, to, campaign } = query;
    const address = to?.toLowerCase();
    let left = limit;
    for (let seq = Math.max(after, this.#seqOldest() - 1) + 1; seq <= this.#seq && left > 0; seq += 1) {
      const mail = this.#at(seq);
      if (!mail) continue;
      if (address !== undefined && !recipients(mail).includes(address)) continue;
      if (campaign !== undefined && tagOf(mail, CAMPAIGN_TAG) !== campaign) continue;
      left -= 1;
      yield readMail(seq, mail);
    }
  }

  get(messageId: string): StoredMail | null {
    const seq = this.#seqById.get(messageId);
    const mail = seq === undefined ? undefined : this.#at(seq);
    return seq === undefined || !mail ? null : readMail(seq, mail);
  }

  /** The newest of them, oldest first. */
  failures(): readonly RenderingFailure[] {
    return this.#failures;
  }

  stats(): MailStats {
    return {
      accepted: this.#accepted,
      distinctAddresses: this.#addresses.size,
      duplicates: this.#duplicates,
      renderingFailures: this.#renderingFailures,
      kept: this.#seqById.size,
      exact: !this.#campaignAddresses.full,
    };
  }

  /** Forgets the mails and starts counting again; `seq` goes on, so that no cursor reads a mail twice. */
  clear(): void {
    this.#ring.length = 0;
    this.#seqById.clear();
    this.#failures.length = 0;
    this.#addresses.clear();
    this.#campaignAddresses.clear();
    this.#seqCleared = this.#seq;
    this.#accepted = 0;
    this.#duplicates = 0;
    this.#renderingFailures = 0;
  }

  #countAddresses(mail: AcceptedMail): void {
    const campaign = tagOf(mail, TEST_TAG) === null ? tagOf(mail, CAMPAIGN_TAG) : null;
    for (const address of recipients(mail)) {
      this.#addresses.add(address);
      if (campaign !== null && !this.#campaignAddresses.add(`${campaign} ${address}`)) this.#duplicates += 1;
    }
  }

  #keep(mail: AcceptedMail): void {
    this.#seq += 1;
    const place = this.#place(this.#seq);
    const dropped = this.#ring[place];
    if (dropped) this.#seqById.delete(dropped.messageId);
    this.#ring[place] = mail;
    this.#seqById.set(mail.messageId, this.#seq);
  }

  #fail(mail: AcceptedMail, error: string): void {
    this.#renderingFailures += 1;
    if (this.#failures.length >= FAILURES_MAX) this.#failures.shift();
    const { messageId, to } = mail;
    this.#failures.push({ messageId, at: new Date(mail.atMs).toISOString(), to, tags: tagsOf(mail), error });
  }

  #at(seq: number): AcceptedMail | undefined {
    return this.#ring[this.#place(seq)];
  }

  #place(seq: number): number {
    return (seq - this.#seqCleared - 1) % this.#ringMax;
  }

  #seqOldest(): number {
    return Math.max(this.#seqCleared, this.#seq - this.#ringMax) + 1;
  }
}

function readMail(seq: number, mail: AcceptedMail): StoredMail {
  const { call } = mail;
  return {
    seq,
    messageId: mail.messageId,
    at: new Date(mail.atMs).toISOString(),
    from: call.from,
    replyTo: call.replyTo,
    to: mail.to,
    cc: mail.cc,
    bcc: mail.bcc,
    ...render(call.template, call.defaults, mail.data),
    headers: mergeHeaders(call.headers, mail.headers).map(({ Name, Value }) => ({
      name: Name,
      value: Value,
    })),
    tags: tagsOf(mail),
    configurationSet: call.configurationSet,
    tracking: call.tracking,
    outcome: mail.outcome,
  };
}

function recipients(mail: AcceptedMail): string[] {
  return [...mail.to, ...mail.cc, ...mail.bcc].map((mailbox) => addressOf(mailbox).toLowerCase());
}

function tagOf(mail: AcceptedMail, name: string): string | null {
  const isIt = (tag: Pair) => tag.Name === name;
  return (mail.tags.find(isIt) ?? mail.call.tags.find(isIt))?.Value ?? null;
}

export function tagsOf(mail: AcceptedMail): Record<string, string> {
  return Object.fromEntries([...mail.call.tags, ...mail.tags].map(({ Name, Value }) => [Name, Value]));
}
