// Writes rows until all are acknowledged, however often the system refuses: argv[2] folder, argv[3] writer,
// argv[4] batches of 20 rows. Prints how many writes were refused.
import { systemClock } from '../../../src/core/clock.ts';
import { FilesSink } from '../../../src/log/files-sink.ts';
import { logRows } from '../../../src/log/row.ts';

const [dir = '', writer = '', batches = ''] = process.argv.slice(2);
const sink = new FilesSink({ dir, writer, clock: systemClock });
let refused = 0;
for (let batch = 0; batch < Number(batches); batch += 1) {
  const events = Array.from({ length: 20 }, (_, index) => ({
    seq: batch * 20 + index + 1,
    recipient: 'a@example.jp',
  }));
  const rows = logRows({ common: { event_type: 'accepted', event_time: 0, campaign_id: writer }, events }, 0);
  for (;;) {
    try {
      await sink.write(rows);
      break;
    } catch {
      refused += 1;
    }
  }
}
await sink.close();
process.stdout.write(String(refused));
