// Ships until it is killed: argv[2] Redis, argv[3] folder of the log, argv[4] writer.
import { systemClock } from '../../../src/core/clock.ts';
import { Keys } from '../../../src/core/keys.ts';
import { createLogger } from '../../../src/core/logger.ts';
import { connectRedis } from '../../../src/core/redis.ts';
import { FilesSink } from '../../../src/log/files-sink.ts';
import { Shipper } from '../../../src/log/shipper.ts';

const [url = '', dir = '', writer = ''] = process.argv.slice(2);
await new Shipper({
  redis: connectRedis(url),
  keys: new Keys('{sluice}'),
  sinks: [new FilesSink({ dir, writer, clock: systemClock })],
  clock: systemClock,
  logger: createLogger({ level: 'info', pretty: false }),
  random: Math.random,
  consumer: writer,
  claimIdleMs: 500,
}).start();
