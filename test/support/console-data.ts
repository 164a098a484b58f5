import { systemClock } from '../../src/core/clock.ts';
import { FilesReportStore } from '../../src/dmarc/files-store.ts';
import { importReports } from '../../src/dmarc/import.ts';
import type { ImportFile } from '../../src/dmarc/import-files.ts';
import type { CampaignInput } from '../../src/queue/campaign.ts';
import { FROM_SES } from '../dmarc/record.ts';
import { reportXml } from '../dmarc/reports.ts';
import type { ConsoleStage } from './console-stage.ts';

/** One of every kind of what the pages show, so that none of them is seen empty only. */
export async function fillConsole({ api, log }: ConsoleStage): Promise<void> {
  const by = 'Hanako';
  await api.profiles.set('news', {
    from: 'Example News <news@example.jp>',
    replyTo: ['help@example.jp'],
    unsubscribe: 'sluice',
    by,
  });
  await api.projects.set('shop', { perDay: 50_000, bounceRate: 0.03, by, reason: 'an old list' });
  await api.domains.add({ name: 'example.jp', mailFrom: 'bounce', by });
  await api.domains.check('example.jp');
  const note = 'asked by telephone';
  await api.suppression.add(['ben@example.com', 'chie@example.com'], { reason: 'blocked', by, note });
  await api.suppression.add(['dai@example.com'], { reason: 'bounced', by });
  await api.suppression.add(['emi@example.com'], { reason: 'complained', by });
  await api.suppression.add(['fumi@example.com'], { sender: 'news@example.jp', by });
  await importReports({
    files: reports(),
    store: new FilesReportStore(log),
    now: systemClock.now(),
  });
}

async function* reports(): AsyncGenerator<ImportFile> {
  const rows = [
    { ...FROM_SES, count: 4_210 },
    { ip: '198.51.100.7', count: 37 },
  ];
  yield { name: 'report.xml', bytes: async () => Buffer.from(reportXml({ rows })) };
}

/** Mail that goes out, and everything that can become of it; the last ones are refused by SES. */
export const MIXED: CampaignInput = {
  id: 'sent',
  name: 'Autumn letter',
  project: 'shop',
  category: 'transactional',
  sender: { profile: 'news' },
  content: {
    subject: '{{name}}, it is autumn',
    html: '<h1>Autumn</h1><p>Dear {{name}}, <a href="https://example.jp/">look</a>.</p>',
  },
  audience: {
    kind: 'inline',
    recipients: [
      'success+opens@simulator.amazonses.com',
      'success+clicks@simulator.amazonses.com',
      'success+clicks@simulator.amazonses.com',
      'bounce+1@simulator.amazonses.com',
      'bounce+2@simulator.amazonses.com',
      'softbounce@sandbox.sluice.example',
      'rejected@sandbox.sluice.example',
      'invalid@sandbox.sluice.example',
      'ben@example.com',
      'nobody',
    ].map((email, index) => ({ email, data: { name: `Reader ${index}` } })),
  },
};
