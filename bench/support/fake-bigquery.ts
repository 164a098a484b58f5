/*
 * The tests' fake of BigQuery as a process of its own, so that it shares no thread with what is measured. Its first line is the
 * base of its REST API and the address of its Storage Write API. With `--discard` rows that are appended are counted and forgotten.
 */
import { startFakeBigQuery } from '../../test/support/bigquery/start.ts';

const fake = await startFakeBigQuery({ discard: process.argv.includes('--discard') });
process.stdout.write(`${fake.restUrl} ${fake.storageHost}\n`);
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0));
