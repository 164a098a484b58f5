import { queryLog } from '../log/query.ts';
import { imbalances, type Receipt } from '../queue/receipt.ts';

/** Holds receipts against their equations and against the log, bucket by bucket; every difference in words. */
export async function compareWithLog(receipts: readonly Receipt[], logDir: string): Promise<string[]> {
  const { rows } = await queryLog(
    logDir,
    `SELECT concat_ws(' ', campaign_id, event_type, CASE WHEN event_type = 'skipped' THEN reason ELSE '' END) AS bucket,
       count(*) AS n
     FROM deliveries GROUP BY ALL`,
  );
  const logged = new Map(rows.map((row) => [row['bucket'], Number(row['n'])]));
  return receipts.flatMap((receipt) => [
    ...imbalances(receipt.counts).map((imbalance) => `${receipt.id}: ${imbalance}`),
    ...buckets(receipt).flatMap(([type, rule, count]) => {
      const found = logged.get(`${receipt.id} ${type} ${rule}`) ?? 0;
      return found === count ? [] : [`${receipt.id}: ${count} ${type} ${rule} counted, ${found} in the log`];
    }),
  ]);
}

function buckets({ counts }: Receipt): [type: string, rule: string, count: number][] {
  const { skipped } = counts;
  return [
    ['duplicate', '', counts.duplicate],
    ['invalid', '', counts.invalid],
    ['skipped', 'unsubscribed', skipped.unsubscribed],
    ['skipped', 'bounced', skipped.bounced],
    ['skipped', 'complained', skipped.complained],
    ['skipped', 'blocked', skipped.blocked],
    ['accepted', '', counts.accepted],
    ['rejected', '', counts.rejected],
    ['cancelled', '', counts.cancelled],
  ];
}
