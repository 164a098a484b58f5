import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { isCampaignId } from './campaign.ts';
import { type OpenCampaign, openCampaignOf } from './campaigns.ts';
import { type CampaignState, isOver, type Receipt, receiptOf } from './receipt.ts';

export interface IndexOrder {
  /** `next` of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** `open`: all that have not ended. */
  readonly state?: CampaignState | 'open' | undefined;
}

export interface IndexPage {
  readonly items: readonly Receipt[];
  /** Null where nothing follows. */
  readonly next: string | null;
}

/** A campaign's place among all of them: newest first, and by id within a millisecond. */
interface Place {
  readonly id: string;
  /** Milliseconds since 1970 when it was accepted. */
  readonly at: number;
}

/** Campaigns that one step reads, each some forty fields. */
const STEP = 500;
/** Campaigns that one page looks at where few are in the state that is asked for: half a second's work on a busy machine. */
const LOOKED_AT_MAX = 5_000;

/**
 * All campaigns, newest first. A page ends at a campaign, not at a number, so that what comes in meanwhile moves nothing. Everything of a step is
 * asked for at once, so that a page costs two or three round trips.
 */
export class CampaignIndex {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;

  constructor(redis: Redis, keys: Keys, clock: Clock) {
    this.#redis = redis;
    this.#keys = keys;
    this.#clock = clock;
  }

  count(): Promise<number> {
    return this.#redis.zcard(this.#keys.campaigns());
  }

  /** In the order given; null where there is none. */
  async receipts(ids: readonly string[]): Promise<(Receipt | null)[]> {
    const now = this.#clock.now();
    const hashes = await this.#hashes(ids);
    return hashes.map((hash) => (hash['id'] === undefined ? null : receiptOf(hash, now)));
  }

  /**
   * A page. Of ended ones in one state it may be short though others follow, where they are far apart.
   * @throws InputFault where `after` is no end of a page
   */
  page({ after, limit, state }: IndexOrder): Promise<IndexPage> {
    const from = after === undefined ? null : placeOf(after);
    if (state === undefined) return this.#all(from, limit);
    return state !== 'open' && isOver(state)
      ? this.#ended(from, limit, state)
      : this.#open(from, limit, state);
  }

  /** Everything that has not ended, newest first, as people see it and as the sweeper does; with those that end at this moment. */
  async open(): Promise<{ readonly receipt: Receipt; readonly campaign: OpenCampaign }[]> {
    const now = this.#clock.now();
    const hashes = await this.#hashes((await this.#openPlaces()).map(({ id }) => id));
    return hashes.flatMap((hash) => {
      const campaign = openCampaignOf(hash['id'] ?? '', hash);
      return campaign === null ? [] : [{ receipt: receiptOf(hash, now), campaign }];
    });
  }

  async #all(from: Place | null, limit: number): Promise<IndexPage> {
    const places = await this.#after(from, limit + 1);
    const shown = places.slice(0, limit);
    return {
      items: present(await this.receipts(shown.map(({ id }) => id))),
      next: places.length > limit ? endOf(shown.at(-1)) : null,
    };
  }

  /** They are few enough to look at all of them. */
  async #open(from: Place | null, limit: number, state: CampaignState | 'open'): Promise<IndexPage> {
    const places = (await this.#openPlaces()).filter((place) => isAfter(place, from));
    const found: Receipt[] = [];
    for (let at = 0; at < places.length && found.length <= limit; at += STEP) {
      const receipts = present(await this.receipts(places.slice(at, at + STEP).map(({ id }) => id)));
      found.push(...receipts.filter((one) => (state === 'open' ? !isOver(one.state) : one.state === state)));
    }
    const items = found.slice(0, limit);
    const last = places.find(({ id }) => id === items.at(-1)?.id);
    return { items, next: found.length > limit ? endOf(last) : null };
  }

  async #ended(from: Place | null, limit: number, phase: CampaignState): Promise<IndexPage> {
    const found: Place[] = [];
    let last = from;
    let isEnd = false;
    for (let looked = 0; looked < LOOKED_AT_MAX && found.length <= limit && !isEnd; looked += STEP) {
      const places = await this.#after(last, STEP);
      const phases = await Promise.all(
        places.map(({ id }) => this.#redis.hget(this.#keys.campaign(id), 'phase')),
      );
      found.push(...places.filter((_place, index) => phases[index] === phase));
      last = places.at(-1) ?? last;
      isEnd = places.length < STEP;
    }
    const shown = found.slice(0, limit);
    const next = found.length > limit ? endOf(shown.at(-1)) : isEnd ? null : endOf(last);
    return { items: present(await this.receipts(shown.map(({ id }) => id))), next };
  }

  /** The next so many. Whole steps are read, since several may have come in within one millisecond. */
  async #after(from: Place | null, count: number): Promise<Place[]> {
    const found: Place[] = [];
    const step = count + 1;
    for (let offset = 0; found.length < count; offset += step) {
      const flat = await this.#redis.zrange(
        this.#keys.campaigns(),
        from?.at ?? '+inf',
        '-inf',
        'BYSCORE',
        'REV',
        'LIMIT',
        offset,
        step,
        'WITHSCORES',
      );
      const places = flat.flatMap((id, index) =>
        index % 2 === 0 ? [{ id, at: Number(flat[index + 1]) }] : [],
      );
      found.push(...places.filter((place) => isAfter(place, from)));
      if (places.length < step) break;
    }
    return found.slice(0, count);
  }

  async #openPlaces(): Promise<Place[]> {
    const ids = await this.#redis.smembers(this.#keys.open());
    if (ids.length === 0) return [];
    const scores = await this.#redis.zmscore(this.#keys.campaigns(), ...ids);
    const places = ids.flatMap((id, index) => {
      const at = scores[index] ?? null;
      return at === null ? [] : [{ id, at: Number(at) }];
    });
    return places.toSorted((a, b) => (isAfter(b, a) ? -1 : 1));
  }

  #hashes(ids: readonly string[]): Promise<Record<string, string>[]> {
    return Promise.all(ids.map((id) => this.#redis.hgetall(this.#keys.campaign(id))));
  }
}

/** As Redis orders them from the end: the newer first, then by the bytes of the id, backwards. */
function isAfter(place: Place, from: Place | null): boolean {
  if (from === null) return true;
  return place.at === from.at ? place.id < from.id : place.at < from.at;
}

function endOf(place: Place | null | undefined): string | null {
  return place ? `${place.at}.${place.id}` : null;
}

function placeOf(text: string): Place {
  const [, at = '', id = ''] = /^(\d{1,15})\.(.+)$/.exec(text) ?? [];
  if (at === '' || !isCampaignId(id)) throw new InputFault(['after: is not where a page of campaigns ended']);
  return { id, at: Number(at) };
}

function present(receipts: readonly (Receipt | null)[]): Receipt[] {
  return receipts.filter((receipt) => receipt !== null);
}
