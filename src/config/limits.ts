/** Numbers that more than one folder, or a setting, depends on. Each has its unit in its name, and its reason here. */

/** A number that can be set: what it is where nobody sets it, and what it may be. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly byDefault: number;
}

/**
 * SES calls in flight. At 50 recipients and some 100 ms a call, 20 carry 10,000 recipients a second, more than nearly
 * any account may send. Each call holds a socket and the rendered batch.
 */
export const CONCURRENCY_CALLS: Range = { min: 1, max: 500, byDefault: 20 };

/** Batches outstanding per campaign. Each is a few to a hundred kilobytes of Redis, so the most is about a gigabyte. */
export const WINDOW_BATCHES: Range = { min: 1, max: 10_000, byDefault: 200 };

/**
 * How long a silent worker keeps its jobs. It renews them at half of this, and a pause of the collector or of a busy
 * machine must fit in; longer than ten minutes is no recovery.
 */
export const LOCK_MS: Range = { min: 1_000, max: 600_000, byDefault: 30_000 };

/** How long an entry in doubt waits for SES's event. Events that come a day late will not come. */
export const DOUBT_MS: Range = { min: 1_000, max: 86_400_000, byDefault: 900_000 };

/**
 * The least of DOUBT_MS against real SES, which refuses a request that is dated more than five minutes ago: until then
 * a worker that was stopped in the middle of a call can still send. Twice that, and a minute for the clocks' error.
 */
export const DOUBT_AWS_MS_MIN = 660_000;

/** Recipients a second, at most: a hundred times what AWS grants large accounts, so more is a slip of the finger. */
export const RATE_PER_SECOND_MAX = 100_000;

/** Recipients in a day or a month, at most: more than there are people is a slip of the finger. */
export const RECIPIENTS_MAX = 10_000_000_000;

/**
 * Receives from the queue of SES's events at a time, per process. Each brings ten events and takes some 50 ms of SQS's
 * time with what follows, so 16 keep up with 3,000 a second; a queue with little in it is asked by one.
 */
export const SQS_RECEIVERS = 16;
/** SQS's own limit: the longer it waits for a message, the fewer calls are paid for. */
export const SQS_WAIT_SECONDS = 20;
/** How long an event that was received is hidden from other readers: storing it takes milliseconds, an outage longer. */
export const SQS_VISIBILITY_SECONDS = 60;

/** One a region and kind of event is plenty. */
export const SNS_TOPICS_MAX = 20;

/** Soft bounces that suppress an address: one says nothing, and each is remembered by its time. */
export const SOFT_BOUNCES = { min: 2, max: 20 };
/** Within how long they count together. A mailbox that was full a year ago may be read today. */
export const SOFT_BOUNCE_DAYS: Range = { min: 1, max: 365, byDefault: 30 };

/** From this length on a guess costs more than any attacker has, whatever the alphabet of the key. */
export const SECRET_CHARS_MIN = 32;
/** Guesses are bounded to some hundred a minute (`server/access.ts`), so half of that is enough for a token that is compared. */
export const TOKEN_CHARS = { min: 16, max: 512 } as const;
/** Keys are told apart by a short id, and each old one is one more to try: rotate, and drop the oldest. */
export const SECRET_KEYS_MAX = 8;

/**
 * A header value may have 870 characters (SES, "Email header limits"), and the longest sealed token has 732. What is
 * left for `<URL/u/TOKEN>` goes to the URL.
 */
export const PUBLIC_URL_CHARS_MAX = 133;

/** `[A-Za-z0-9_-]`, at most this many (SES, CreateConfigurationSet). */
export const CONFIGURATION_SET_CHARS_MAX = 64;

/** The prefix is part of some twenty keys a campaign and of every script's arguments. */
export const PREFIX_CHARS_MAX = 64;

export const PORT_MAX = 65_535;

/** A day of the log is kept for so long at least: events of a mail come in for some days. */
export const BIGQUERY_EXPIRY_DAYS = { min: 7, max: 36_500 } as const;

/** What one query of an audience may read (`maximumBytesBilled`), so that a slip costs no fortune. */
export const BIGQUERY_QUERY_GB: Range = { min: 1, max: 1_000_000, byDefault: 100 };

/** Proxies and their networks; a cloud's balancers are in a handful. */
export const PROXIES_MAX = 64;

/** Resolvers to ask: more would only make a domain check wait longer where none answers. */
export const DNS_SERVERS_MAX = 8;
