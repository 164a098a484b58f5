import type { HoldCode } from '../../../../core/hold-code.ts';
import type { AlertCode } from '../../../../desk/decisions.ts';
import type { Told } from '../../told.ts';
import { domainWords } from '../domains.ts';
import { itemsOf } from './items-of.ts';
import type { Saying } from './saying.ts';

const BY_ITSELF = () => 'There is nothing to do: it goes on by itself.';
const AFTER_MENDING = 'Then open the campaign and choose Resume.';

export const englishHolds: Readonly<Record<HoldCode, Saying>> = {
  GUARD: {
    title: 'too many bounces or complaints',
    said: guard,
    todo: () =>
      'Read “Errors by reason” on the campaign’s page, and find out where the list comes from. If the list is bad, choose Cancel campaign. To go on all the same choose Resume, tick the box and give a reason.',
  },
  CANARY: {
    title: 'the first mails did not do well',
    said: canary,
    todo: () =>
      'Read “Errors by reason” on the campaign’s page. If the list is bad, choose Cancel campaign: the others have not got the mail. To send to them all the same choose Resume, tick the box and give a reason.',
  },
  DOUBT: {
    title: 'did SES take the mail?',
    said: (told) =>
      `Recipients in doubt: ${told.count('count')}. A call to SES had no answer, and no event has told since whether it was taken.`,
    todo: () =>
      'Look some of them up under “What happened to one recipient?”. Then choose Resolve, and decide whether they are sent to again.',
  },
  LOG_BACKLOG: {
    title: 'the log is behind',
    said: (told) => `${told.count('entries')} blocks of rows or more wait for the log, so nothing is sent.`,
    todo: () =>
      'It goes on by itself when the log has caught up. If it does not, see whether a worker writes the log, and whether the disk or BigQuery takes its rows.',
  },
  QUOTA_DAY: {
    title: 'the quota of 24 hours is used up',
    said: (told) =>
      `${told.count('used')} of ${told.count('limit')} recipients were sent to within 24 hours.`,
    todo: BY_ITSELF,
  },
  QUOTA_MONTH: {
    title: 'the quota of 30 days is used up',
    said: (told) => `${told.count('used')} of ${told.count('limit')} recipients were sent to within 30 days.`,
    todo: BY_ITSELF,
  },
  PROJECT_DAY: {
    title: 'the project’s quota of 24 hours is used up',
    said: (told) =>
      `${told.count('used')} of the ${told.count('limit')} recipients that the project ${told.text('project')} has for 24 hours were sent to.`,
    todo: () => 'It goes on by itself. If it should go on now, raise the limit of the project under Senders.',
  },
  PROJECT_MONTH: {
    title: 'the project’s quota of 30 days is used up',
    said: (told) =>
      `${told.count('used')} of the ${told.count('limit')} recipients that the project ${told.text('project')} has for 30 days were sent to.`,
    todo: () => 'It goes on by itself. If it should go on now, raise the limit of the project under Senders.',
  },
  WARM_UP: {
    title: 'the warm-up’s quota of the day is used up',
    said: (told) =>
      `${told.text('domain')} is being warmed up, and ${told.count('used')} of today’s ${told.count('limit')} recipients were sent to.`,
    todo: BY_ITSELF,
  },
  PROFILE: {
    title: 'its sender profile does not work',
    said: (told) =>
      told.has('column')
        ? `The profile’s unsubscribe URL now reads the column ${told.text('column')}, which recipients that are planned already do not have.`
        : `The sender profile ${told.text('profile')} is gone, or something in it is wrong.`,
    todo: (told) =>
      told.has('column')
        ? `Set the URL of the profile back under Senders. ${AFTER_MENDING}`
        : `Set the profile right under Senders. ${AFTER_MENDING}`,
  },
  CONFIGURATION: {
    title: 'marketing mail is not set up',
    said: () =>
      'Marketing mail needs unsubscribe links, and a worker lacks SLUICE_PUBLIC_URL or SLUICE_SECRET, with which they are made.',
    todo: () => `Whoever runs the workers sets both for all of them. ${AFTER_MENDING}`,
  },
  DOMAIN: {
    title: 'the sending domain is not ready',
    said: (told) =>
      told.has('owner')
        ? `The domain ${told.text('domain')} belongs to the organisation ${told.text('owner')}, and the project ${told.text('project')} to another.`
        : `The domain ${told.text('domain')} may not send yet. What is lacking: ${itemsOf(told, domainWords.en.items)}.`,
    todo: (told) =>
      told.has('owner')
        ? `Set the organisation of the project under Senders, or move the domain on its page under Domains. ${AFTER_MENDING}`
        : `The domain’s page under Domains has the records to copy into DNS; choose Check again there until all is right. ${AFTER_MENDING}`,
  },
  SES_QUOTA: {
    title: 'SES’s quota for 24 hours is used up',
    said: () => 'The SES account may send no more mail for now.',
    todo: () =>
      'SES is asked again from time to time, and the campaign goes on by itself when there is room. AWS raises the quota on request.',
  },
  SES_PAUSED: {
    title: 'sending is paused in SES',
    said: () => 'Sending is switched off in SES, for the account or for the configuration set.',
    todo: () =>
      'Find out in the SES console who has switched it off, and why. It goes on by itself when it is on again.',
  },
  SES_CREDENTIALS: {
    title: 'there are no valid AWS credentials',
    said: () => 'A worker has no AWS credentials, or AWS takes them no more.',
    todo: () => 'Whoever runs the workers gives them new ones. It goes on by itself then.',
  },
  SES_SUSPENDED: {
    title: 'AWS has suspended the account',
    said: () => 'AWS lets the SES account send no mail any more.',
    todo: () => `Read the case in the AWS support centre, and answer it. ${AFTER_MENDING}`,
  },
  SES_IDENTITY: {
    title: 'SES has not verified the sender',
    said: () => 'SES refused the mail: an address or domain is not verified in this region.',
    todo: () =>
      `The domain’s page under Domains says what SES waits for. While the account is in the SES sandbox, recipients have to be verified as well. ${AFTER_MENDING}`,
  },
  SES_CONFIGURATION: {
    title: 'SES does not know the configuration set',
    said: () => 'The call names something that SES does not have, such as the configuration set.',
    todo: () =>
      `Whoever runs the workers corrects SLUICE_CONFIGURATION_SET, or makes the set with sluice setup. ${AFTER_MENDING}`,
  },
  SES_ACCESS: {
    title: 'AWS does not allow the call',
    said: () => 'The credentials of the workers may not send by SES.',
    todo: () => `Whoever looks after AWS adds the permission to their role. ${AFTER_MENDING}`,
  },
  SES_REFUSED: {
    title: 'SES refused the call',
    said: () =>
      'SES refuses what all mails of the campaign have in common, so nobody was sent to by that call.',
    todo: () =>
      'SES’s own words below say what it is about: usually the sender, or a header. What a campaign says cannot be changed: mend the profile, or cancel the campaign and send another.',
  },
  SES_CLIENT: {
    title: 'the request could not be made',
    said: () => 'A worker could not make the request to SES.',
    todo: () => `The words below, and the worker’s log, say why. ${AFTER_MENDING}`,
  },
};

