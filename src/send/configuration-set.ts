import {
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  type EventDestination,
  type EventDestinationDefinition,
  GetConfigurationSetCommand,
  GetConfigurationSetEventDestinationsCommand,
  PutConfigurationSetDeliveryOptionsCommand,
  UpdateConfigurationSetEventDestinationCommand,
} from '@aws-sdk/client-sesv2';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { SetupStep } from '../core/setup-step.ts';
import { NEEDED_EVENT_TYPES } from '../identity/event-types.ts';
import { SesCaller } from './ses-caller.ts';
import type { SesAccess } from './ses-client.ts';

/** Our own among the event destinations. */
const DESTINATION = 'sluice';

export interface ConfigurationSetOptions extends SesAccess {
  readonly name: string;
  /** ARN of the SNS topic that events go to; null where nobody has named one. */
  readonly topic: string | null;
  /** Events of the sandbox go to its own queue, whatever is set up. */
  readonly isSandbox: boolean;
  readonly clock: Clock;
}

/** Makes the configuration set that all mail names, as far as it is allowed. */
export class ConfigurationSet {
  readonly #options: ConfigurationSetOptions;
  readonly #ses: SesCaller;
  readonly #what: string;

  constructor(options: ConfigurationSetOptions) {
    this.#options = options;
    this.#ses = new SesCaller({ ...options, code: 'SES_SETUP' });
    this.#what = `configuration set ${options.name}`;
  }

  /**
   * A set that requires TLS, with a destination for events. One that is there is only made to require TLS, and a destination of ours
   * gets the types of events that it lacks; nothing else of them is changed.
   *
   * @param dryRun says what would be done
   */
  async prepare(dryRun: boolean): Promise<SetupStep[]> {
    const set = await stepOf(this.#what, () => this.#prepareSet(dryRun));
    if (set.outcome === 'refused') return [set];
    const isThere = !(dryRun && set.outcome === 'wanted' && set.note === NEW_SET);
    const what = `event destination ${this.#options.name}/${DESTINATION}`;
    const destination = await stepOf(what, () => this.#prepareDestination(what, isThere, dryRun));
    return [set, destination];
  }

  close(): void {
    this.#ses.close();
  }

  async #prepareSet(dryRun: boolean): Promise<SetupStep> {
    const what = this.#what;
    const ConfigurationSetName = this.#options.name;
    const get = new GetConfigurationSetCommand({ ConfigurationSetName });
    const found = await this.#ses.orNull('ses:GetConfigurationSet', () => this.#ses.client.send(get));
    if (!found) {
      if (dryRun) return { what, outcome: 'wanted', note: NEW_SET };
      const create = new CreateConfigurationSetCommand({
        ConfigurationSetName,
        DeliveryOptions: { TlsPolicy: 'REQUIRE' },
      });
      await this.#ses.call('ses:CreateConfigurationSet', () => this.#ses.client.send(create));
      return { what, outcome: 'made', note: NEW_SET };
    }
    const paused = found.SendingOptions?.SendingEnabled === false ? '; its sending is paused' : '';
    if (found.DeliveryOptions?.TlsPolicy === 'REQUIRE')
      return { what, outcome: 'there', note: `requires TLS${paused}` };
    const note = `TLS is required from now on${paused}`;
    if (dryRun) return { what, outcome: 'wanted', note };
    const put = new PutConfigurationSetDeliveryOptionsCommand({
      // What is not said again would be taken away.
      ...found.DeliveryOptions,
      ConfigurationSetName,
      TlsPolicy: 'REQUIRE',
    });
    await this.#ses.call('ses:PutConfigurationSetDeliveryOptions', () => this.#ses.client.send(put));
    return { what, outcome: 'changed', note };
  }

  async #prepareDestination(what: string, isThere: boolean, dryRun: boolean): Promise<SetupStep> {
    const { topic, isSandbox } = this.#options;
    if (isSandbox) return { what, outcome: 'skipped', note: 'the sandbox hands all events to its own queue' };
    const found = isThere ? await this.#findDestination() : null;
    if (found) return this.#completeDestination(what, found, dryRun);
    if (topic === null) return { what, outcome: 'lacking', note: NO_TOPIC };
    const note = `events go to ${topic}`;
    if (dryRun) return { what, outcome: 'wanted', note };
    const create = new CreateConfigurationSetEventDestinationCommand({
      ConfigurationSetName: this.#options.name,
      EventDestinationName: DESTINATION,
      EventDestination: {
        Enabled: true,
        MatchingEventTypes: [...NEEDED_EVENT_TYPES],
        SnsDestination: { TopicArn: topic },
      },
    });
    await this.#ses.call('ses:CreateConfigurationSetEventDestination', () => this.#ses.client.send(create));
    return { what, outcome: 'made', note };
  }

  async #completeDestination(what: string, found: EventDestination, dryRun: boolean): Promise<SetupStep> {
    const types = found.MatchingEventTypes ?? [];
    const missing = NEEDED_EVENT_TYPES.filter((type) => !types.includes(type));
    const notes = notesOn(found, this.#options.topic);
    if (missing.length === 0) return { what, outcome: 'there', note: notes.join('; ') };
    const note = [`with ${missing.join(', ')} added`, ...notes].join('; ');
    if (dryRun) return { what, outcome: 'wanted', note };
    const { Name: _name, ...definition } = found;
    const changed: EventDestinationDefinition = {
      ...definition,
      MatchingEventTypes: [...types, ...missing],
    };
    const update = new UpdateConfigurationSetEventDestinationCommand({
      ConfigurationSetName: this.#options.name,
      EventDestinationName: DESTINATION,
      EventDestination: changed,
    });
    await this.#ses.call('ses:UpdateConfigurationSetEventDestination', () => this.#ses.client.send(update));
    return { what, outcome: 'changed', note };
  }

  async #findDestination(): Promise<EventDestination | null> {
    const get = new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName: this.#options.name });
    const { EventDestinations: all = [] } = await this.#ses.call(
      'ses:GetConfigurationSetEventDestinations',
      () => this.#ses.client.send(get),
    );
    return all.find(({ Name }) => Name === DESTINATION) ?? null;
  }
}

const NEW_SET = 'with TLS required';
const NO_TOPIC =
  'no SNS topic is named: make one with a queue that is subscribed to it (docs/operators.md says how), and run this again with --topic ARN';

/** What is as somebody has set it up, and may be a mistake. */
function notesOn({ Enabled, SnsDestination }: EventDestination, topic: string | null): string[] {
  const place = SnsDestination?.TopicArn;
  return [
    place === undefined ? 'it is no SNS topic, and Sluice reads no other place' : `events go to ${place}`,
    ...(topic !== null && place !== undefined && place !== topic ? [`and not to ${topic}`] : []),
    ...(Enabled ? [] : ['it is switched off']),
  ];
}

/** What SES does not do is a step that was refused: the others may still be done. */
async function stepOf(what: string, prepare: () => Promise<SetupStep>): Promise<SetupStep> {
  try {
    return await prepare();
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return { what, outcome: 'refused', note: thrown.message };
  }
}
