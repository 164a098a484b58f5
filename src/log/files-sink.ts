import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { Fault, isErrorCode, messageOf } from '../core/fault.ts';
import { DayFile, type OpenFile, openFile, syncFolder } from './day-file.ts';
import type { LogRow } from './event.ts';
import { RowLines } from './row-lines.ts';
import { type LogSink, NONE_REFUSED, type RefusedRow } from './sink.ts';
import { TextBytes } from './text-bytes.ts';

/** A file of this size loads into any warehouse in one job, and DuckDB reads several of them side by side. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** Late events reach back some days; older days are opened one after the other. */
const OPEN_FILES_MAX = 8;

/** A past day's file that nothing came for during an hour is done. */
const PAST_IDLE_MS = 3_600_000;

/** `forget` takes a file away once, and a person cleaning up perhaps twice; then something else is wrong. */
const FILES_TAKEN_MAX = 3;

export interface FilesSinkParts {
  /** The log's folder; made where it is missing. */
  readonly dir: string;
  /** Part of every file's name: must be new for every process, on whatever machine. */
  readonly writer: string;
  readonly clock: Clock;
  readonly fileBytesMax?: number;
  readonly open?: OpenFile;
}

/** Where below the log's folder the files lie, as `<day>/<writer>-<n>.ndjson`. */
export function eventsFolder(dir: string): string {
  return join(resolve(dir), 'events');
}

/**
 * The log as a folder of NDJSON files: one row a line, a folder for each day (UTC) of the events' time, so that
 * an event that comes late goes where its day is. Every process writes files of its own, so any number may write
 * into one folder, also a shared one.
 *
 * `write` resolves when the rows, and the names of new files, are on disk (fsync). A write that fails leaves no half
 * line behind: its file is cut back to its last good length and left alone, and what comes next starts a new one.
 *
 * Anybody may take a file away by renaming it (`FilesPlace` does, to take a person out of it): what is written while that
 * happens is written again into a new file, so that it may be there twice, and is never only in a file without a name.
 */
export class FilesSink implements LogSink {
  readonly name = 'files';
  readonly #folder: string;
  readonly #writer: string;
  readonly #clock: Clock;
  readonly #fileBytesMax: number;
  readonly #open: OpenFile;
  /** By day, the one that was written longest ago first. */
  readonly #files = new Map<string, DayFile>();
  readonly #lines = new RowLines();
  readonly #bytes = new TextBytes();
  #filesMade = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @throws Fault LOG_WRITER when the writer's name can't be part of a file's name */
  constructor(parts: FilesSinkParts) {
    if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(parts.writer)) {
      throw new Fault(
        'LOG_WRITER',
        'the name of a log writer begins with a letter or digit and has at most 100 of those, ".", "_" and "-"',
      );
    }
    this.#folder = eventsFolder(parts.dir);
    this.#writer = parts.writer;
    this.#clock = parts.clock;
    this.#fileBytesMax = parts.fileBytesMax ?? FILE_BYTES_MAX;
    this.#open = parts.open ?? openFile;
  }

  /** @throws Fault LOG_WRITE when not every row is on disk for certain */
  async write(rows: readonly LogRow[]): Promise<readonly RefusedRow[]> {
    await this.#inTurn(async () => {
      await this.#closeDone();
      for (const [day, some] of byDay(rows)) await this.#append(day, this.#encoded(some));
    });
    return NONE_REFUSED;
  }

  /** Good until the next call. */
  #encoded(rows: readonly LogRow[]): Buffer {
    for (const row of rows) this.#bytes.add(this.#lines.line(row));
    return this.#bytes.take();
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      for (const day of this.#files.keys()) await this.#closeFile(day);
    });
  }

  /** One after the other: two writes to one file would mix up what is its good length. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(action);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #append(day: string, lines: Buffer): Promise<void> {
    try {
      for (let files = 1; ; files += 1) {
        const file = await this.#fileFor(day);
        if (await file.append(lines, this.#clock.now())) break;
        if (files === FILES_TAKEN_MAX) throw new Error('its files are taken away as soon as they are made');
        this.#files.delete(day);
        await file.abandon();
      }
      if ((this.#files.get(day)?.bytes ?? 0) >= this.#fileBytesMax) await this.#closeFile(day);
    } catch (cause) {
      const file = this.#files.get(day);
      this.#files.delete(day);
      await file?.abandon();
      throw new Fault('LOG_WRITE', `the log's file for ${day} can't be written: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  async #fileFor(day: string): Promise<DayFile> {
    const known = this.#files.get(day);
    if (known) {
      // To the end of the order.
      this.#files.delete(day);
      this.#files.set(day, known);
      return known;
    }
    const [oldest] = this.#files.keys();
    if (oldest !== undefined && this.#files.size >= OPEN_FILES_MAX) await this.#closeFile(oldest);
    const file = await this.#createFile(day);
    this.#files.set(day, file);
    return file;
  }

  async #createFile(day: string): Promise<DayFile> {
    const folder = join(this.#folder, day);
    await makeFolder(folder);
    for (;;) {
      this.#filesMade += 1;
      const path = join(folder, `${this.#writer}-${this.#filesMade}.ndjson`);
      try {
        return await DayFile.create(path, this.#open, this.#clock.now());
      } catch (thrown) {
        // The name is taken by somebody who had ours before: theirs stays as it is.
        if (!isErrorCode(thrown, 'EEXIST')) throw thrown;
      }
    }
  }

  async #closeDone(): Promise<void> {
    const now = this.#clock.now();
    const today = dayOf(new Date(now).toISOString());
    for (const [day, file] of this.#files) {
      if (day < today && now - file.usedAt > PAST_IDLE_MS) await this.#closeFile(day);
    }
  }

  async #closeFile(day: string): Promise<void> {
    const file = this.#files.get(day);
    this.#files.delete(day);
    await file?.close();
  }
}

/** Nearly always they are of one day, in the order in which they happened. */
function byDay(rows: readonly LogRow[]): Map<string, LogRow[]> {
  const days = new Map<string, LogRow[]>();
  let day = '';
  let some: LogRow[] = [];
  for (const row of rows) {
    if (day === '' || !row.event_time.startsWith(day)) {
      day = dayOf(row.event_time);
      some = days.get(day) ?? [];
      days.set(day, some);
    }
    some.push(row);
  }
  return days;
}

function dayOf(isoTime: string): string {
  return isoTime.slice(0, 10);
}

/** A new folder is on disk when its parent is. The parent is synced also where another process made the folder. */
async function makeFolder(folder: string): Promise<void> {
  const first = (await mkdir(folder, { recursive: true })) ?? folder;
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first || dirname(made) === made) return;
  }
}
