import { Fault } from '../core/fault.ts';

export interface Fetched {
  readonly status: number;
  readonly text: string;
}

/** Gets a page. Rejects where it can't be had, in time or in size. */
export type Fetcher = (url: URL) => Promise<Fetched>;

/** SNS waits fifteen seconds for an answer, and then comes again. */
const FETCH_MS_MAX = 5_000;
/** A certificate has 2 KB, and the answer to a confirmation a few hundred bytes. */
const FETCH_BYTES_MAX = 65_536;

/** Over the network: without following anywhere else, and with no more time and bytes than SNS's own pages need. */
export const fetchPage: Fetcher = async (url) => {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS_MAX) });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > FETCH_BYTES_MAX) {
      throw new Fault('SNS_FETCH', `${url.hostname} answered with more than ${FETCH_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  return { status: answer.status, text: Buffer.concat(chunks).toString('utf8') };
};