const MEASURES: Readonly<Record<string, string>> = {
  bounces: 'bounced hard',
  complaints: 'was called spam',
};

function guard(told: Told): string {
  if (told.has('domain'))
    return `Gmail’s users called ${told.share('rate')} of the mail from ${told.text('domain')} spam on ${told.text('date')}. Campaigns are held from ${told.share('limit')} on.`;
  const what = {
    hour: 'the last hour’s mail of this project and sender',
    week: 'the last 7 days’ mail of this project and sender',
    campaign: 'this campaign’s mail',
  }[told.text('rule')];
  return `${told.share('rate')} of ${what ?? 'the mail'} ${MEASURES[told.text('measure')] ?? '–'}: ${told.count('count')} of ${told.count('sends')}. The limit is ${told.share('limit')}.`;
}

function canary(told: Told): string {
  switch (told.text('found')) {
    case 'silent':
      return `SES’s events have told of ${told.count('heardOf')} of the first ${told.count('sends')} mails only, so nobody knows how they did.`;
    case 'open':
      return `After ${told.count('sends')} mails, of which ${told.count('bounces')} bounced hard and ${told.count('complaints')} were called spam, it is still open whether the rates are under their limits.`;
    default:
      return `${told.share('rate')} of the first mails ${MEASURES[told.text('found')] ?? '–'}: ${told.count('count')} of ${told.count('sends')}. The limit is ${told.share('limit')}, and a canary must stay under half of it.`;
  }
}

