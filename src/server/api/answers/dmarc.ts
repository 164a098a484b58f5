import { z } from 'zod';
import type { SenderDesk } from '../../../desk/desk.ts';
import { answer, type Given } from './answer.ts';
import { count, countOrNull, listOf, shareOrNull, text, textOrNull, time } from './common.ts';

const policyWord = z.enum(['none', 'quarantine', 'reject']).nullable();
const alignment = z.enum(['r', 's']).nullable();
const failing = z.record(z.enum(['known', 'authenticated', 'forwarded', 'unknown']), count);

const sourceName = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('confirmed'), name: text }),
  z.object({ kind: z.literal('claimed'), name: text }),
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('unasked'), reason: text }),
]);

const source = z.object({
  ip: text,
  origin: z.enum(['sluice', 'forwarded', 'other']),
  name: sourceName,
  organisation: textOrNull,
  organisationFrom: z.enum(['table', 'name']).nullable(),
  messages: count,
  pass: count,
  dkimAligned: count,
  spfAligned: count,
  failing,
  proved: textOrNull,
});

const verdict = z.object({
  kind: z.enum(['early', 'hurts', 'unclear', 'safe']),
  messages: count,
  days: count,
  legitimate: count,
  legitimateShare: shareOrNull,
  undecided: count,
  provedBy: z.array(z.object({ domain: text, messages: count })),
  spoofed: count,
  sentence: text,
  next: text,
  months: z.array(text),
});

const monthReport = answer<Given<SenderDesk['dmarc']>[number]>()(
  z.object({
    domain: text,
    month: text,
    reports: count,
    reporters: z.array(z.object({ organisation: text, messages: count })),
    begin: time,
    end: time,
    days: count,
    figures: z.object({
      messages: count,
      pass: count,
      dkimPass: count,
      dkimAligned: count,
      spfPass: count,
      spfAligned: count,
    }),
    disposition: z.record(z.enum(['none', 'quarantine', 'reject', 'pass']), count),
    failing,
    overrides: z.record(z.string(), count),
    policy: z.object({
      p: policyWord,
      sp: policyWord,
      np: policyWord,
      pct: countOrNull,
      testing: z.boolean().nullable(),
      adkim: alignment,
      aspf: alignment,
    }),
    sources: z.array(source),
    otherSources: z.object({ sources: count, messages: count }),
    verdict,
  }),
).meta({ id: 'DmarcReport', description: 'What receivers reported of the mail of one domain in one month' });

export const monthReports = listOf(monthReport, 'DmarcReports');

/** Of one file, which was taken: one that is refused is an error. */
export const dmarcImport = answer<Omit<Given<SenderDesk['importDmarc']>, 'files' | 'refused'>>()(
  z.object({
    added: count.meta({ description: 'Reports that were not there before' }),
    already: count.meta({ description: 'Reports that were there: they are counted once' }),
    failureReports: count.meta({
      description: '1 where it was a mail about one failed message, which is not read',
    }),
    reports: z.array(
      z.object({
        file: text,
        organisation: text.meta({ description: 'Who reports' }),
        domain: text.meta({ description: 'Of the policy' }),
        reportId: text,
        month: text.meta({ description: '`YYYY-MM`, in which it counts' }),
        begin: time,
        end: time,
        isNew: z.boolean(),
      }),
    ),
  }),
).meta({ id: 'DmarcImport' });
