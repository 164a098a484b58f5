// Ships until it is killed: argv[2] Redis, argv[3] folder of the log, argv[4] writer. Where argv[5] says how many rows, it kills itself when so many are
// written: while the last of them are on their way to the disk where argv[6] is "during", else before Redis hears of them.
import { systemClock } from '../../../src/core/clock.ts';
import { Keys } from '../../../src/core/keys.ts';
import { createLogger } from '../../../src/core/logger.ts';
import { connectRedis } from '../../../src/core/redis.ts';
import type { LogRow } from '../../../src/log/event.ts';
import { FilesSink } from '../../../src/log/files-sink.ts';
import { Shipper } from '../../../src/log/shipper.ts';
import type { LogSink } from '../../../src/log/sink.ts';

const [url = '', dir = '', writer = '', rowsMax = 'Infinity', moment = 'after'] = process.argv.slice(2);
const files = new FilesSink({ dir, writer, clock: systemClock });
let left = Number(rowsMax);

const mortal: LogSink = {
  name: files.name,
  close: () => files.close(),
  write: async (rows: readonly LogRow[]) => {
    left -= rows.length;
    const written = files.write(rows);
    if (left > 0) return written;
    if (moment === 'after') await written;
    process.kill(process.pid, 'SIGKILL');
    return written;
  },
};

await new Shipper({
  redis: connectRedis(url),
  keys: new Keys('{sluice}'),
  sinks: [mortal],
  clock: systemClock,
  logger: createLogger({ level: 'info', pretty: false }),
  random: Math.random,
  consumer: writer,
  claimIdleMs: 500,
}).start();
