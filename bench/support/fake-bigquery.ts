/*
 * The tests' fake of BigQuery as a process of its own, so that it shares no thread with what is measured. Its first line is the
 * base of its REST API.
 */
import { startFakeBigQuery } from '../../test/support/bigquery/start.ts';

const fake = await startFakeBigQuery();
process.stdout.write(`${fake.restUrl}\n`);
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0));
