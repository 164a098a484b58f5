import type { DomainItem, SesDomainState } from './domain-check.ts';
import { missingEventTypes, NEEDED_EVENT_TYPES } from './event-types.ts';
import type { ConfigurationSetState } from './ses-identity.ts';
import { sesUnasked } from './ses-items.ts';

/** Whether the configuration set lets mail go out by TLS only. */
export function tlsItem({ configurationSet: set }: SesDomainState): DomainItem {
  const item = 'tls';
  const expected = 'TlsPolicy REQUIRE';
  const todo = ['Run "sluice setup", or set the TLS policy of the configuration set to REQUIRE.'];
  if (set === null) {
    const found =
      'No configuration set is named (SLUICE_CONFIGURATION_SET), so that mail goes to receivers without TLS as well.';
    return { item, status: 'missing', found, expected, todo: [SET_TODO] };
  }
  if (set.state.kind === 'failure') return sesUnasked(item, set.state);
  if (set.state.value === null)
    return {
      item,
      status: 'missing',
      found: `SES has no configuration set ${set.name}.`,
      expected,
      todo: [SET_TODO],
    };
  return set.state.value.tlsRequired
    ? { item, status: 'ok', found: `${set.name} requires TLS.`, expected: null, todo: [] }
    : {
        item,
        status: 'wrong',
        found: `${set.name} does not require TLS: mail goes in the clear to receivers without it.`,
        expected,
        todo,
      };
}

const EVENTS_EXPECTED = `an enabled event destination for ${NEEDED_EVENT_TYPES.join(', ')}`;

/** Whether the configuration set sends, and publishes what became of the mail. */
export function eventsItem({ configurationSet: set }: SesDomainState): DomainItem {
  const item = 'events';
  const expected = EVENTS_EXPECTED;
  if (set === null) {
    const found =
      'No configuration set is named (SLUICE_CONFIGURATION_SET), so that nobody hears of bounces and complaints.';
    return { item, status: 'missing', found, expected, todo: [SET_TODO] };
  }
  if (set.state.kind === 'failure') return sesUnasked(item, set.state);
  if (set.state.value === null)
    return {
      item,
      status: 'missing',
      found: `SES has no configuration set ${set.name}.`,
      expected,
      todo: [SET_TODO],
    };

  return publishing(set.name, set.state.value);
}

function publishing(name: string, { destinations, sendingEnabled }: ConfigurationSetState): DomainItem {
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
  };
}

const SET_TODO =
  'Name a configuration set in SLUICE_CONFIGURATION_SET, and run "sluice setup": it makes one that requires TLS and publishes events.';
