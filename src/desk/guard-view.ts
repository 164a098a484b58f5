import type { GuardFigures } from '../guard/guard.ts';
import { GUARD_RULES } from '../guard/rules.ts';
import { withRates } from './check-guard.ts';
import type { GuardRow, GuardView } from './desk.ts';
import { spamAtGmail } from './guard-spam.ts';
import type { DeskParts } from './parts.ts';

type GuardParts = Pick<DeskParts, 'client' | 'clock'>;

/** @param only this project; undefined: all of them */
export async function guardView({ client, clock }: GuardParts, only?: string): Promise<GuardView> {
  const [figures, spam, open] = await Promise.all([
    client.guard.figures(),
    spamAtGmail(client, clock.now()),
    client.index.open(),
  ]);
  const held = open.flatMap(({ campaign: { id, project, held: hold } }) =>
    hold && HOLDS_OF_THE_GUARD.includes(hold.code) && (only ?? project) === project
      ? [{ campaign: id, project, reason: hold.reason }]
      : [],
  );
  const rates = await guardRates(
    client,
    figures.filter(({ project }) => (only ?? project) === project),
  );
  return { rates, spam, held: held.toSorted((a, b) => (a.campaign < b.campaign ? -1 : 1)) };
}

/** What was counted, against the limits of each project as they are now. */
export async function guardRates(
  { projects }: Pick<GuardParts['client'], 'projects'>,
  figures: readonly GuardFigures[],
): Promise<GuardRow[]> {
  return Promise.all(
    figures.map(async ({ project, sender, hour, week }) => {
      const { bounceRate, complaintRate } = await projects.get(project);
      const limits = {
        bounceRate: bounceRate ?? GUARD_RULES.bounceRate,
        complaintRate: complaintRate ?? GUARD_RULES.complaintRate,
      };
      return { project, sender, hour: withRates(hour), week: withRates(week), limits };
    }),
  );
}

const HOLDS_OF_THE_GUARD: readonly string[] = ['GUARD', 'CANARY'];
