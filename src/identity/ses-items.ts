import type { DomainItem, SesDomainState } from './domain-check.ts';
import type { Asked, SesDkimStatus, SesIdentity } from './ses-identity.ts';

/** Whether SES has the identity, and lets mail from it out. */
export function identityItem(domain: string, asked: Asked<SesIdentity | null>): DomainItem {
  if (asked.kind === 'failure') return sesUnasked('identity', asked);
  const identity = asked.value;
  if (identity === null) return noIdentity('identity', domain);
  const by =
    identity.name === domain
      ? domain
      : `${identity.name}, whose identity mail from ${domain} goes out under,`;
  return identity.verified
    ? { item: 'identity', status: 'ok', found: `SES lets mail from ${by} out.`, expected: null, todo: [] }
    : {
        item: 'identity',
        status: 'wrong',
        found: `SES has ${by} and lets no mail from it out: it is not verified.`,
        expected: 'VerifiedForSendingStatus true',
        todo: ['Put the DKIM records into DNS: SES verifies a domain by them. It may take some hours.'],
      };
}

/** What SES says of DKIM. */
export function dkimItem(domain: string, asked: Asked<SesIdentity | null>): DomainItem {
  if (asked.kind === 'failure') return sesUnasked('dkim', asked);
  if (asked.value === null) return noIdentity('dkim', domain);
  const { name, dkim } = asked.value;
  const bits = dkim.keyLength === null ? '' : ` with a key of ${dkim.keyLength} bits`;
  const own = dkim.origin === 'own' ? ' of your own (BYODKIM)' : '';
  if (dkim.status === 'SUCCESS') {
    const short = dkim.keyLength === 1024;
    return {
      item: 'dkim',
      status: short ? 'advice' : 'ok',
      found: `SES signs as ${name}${bits}${own}.`,
      expected: short ? 'a key of 2048 bits' : null,
      todo: short ? ['Let SES use a key of 2048 bits: some receivers take 1024 for weak.'] : [],
    };
  }
  return {
    item: 'dkim',
    status: 'wrong',
    found: `SES's DKIM status of ${name} is ${dkim.status}: ${DKIM_WORDS[dkim.status].means}.`,
    expected: 'DKIM status SUCCESS',
    todo: DKIM_WORDS[dkim.status].todo,
  };
}

const DKIM_WORDS: Readonly<
  Record<Exclude<SesDkimStatus, 'SUCCESS'>, { readonly means: string; readonly todo: readonly string[] }>
> = {
  PENDING: {
    means: 'SES has not found the records yet, and looks for 72 hours',
    todo: ['Put the DKIM records into DNS, and wait: "sluice domain check … --wait" asks again and again.'],
  },
  FAILED: {
    means: 'SES looked for 72 hours, found no records, and has stopped looking',
    todo: [
      'Put the DKIM records into DNS first.',
      'Then let SES look again: remove the domain and add it ("sluice domain remove", "sluice domain add"), which gives new records, or switch Easy DKIM on again in the SES console.',
    ],
  },
  TEMPORARY_FAILURE: {
    means:
      'SES found the records before, and can not read them now; it signs no more if that goes on for five days',
    todo: ['See that the DKIM records are in DNS, and that the name servers of the domain answer.'],
  },
  NOT_STARTED: {
    means: 'DKIM has not been started for this identity',
    todo: [
      'Switch Easy DKIM on: remove the domain and add it again ("sluice domain remove", "sluice domain add").',
    ],
  },
};

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

/** Without one of these Sluice does not hear what became of a mail. */
const EVENT_TYPES = [
  'SEND',
  'DELIVERY',
  'BOUNCE',
  'COMPLAINT',
  'REJECT',
  'RENDERING_FAILURE',
  'DELIVERY_DELAY',
] as const;

/** Whether the configuration set sends, and publishes what became of the mail. */
export function eventsItem({ configurationSet: set }: SesDomainState): DomainItem {
  const item = 'events';
  const expected = `an enabled event destination for ${EVENT_TYPES.join(', ')}`;
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

  const { destinations, sendingEnabled } = set.state.value;
  const enabled = destinations.filter((destination) => destination.enabled);
  const heard = enabled.flatMap(({ types }) => types.map((type) => type.toUpperCase()));
  const lacking = EVENT_TYPES.filter((type) => !heard.includes(type));
  const names = enabled.map(({ name }) => name).join(', ');
  const off = destinations
    .filter((destination) => !destination.enabled)
    .map(({ name }) => `${name} is switched off`);
  const paused = sendingEnabled ? [] : [`sending is paused for ${set.name}`];
  if (lacking.length === 0 && sendingEnabled)
    return {
      item,
      status: 'ok',
      found: `${set.name} publishes all events that Sluice reads, to ${names}.`,
      expected: null,
      todo: [],
    };
  const gap = lacking.length > 0 ? [`${set.name} publishes no ${lacking.join(', ')}`] : [];
  return {
    item,
    status: enabled.length === 0 ? 'missing' : 'wrong',
    found: `${[...paused, ...gap, ...off].join('; ')}.`,
    expected,
    todo: [
      ...(lacking.length > 0
        ? ['Run "sluice setup", or add the events to the event destination of the configuration set.']
        : []),
      ...(sendingEnabled
        ? []
        : [
            `Find out who has paused ${set.name}, and let it send again: SES pauses a set of which too much bounces.`,
          ]),
    ],
  };
}

const SET_TODO =
  'Name a configuration set in SLUICE_CONFIGURATION_SET, and run "sluice setup": it makes one that requires TLS and publishes events.';

/** SES did not say; it never blocks. */
export function sesUnasked(
  item: DomainItem['item'],
  { name, message }: { readonly name: string; readonly message: string },
): DomainItem {
  return {
    item,
    status: 'unasked',
    found: `SES could not be asked: ${name}: ${message}`,
    expected: null,
    todo: [],
  };
}

export function noIdentity(item: DomainItem['item'], domain: string): DomainItem {
  return {
    item,
    status: 'missing',
    found: `SES has no identity for ${domain}.`,
    expected: null,
    todo: [`Run "sluice domain add ${domain}", and put the records that it prints into DNS.`],
  };
}
