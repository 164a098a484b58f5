import type { Client } from '../../desk/client.ts';
import type { OpenCampaign } from '../../queue/campaigns.ts';
import { type Sample, sample } from './family.ts';

/** More are never open in practice, and a scrape has to be quick. */
const CAMPAIGNS_MAX = 1_000;

const STATES = ['scheduled', 'queued', 'running', 'paused', 'held', 'ending'] as const;
type State = (typeof STATES)[number];

/** Of campaigns that have not ended: two round trips. */
export async function campaignGauges({ campaigns }: Pick<Client, 'campaigns'>): Promise<Sample[]> {
  const ids = await campaigns.open();
  const seen = (await Promise.all(ids.slice(0, CAMPAIGNS_MAX).map((id) => campaigns.look(id)))).filter(
    (campaign) => campaign !== null,
  );
  const sum = (of: (campaign: OpenCampaign) => number) =>
    seen.reduce((total, campaign) => total + of(campaign), 0);
  return [
    sample('sluice_campaigns_open', {}, ids.length),
    ...STATES.map((state) =>
      sample(
        'sluice_campaigns',
        { state },
        sum((one) => (stateOf(one) === state ? 1 : 0)),
      ),
    ),
    sample(
      'sluice_recipients_pending',
      {},
      sum(({ pending }) => pending),
    ),
    sample(
      'sluice_recipients_in_doubt',
      {},
      sum(({ inDoubt }) => inDoubt),
    ),
  ];
}

function stateOf({ isEnding, paused, held, notBefore, epoch }: OpenCampaign): State {
  if (isEnding) return 'ending';
  if (paused) return 'paused';
  if (held) return 'held';
  if (notBefore !== null) return 'scheduled';
  return epoch === 0 ? 'queued' : 'running';
}
