import type { SesDomainState } from './domain-check.ts';
import { missingEventTypes, NEEDED_EVENT_TYPES } from './event-types.ts';
import { type FoundItem, finding } from './finding.ts';
import type { ConfigurationSetState } from './ses-identity.ts';
import { sesUnasked } from './ses-items.ts';

const TLS_EXPECTED = 'TlsPolicy REQUIRE';
const EVENTS_EXPECTED = `an enabled event destination for ${NEEDED_EVENT_TYPES.join(', ')}`;

/** Whether the configuration set lets mail go out by TLS only. */
export function tlsItem({ configurationSet }: SesDomainState): FoundItem {
  const consequence = 'mail goes to receivers without TLS as well';
  return ofSet('tls', configurationSet, { expected: TLS_EXPECTED, consequence, judge: encrypting });
}

/** Whether the configuration set sends, and publishes what became of the mail. */
export function eventsItem({ configurationSet }: SesDomainState): FoundItem {
  const consequence = 'nobody hears of bounces and complaints';
  return ofSet('events', configurationSet, { expected: EVENTS_EXPECTED, consequence, judge: publishing });
}

interface SetQuestion {
  readonly expected: string;
  /** What it means that no set is named, as a clause. */
  readonly consequence: string;
  readonly judge: (name: string, state: ConfigurationSetState) => FoundItem;
}

/** An item that can only be judged of a set that is named, known to SES, and told of. */
function ofSet(
  item: 'tls' | 'events',
  set: SesDomainState['configurationSet'],
  { expected, consequence, judge }: SetQuestion,
): FoundItem {
  if (set?.state.kind === 'failure') return sesUnasked(item, set.state);
  if (set?.state.value) return judge(set.name, set.state.value);
  const found = set
    ? `SES has no configuration set ${set.name}.`
    : `No configuration set is named (SLUICE_CONFIGURATION_SET), so that ${consequence}.`;
  return {
    item,
    status: 'missing',
    found,
    expected,
    todo: [SET_TODO],
    findings: set ? finding('SET_UNKNOWN', { set: set.name }) : finding('SET_NONE'),
  };
}

function encrypting(name: string, { tlsRequired }: ConfigurationSetState): FoundItem {
  return tlsRequired
    ? {
        item: 'tls',
        status: 'ok',
        found: `${name} requires TLS.`,
        expected: null,
        todo: [],
        findings: finding('TLS_REQUIRED', { set: name }),
      }
    : {
        item: 'tls',
        status: 'wrong',
        found: `${name} does not require TLS: mail goes in the clear to receivers without it.`,
        expected: TLS_EXPECTED,
        todo: ['Run "sluice setup", or set the TLS policy of the configuration set to REQUIRE.'],
        findings: finding('TLS_OPTIONAL', { set: name }),
      };
}

function publishing(name: string, { destinations, sendingEnabled }: ConfigurationSetState): FoundItem {
  const enabled = destinations.filter((destination) => destination.enabled);
  const lacking = missingEventTypes(destinations);
  if (lacking.length === 0 && sendingEnabled) {
    const places = enabled.map((destination) => destination.name).join(', ');
    return {
      item: 'events',
      status: 'ok',
      found: `${name} publishes all events that Sluice reads, to ${places}.`,
      expected: null,
      todo: [],
      findings: finding('EVENTS_ALL', { set: name }),
    };
  }
  const found = [
    ...(sendingEnabled ? [] : [`sending is paused for ${name}`]),
    ...(lacking.length > 0 ? [`${name} publishes no ${lacking.join(', ')}`] : []),
    ...destinations.filter((destination) => !destination.enabled).map((off) => `${off.name} is switched off`),
  ];
  return {
    item: 'events',
    status: enabled.length === 0 ? 'missing' : 'wrong',
    found: `${found.join('; ')}.`,
    expected: EVENTS_EXPECTED,
    todo: [
      ...(lacking.length > 0
        ? ['Run "sluice setup", or add the events to the event destination of the configuration set.']
        : []),
      ...(sendingEnabled
        ? []
        : [
            `Find out who has paused ${name}, and let it send again: SES pauses a set of which too much bounces.`,
          ]),
    ],
    findings: [
      ...(lacking.length > 0 ? finding('EVENTS_LACKING', { set: name, events: lacking.join(', ') }) : []),
      ...(sendingEnabled ? [] : finding('SET_PAUSED', { set: name })),
    ],
  };
}

const SET_TODO =
  'Name a configuration set in SLUICE_CONFIGURATION_SET, and run "sluice setup": it makes one that requires TLS and publishes events.';
