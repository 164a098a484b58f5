import { domainOf } from '../core/address.ts';
import type { WorkerCard } from '../queue/roster.ts';
import type { Mailing } from '../send/mailing.ts';
import { warmUpDay } from '../send/warm-up.ts';
import type { CheckFindings, MarketingFacts } from './check-findings.ts';
import { marketingObstacle } from './marketing-obstacle.ts';
import type { DeskParts } from './parts.ts';

type BookFacts = Pick<
  CheckFindings,
  | 'account'
  | 'perSecondMax'
  | 'perDayMax'
  | 'perMonthMax'
  | 'projects'
  | 'sent'
  | 'sentOfProject'
  | 'warmUp'
  | 'guard'
  | 'marketing'
>;

/** What the books in Redis say at this moment, as far as it concerns a campaign. */
export async function bookFacts(
  { project, sender }: Pick<Mailing, 'project' | 'sender'>,
  { client, config, clock }: Pick<DeskParts, 'client' | 'config' | 'clock'>,
): Promise<BookFacts> {
  const { account, projects, sent, guard, roster } = client;
  const { perSecondMax, perDayMax, perMonthMax } = config.send;
  const figures = await guard.figures();
  return {
    account: await account.read(),
    perSecondMax,
    perDayMax,
    perMonthMax,
    projects: await projects.list(),
    sent: await sent.ofAll(),
    sentOfProject: await sent.ofProject(project),
    warmUp: await warmUpOf(client, domainOf(sender), clock.now()),
    guard: figures.find((one) => one.project === project && one.sender === sender) ?? null,
    marketing: marketingOf(await roster.present(), marketingObstacle(config)),
  };
}

/** What a schedule lets the domain send today; null where it has none. */
async function warmUpOf(
  { warmUps }: DeskParts['client'],
  domain: string,
  nowMs: number,
): Promise<BookFacts['warmUp']> {
  const schedule = (await warmUps.list()).find((one) => one.domain === domain);
  const today = schedule ? warmUpDay(schedule, nowMs) : null;
  return today && { allowance: today.allowance, used: await warmUps.used(domain, today.day) };
}

/** Workers know best; where there is none, the settings here may be others than theirs. */
function marketingOf(workers: readonly WorkerCard[], ownObstacle: string | null): MarketingFacts {
  const able = workers.filter(({ roles }) => roles.includes('plan') || roles.includes('send'));
  if (able.length === 0) return { kind: ownObstacle === null ? 'able' : 'unknown' };
  const unable = able.filter((worker) => worker.marketingObstacle !== null).length;
  return unable === 0 ? { kind: 'able' } : { kind: 'unable', workers: unable, of: able.length };
}
