import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fault, isErrorCode, messageOf } from '../core/fault.ts';
import { syncFolder } from '../log/day-file.ts';
import { AggregateReport } from './report.ts';
import type { ReportQuery, ReportStore } from './report-store.ts';

const LINES = '.ndjson';
/** No reader takes it for a report. */
const UNFINISHED = '.unfinished';

/** Some systems have no second name for a file (FAT, a few network shares). */
const NO_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/**
 * Reports below the log's folder, as `dmarc/<YYYY-MM>/<key>.ndjson`: a file a report, with one line. The log's own readers look into
 * `events/` only.
 *
 * A report's file has its key for a name, and gets the name when all of it is on disk, and only where nobody has it: so a report is
 * there once and whole, or not at all, also when two imports run at a time or one is cut off.
 */
export class FilesReportStore implements ReportStore {
  readonly name: string;
  readonly #folder: string;
  /** Folders of months that reports were put into since they were settled. */
  readonly #unsettled = new Set<string>();
  #settling: Promise<void> = Promise.resolve();

  /** @param dir the log's folder (SLUICE_LOG_DIR); made where it is missing */
  constructor(dir: string) {
    this.#folder = join(resolve(dir), 'dmarc');
    this.name = this.#folder;
  }

  /** @throws Fault DMARC_WRITE */
  async add(report: AggregateReport): Promise<boolean> {
    const folder = join(this.#folder, report.month);
    try {
      if (await isThere(join(folder, report.key + LINES))) return false;
      await mkdir(folder, { recursive: true });
      try {
        return await put(folder, report.key, `${JSON.stringify(report)}\n`);
      } finally {
        // Only now, since another import may have settled while this one wrote.
        this.#unsettled.add(folder);
      }
    } catch (cause) {
      throw new Fault('DMARC_WRITE', `the report can't be written into ${folder}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  /** A report is on disk when it is added; its name may not be until here. Who comes while others settle waits for them. */
  settle(): Promise<void> {
    this.#settling = this.#settling.catch(() => {}).then(() => this.#sync());
    return this.#settling;
  }

  async #sync(): Promise<void> {
    const folders = [...this.#unsettled];
    this.#unsettled.clear();
    try {
      for (const folder of folders) await syncFolder(folder);
      if (folders.length > 0) await syncFolder(this.#folder);
    } catch (thrown) {
      for (const folder of folders) this.#unsettled.add(folder);
      throw thrown;
    }
  }

  async months(): Promise<string[]> {
    const names = await namesIn(this.#folder);
    return names.filter((name) => /^\d{4}-\d\d$/.test(name)).toSorted();
  }

  /** @throws Fault DMARC_BROKEN where a file is no report: figures without it would be wrong */
  async *reports({ months, domain }: ReportQuery): AsyncGenerator<AggregateReport> {
    for (const month of months.toSorted()) {
      const folder = join(this.#folder, month);
      const names = (await namesIn(folder)).filter((name) => name.endsWith(LINES));
      for (const name of names.toSorted()) {
        const report = await readStored(join(folder, name));
        if (domain === undefined || report.domain === domain) yield report;
      }
    }
  }
}

/** @returns false where there is a file of that name */
async function put(folder: string, key: string, line: string): Promise<boolean> {
  const path = join(folder, key + LINES);
  const unfinished = join(folder, `${key}-${randomUUID()}${UNFINISHED}`);
  try {
    const file = await open(unfinished, 'wx');
    try {
      await file.writeFile(line);
      await file.sync();
    } finally {
      await file.close();
    }
    return await nameIt(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** A link fails where the name is taken, which a rename does not. */
async function nameIt(unfinished: string, path: string): Promise<boolean> {
  try {
    await link(unfinished, path);
    return true;
  } catch (thrown) {
    if (isErrorCode(thrown, 'EEXIST')) return false;
    if (!NO_LINKS.some((code) => isErrorCode(thrown, code))) throw thrown;
  }
  // Two at a time may both call it new here; it is there once all the same.
  if (await isThere(path)) return false;
  await rename(unfinished, path);
  return true;
}

async function isThere(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => null);
  await file?.close();
  return file !== null;
}

async function readStored(path: string): Promise<AggregateReport> {
  try {
    return AggregateReport.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new Fault(
      'DMARC_BROKEN',
      `${path} is no report that Sluice wrote: move it away, and import its report again`,
      { cause },
    );
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (isErrorCode(thrown, 'ENOENT')) return [];
    throw thrown;
  }
}