const ROLES: Readonly<Record<string, string>> = {
  plan: 'so no campaign begins',
  send: 'so nothing is sent',
  log: 'so no row reaches the log',
};

const OWNERS: Readonly<Record<string, string>> = { account: 'the SES account' };

export const englishAlerts: Readonly<Record<AlertCode, Saying>> = {
  DOUBT: {
    title: 'Mail in doubt: did SES take it?',
    said: (told) =>
      `Recipients in doubt: ${told.count('count')}. A call to SES had no answer. An event of SES’s may still settle them.`,
    todo: (told) =>
      told.text('policy') === 'hold'
        ? `After ${told.time('doubtMs')} the campaign is held, and it is for you to decide.`
        : `There is nothing to do: after ${told.time('doubtMs')} the campaign’s own policy decides.`,
  },
  NO_WORKER: {
    title: 'No worker does a part of the work',
    said: (told) =>
      `No worker with the role ${told.text('role')} is running, ${ROLES[told.text('role')] ?? '–'}.`,
    todo: (told) =>
      `Start one on a server: sluice worker --roles ${told.text('role')}. What waits goes on by itself.`,
  },
  LOG_BEHIND: {
    title: 'The log is behind',
    said: (told) =>
      `${told.count('entries')} blocks of rows wait for the log, the oldest for ${told.time('oldestMs')}. Sending stops at ${told.count('holdsAt')}.`,
    todo: () =>
      'See whether a worker with the role log is running, and whether the disk or BigQuery takes its rows: its log says so.',
  },
  DEAD_LETTERS: {
    title: 'Rows were set aside',
    said: (told) =>
      told.has('rows')
        ? `${told.count('rows')} blocks or rows of the log were set aside: they can’t be read, or the sink will never take them.`
        : `${told.count('messages')} messages that came as SES’s events can’t be read.`,
    todo: (told) =>
      told.has('rows')
        ? 'No mail waits for it. sluice doctor, on a server, says more.'
        : 'No mail waits for it. sluice feedback dead list, on a server, shows them.',
  },
  EVENTS_LATE: {
    title: 'SES’s events come late',
    said: (told) =>
      `They are applied ${told.time('lagMs')} after their mails went out, so sending has slowed down to ${told.share('share')} of the account’s rate.`,
    todo: () => 'Start more workers with the role feedback. Sending gets faster by itself then.',
  },
  QUOTA: {
    title: 'A sending quota is nearly used up',
    said: (told) =>
      `${told.count('used')} of the ${told.count('limit')} recipients that ${owner(told)} allows in ${told.text('days') === '1' ? '24 hours' : '30 days'} are used.`,
    todo: () => 'What is beyond them waits, and goes on by itself.',
  },
  DOMAIN: {
    title: 'A sending domain is not ready',
    said: (told) => `${told.text('domain')} lacks: ${itemsOf(told, domainWords.en.items)}.`,
    todo: () => 'Its page has the records to copy into DNS. Campaigns from it are held until they are there.',
  },
};

function owner(told: Told): string {
  if (told.text('owner') === 'project') return `the project ${told.text('project')}`;
  return OWNERS[told.text('owner')] ?? told.text('owner');
}
