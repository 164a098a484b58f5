/**
 * Every key that Sluice itself keeps in Redis, in one place. BullMQ keeps its own below the same prefix
 * (`<prefix>:campaigns:…`, `<prefix>:batches:…`, `<prefix>:notices:…`); ours never start with those words and a colon.
 *
 * The prefix holds a hash tag, `{sluice}`, so that in Redis Cluster all keys are on one shard and a script
 * may touch several of them.
 */
export class Keys {
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** Hash: state, flags, counters and planner of one campaign. */
  campaign(id: string): string {
    return `${this.prefix}:campaign:${id}`;
  }

  /** String: the campaign as it was accepted (JSON), without inline recipients. */
  definition(id: string): string {
    return `${this.prefix}:campaign:${id}:definition`;
  }

  /** String: inline recipients (JSON); gone when the campaign has ended. */
  recipients(id: string): string {
    return `${this.prefix}:campaign:${id}:recipients`;
  }

  /** List: changes of the campaign as a whole, as their log rows, oldest first; the last 500 (core/change.lua). */
  changes(id: string): string {
    return `${this.prefix}:campaign:${id}:changes`;
  }

  /** List: samples of the campaign's counts, oldest first; kept for ninety days after the last (queue/sample-course.lua). */
  course(id: string): string {
    return `${this.prefix}:campaign:${id}:course`;
  }

  /** String: some process samples the campaigns that run; expires before it is due again. */
  courseWatch(): string {
    return `${this.prefix}:course-watch`;
  }

  /** Set: columns that unsubscribe URLs of the campaign's profile have read since it began. */
  linkColumns(id: string): string {
    return `${this.prefix}:campaign:${id}:link-columns`;
  }

  /** Hash: payload and ledger of one batch; gone when the batch is settled. */
  batch(id: string, batch: number): string {
    return `${this.prefix}:campaign:${id}:batch:${batch}`;
  }

  /** Sorted set: batches that are planned and not settled, by the time (ms) when they were planned. */
  outstanding(id: string): string {
    return `${this.prefix}:campaign:${id}:outstanding`;
  }

  /** Sorted set: batches in which nothing is left but entries in doubt, by the time (ms) when that was so. */
  doubtful(id: string): string {
    return `${this.prefix}:campaign:${id}:doubtful`;
  }

  /** Bitmap: one bit a batch, set when it is settled. */
  settled(id: string): string {
    return `${this.prefix}:campaign:${id}:settled`;
  }

  /**
   * Map of a type of event: one bit a recipient (batch × 50 + position), set when its first event of that type was
   * applied; for `send` and `delivery` one byte, made from the mail's id, so that a copy is told from another mail's event.
   * Kept for ninety days after the last event.
   */
  seen(id: string, type: string): string {
    return `${this.prefix}:campaign:${id}:seen:${type}`;
  }

  /**
   * Hash of a minute of claims (its number since 1970 in base 36, as the claim's number ends with it): how many entries
   * were accepted under them (`a`), and how many of those have their Send event (`s`).
   */
  flow(minute: string): string {
    return `${this.prefix}:flow:${minute}`;
  }

  /** Hash: the run of the Redis server that this is (`run`), and since when claims wait for those of others (`since`). */
  server(): string {
    return `${this.prefix}:server`;
  }

  /** Hash: what the readers of SES's events have seen: `emptyAt`, when the queue was last found empty (ms). */
  feedback(): string {
    return `${this.prefix}:feedback`;
  }

  /** String: how late SES's events are applied (ms), as a reader has found last; expires soon after. */
  feedbackLag(): string {
    return `${this.prefix}:feedback:lag`;
  }

  /** String: epoch of the planner at work; expires soon after it was last heard of. */
  planner(id: string): string {
    return `${this.prefix}:campaign:${id}:planner`;
  }

  /** Sorted set: ids of the campaigns that are being planned, by the time (ms) when their planner was last heard of. */
  planning(): string {
    return `${this.prefix}:index:planning`;
  }

