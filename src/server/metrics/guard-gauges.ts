import { METRICS } from '../../core/metrics.ts';
import type { Client } from '../../desk/client.ts';
import type { GuardCounts, GuardFigures } from '../../guard/guard.ts';
import { GUARD_RULES } from '../../guard/rules.ts';
import type { Project } from '../../identity/project.ts';
import { type Sample, sample } from './family.ts';

const PERIODS = ['hour', 'week'] as const;
const PROJECTS_MAX = METRICS.sluice_guard_sends.labels.project.most;

/** What the guard counts, by project: of the fifty with most mails within a week. No sender is named. */
export async function guardGauges({
  guard,
  projects,
}: Pick<Client, 'guard' | 'projects'>): Promise<Sample[]> {
  const byProject = Map.groupBy(await guard.figures(), ({ project }) => project);
  const biggest = [...byProject]
    .map(([project, figures]) => ({ project, figures, sends: sendsOf(figures, 'week') }))
    .toSorted((a, b) => b.sends - a.sends)
    .slice(0, PROJECTS_MAX);
  const settings = await Promise.all(biggest.map(({ project }) => projects.get(project)));
  return biggest.flatMap(({ project, figures }, index) => [
    ...PERIODS.flatMap((period) => [
      sample('sluice_guard_sends', { project, period }, sendsOf(figures, period)),
      sample(
        'sluice_guard_ratio',
        { project, period, measure: 'bounces' },
        worst(figures, period, 'bounces'),
      ),
      sample(
        'sluice_guard_ratio',
        { project, period, measure: 'complaints' },
        worst(figures, period, 'complaints'),
      ),
    ]),
    ...limitsOf(project, settings[index]),
  ]);
}

function limitsOf(project: string, settings: Project | undefined): Sample[] {
  const bounces = settings?.bounceRate ?? GUARD_RULES.bounceRate;
  const complaints = settings?.complaintRate ?? GUARD_RULES.complaintRate;
  return [
    sample('sluice_guard_limit_ratio', { project, measure: 'bounces' }, bounces),
    sample('sluice_guard_limit_ratio', { project, measure: 'complaints' }, complaints),
  ];
}

function sendsOf(figures: readonly GuardFigures[], period: 'hour' | 'week'): number {
  return figures.reduce((sum, one) => sum + one[period].sends, 0);
}

/** The guard judges each sender by itself. Of few mails a share says nothing: whoever reads it looks at `sluice_guard_sends` as well. */
function worst(
  figures: readonly GuardFigures[],
  period: 'hour' | 'week',
  measure: 'bounces' | 'complaints',
): number {
  return Math.max(0, ...figures.map((one) => shareOf(one[period], measure)));
}

function shareOf(counts: GuardCounts, measure: 'bounces' | 'complaints'): number {
  return counts.sends === 0 ? 0 : counts[measure] / counts.sends;
}
