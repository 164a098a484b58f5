import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from '../core/keys.ts';
import { type Deltas, type FieldOf, parseField } from '../core/meter.ts';
import { loadScript } from '../core/script.ts';

/** How a thread of a worker is doing. */
export type ThreadFigures = Readonly<z.infer<typeof figuresSchema>>;

const figuresSchema = z.object({
  /** The process; its threads have it in common. */
  worker: z.string(),
  thread: z.string(),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  /** Of the process. */
  residentBytes: z.number(),
  cpuSeconds: z.number(),
  /** Of the thread. */
  heapBytes: z.number(),
  /** How late its timers were at the 99th percentile, of the last seconds. */
  lagSeconds: z.number(),
});

/** What one thread has to write. */
export interface MeterWrite {
  /** Counts up; the same number again is the same write again. */
  readonly number: number;
  readonly deltas: Deltas;
  /** Null for a process that is no worker. */
  readonly figures: ThreadFigures | null;
}

export interface Count {
  readonly of: FieldOf;
  /** Of what is measured in seconds, microseconds. */
  readonly value: number;
}

/** A write that is sent again comes within seconds; who is silent for so long begins anew under another name. */
const WRITER_MS = 60 * 60_000;
const SILENT_MS_MAX = 30_000;
/** Two hundred workers, with the threads that one has. */
const THREADS_MAX = 600;

/** What all processes have counted since Redis was set up, in one hash; and how their threads are doing. */
export class MeterBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #write: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.#write = loadScript(redis, new URL('./meter.lua', import.meta.url));
  }

  /** One script. @param writer a name that no other thread has or had */
  async write(writer: string, { number, deltas, figures }: MeterWrite): Promise<void> {
    const keys = this.#keys;
    await this.#write(
      [keys.meter(), keys.meterWriter(writer), keys.meterThreads(), keys.meterFigures()],
      [
        number,
        WRITER_MS,
        figures === null ? '' : `${figures.worker}/${figures.thread}`,
        figures === null ? '' : JSON.stringify(figures),
        SILENT_MS_MAX,
        THREADS_MAX,
        ...[...deltas].flat(),
      ],
    );
  }

  /** Fields that this version does not know are left out. */
  async counts(): Promise<Count[]> {
    const hash = await this.#redis.hgetall(this.#keys.meter());
    return Object.entries(hash).flatMap(([field, value]) => {
      const of = parseField(field);
      return of === null ? [] : [{ of, value: Number(value) }];
    });
  }

  /** Those that were heard of lately, by their names. */
  async threads(): Promise<ThreadFigures[]> {
    const keys = this.#keys;
    const [time, names, hash] = await Promise.all([
      this.#redis.time(),
      this.#redis.zrange(keys.meterThreads(), 0, '-1', 'WITHSCORES'),
      this.#redis.hgetall(keys.meterFigures()),
    ]);
    const since = Number(time[0]) * 1000 - SILENT_MS_MAX;
    const present = names.filter((_name, index) => index % 2 === 0 && Number(names[index + 1]) >= since);
    return present.toSorted().flatMap((name) => {
      const parsed = figuresSchema.safeParse(JSON.parse(hash[name] ?? 'null'));
      return parsed.success ? [parsed.data] : [];
    });
  }
}