  /** Sorted set: ids of all campaigns, by the time (ms) when they were accepted. */
  campaigns(): string {
    return `${this.prefix}:index:campaigns`;
  }

  /** Set: ids of campaigns that have not ended. */
  open(): string {
    return `${this.prefix}:index:open`;
  }

  /** Hash: normal address to entries for reasons that count everywhere (bounced, complained, blocked). */
  suppressedEverywhere(): string {
    return `${this.prefix}:suppression:everywhere`;
  }

  /** Hash: normal address to entry, for those who unsubscribed from one sender address (in its normal form). */
  unsubscribed(sender: string): string {
    return `${this.prefix}:suppression:sender:${sender}`;
  }

  /** Set: sender addresses that have an unsubscribed list. */
  senders(): string {
    return `${this.prefix}:suppression:senders`;
  }

  /** String: the sync with SES's list that runs in a server, or the last one (JSON). */
  syncRun(): string {
    return `${this.prefix}:suppression:sync`;
  }

  /** String: id of the sync that runs; gone when its process is. */
  syncLease(): string {
    return `${this.prefix}:suppression:sync:lease`;
  }

  /** String: id of the sync that is to stop. */
  syncStop(): string {
    return `${this.prefix}:suppression:sync:stop`;
  }

  /** String: a token bucket of recipients a second. `name`: `account`, `project:<name>`, or `campaign:<id>`. */
  bucket(name: string): string {
    return `${this.prefix}:pace:${name}`;
  }

  /** String: tokens of a claim were given back; expires when nobody can do it again. */
  givenBack(claim: string): string {
    return `${this.prefix}:pace-back:${claim}`;
  }

  /** Hash: by how much the account's rate is lowered (`share`), and since when (`at`, ms); gone when it is whole again. */
  throttle(): string {
    return `${this.prefix}:throttle`;
  }

  /**
   * Hash: recipients that were taken in the slots of the last 24 hours or 30 days, with their `total` and the `oldest` slot.
   * @param project whose they are; everybody's where none is named
   */
  sentIn(period: 'day' | 'month', project: string | null = null): string {
    return `${this.prefix}:sent:${period}${project === null ? '' : `:${project}`}`;
  }

  /** Hash: domain to warm-up schedule (JSON). */
  warmUps(): string {
    return `${this.prefix}:warm-up`;
  }

  /** String: recipients of a domain on a day of its schedule, from 0. */
  warmedUp(domain: string, day: number): string {
    return `${this.prefix}:warm-up:${domain}:${day}`;
  }

  /** String: whoever asks whether Redis takes writes puts it there; expires after a second. */
  probe(): string {
    return `${this.prefix}:probe`;
  }

  /** Hash: what the SES account allows, as a worker was told last; expires when no worker has run for a day. */
  account(): string {
    return `${this.prefix}:account`;
  }

  /** Sorted set: the workers (JSON), by the time (ms) when each was last heard of. */
  workers(): string {
    return `${this.prefix}:workers`;
  }

  /** Hash: what all processes have counted (core/meter.ts): field to whole number. */
  meter(): string {
    return `${this.prefix}:meter`;
  }

  /** String: number of the last write that a process has made to the meter; expires an hour after it. */
  meterWriter(writer: string): string {
    return `${this.prefix}:meter:writer:${writer}`;
  }

  /** Sorted set: threads of workers (`<worker>/<thread>`), by the time (ms) when their figures were last heard. */
  meterThreads(): string {
    return `${this.prefix}:meter:threads`;
  }

  /** Hash: thread of a worker to its figures (JSON). */
  meterFigures(): string {
    return `${this.prefix}:meter:figures`;
  }

  /** Hash: one test send, from its asking to some minutes after its end. */
  test(id: string): string {
    return `${this.prefix}:test:${id}`;
  }

  /** Set: names of the projects that were set up. */
  projects(): string {
    return `${this.prefix}:index:projects`;
  }

  /** Hash: limits of a project, and who owns it; without a field there is no limit of the project's own. */
  project(name: string): string {
    return `${this.prefix}:project:${name}`;
  }

  /** Hash: sending domain to what was noted when it was registered (JSON). */
  domains(): string {
    return `${this.prefix}:domains`;
  }

  /** Hash: organisational domain to the organisation that owns it, and every sending domain below it. */
  domainOwners(): string {
    return `${this.prefix}:domain-owners`;
  }

  /** String: what was found when a domain was last checked (JSON); expires after a month. */
  domainCheck(domain: string): string {
    return `${this.prefix}:domain-check:${domain}`;
  }

  /** Hash: name of a sender profile to what it says (JSON). */
  profiles(): string {
    return `${this.prefix}:profiles`;
  }

  /**
   * Begin of the keys of what is counted for a project's mail from one address: `<project>:<sender in its normal form>`, then
   * `:m:<minute>` and `:h:<hour>` since 1970, hashes of sends (`s`), hard bounces (`b`) and complaints (`c`). A project's name
   * has no colon.
   */
  guards(): string {
    return `${this.prefix}:guard:`;
  }

  /** Sorted set: the begins of such keys by the hour since 1970 when something was counted last. */
  guarded(): string {
    return `${this.prefix}:index:guarded`;
  }

  /** String: some process judges all running campaigns; expires before it is due again. */
  guardWatch(): string {
    return `${this.prefix}:guard-watch`;
  }

  /**
   * Hash: mails to personal Gmail addresses in the slots of the last 24 hours, from an organisational domain, with their `total` and
   * the `oldest` slot (identity/gmail-count.lua).
   */
  gmailSent(domain: string): string {
    return `${this.prefix}:gmail:sent:${domain}`;
  }

  /** Set: organisational domains from which mail ever went to a personal Gmail address. */
  gmailDomains(): string {
    return `${this.prefix}:gmail:domains`;
  }

  /** Hash: organisational domain to the time (ms) when it became a bulk sender to Gmail; never removed. */
  bulkSenders(): string {
    return `${this.prefix}:gmail:bulk`;
  }

  /**
   * Hash: domain to the newest spam rate that Postmaster Tools gave for it: the day's number since 1970, the rate, its date, with
   * colons between. Below the guard's keys, where its scripts find it: no project's name is empty.
   */
  spamRates(): string {
    return `${this.guards()}:spam`;
  }

  /** Hash: date (`2026-11-28`) to the spam rate of a domain on that day, for 120 days. */
  postmasterDays(domain: string): string {
    return `${this.prefix}:postmaster:days:${domain}`;
  }

  /** Hash: domain to how its last reading went (JSON). */
  postmasterReadings(): string {
    return `${this.prefix}:postmaster:readings`;
  }

  /** String: how the last reading of Postmaster Tools went (JSON). */
  postmaster(): string {
    return `${this.prefix}:postmaster`;
  }

  /** String: Postmaster Tools are being read, or were of late; expires when they are due again. */
  postmasterTurn(): string {
    return `${this.prefix}:postmaster:turn`;
  }

  /** String: somebody was told of this trouble; expires after a day. */
  postmasterTold(code: string): string {
    return `${this.prefix}:postmaster:told:${code}`;
  }

  /** List: when an address bounced softly of late (ms), the oldest first. */
  softBounces(address: string): string {
    return `${this.prefix}:soft-bounces:${address}`;
  }

  /** String: this session of the console was ended by a sign-out; gone when it would have expired. */
  endedSession(id: string): string {
    return `${this.prefix}:ended-session:${id}`;
  }

  /** Stream: rows on their way to the sink. */
  outbox(): string {
    return `${this.prefix}:outbox`;
  }

  /**
   * Hash: SHA-256 of an address (normal form) that is being forgotten, to the alias and the salt of its rows; gone when it is
   * done. So a run that was cut off goes on with the same.
   */
  forgetting(): string {
    return `${this.prefix}:forgetting`;
  }

  /** String: whose turn it is to change the log's files; expires a minute after it was last heard of. */
  forgetTurn(): string {
    return `${this.prefix}:forgetting:turn`;
  }
}
