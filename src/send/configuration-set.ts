import {
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  type EventDestination,
  type EventDestinationDefinition,
  GetConfigurationSetCommand,
  type GetConfigurationSetCommandOutput,
  GetConfigurationSetEventDestinationsCommand,
  PutConfigurationSetDeliveryOptionsCommand,
  UpdateConfigurationSetEventDestinationCommand,
} from '@aws-sdk/client-sesv2';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { SetupStep } from '../core/setup-step.ts';
import { NEEDED_EVENT_TYPES } from '../identity/event-types.ts';
import { nameOf, SesCaller } from './ses-caller.ts';
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
    let isThere = false;
    const set = await stepOf(this.#what, async () => {
      const found = await this.#findSet();
      isThere = found !== null;
      return found ? this.#completeSet(found, dryRun) : this.#makeSet(dryRun);
    });
    // Whoever may not change the set may all the same give it a destination; one that is not there takes none.
    if (set.outcome === 'refused' && !isThere) return [set];
    const what = `event destination ${this.#options.name}/${DESTINATION}`;
    const destination = await stepOf(what, () =>
      this.#prepareDestination(what, isThere || set.outcome !== 'wanted', dryRun),
    );
    return [set, destination];
  }

  close(): void {
    this.#ses.close();
  }

  #findSet(): Promise<GetConfigurationSetCommandOutput | null> {
    const get = new GetConfigurationSetCommand({ ConfigurationSetName: this.#options.name });
    return this.#ses.orNull('ses:GetConfigurationSet', () => this.#ses.client.send(get));
  }

  async #makeSet(dryRun: boolean): Promise<SetupStep> {
    const what = this.#what;
    if (dryRun) return { what, outcome: 'wanted', note: NEW_SET };
    const create = new CreateConfigurationSetCommand({
      ConfigurationSetName: this.#options.name,
      DeliveryOptions: { TlsPolicy: 'REQUIRE' },
    });
    const made = await this.#made('ses:CreateConfigurationSet', () => this.#ses.client.send(create));
    return { what, outcome: made ? 'made' : 'there', note: made ? NEW_SET : MEANWHILE };
  }

  /** False where somebody else was faster, or the answer to the first try was lost. */
  #made(permission: string, make: () => Promise<unknown>): Promise<boolean> {
    return this.#ses.call(permission, async () => {
      try {
        await make();
        return true;
      } catch (thrown) {
        if (nameOf(thrown) === 'AlreadyExistsException') return false;
        throw thrown;
      }
    });
  }

  async #completeSet(found: GetConfigurationSetCommandOutput, dryRun: boolean): Promise<SetupStep> {
    const what = this.#what;
    const ConfigurationSetName = this.#options.name;
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
    const all = isThere ? await this.#destinations() : [];
    const found = all.find(({ Name }) => Name === DESTINATION);
    if (found) return this.#completeDestination(what, found, dryRun);
    const other = all.find((one) => isEnough(one, topic));
    // A second one to the same topic would bring each event twice.
    if (other)
      return {
        what,
        outcome: 'skipped',
        note: `events go to ${other.SnsDestination?.TopicArn} by the destination ${other.Name}`,
      };
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
    const made = await this.#made('ses:CreateConfigurationSetEventDestination', () =>
      this.#ses.client.send(create),
    );
    return { what, outcome: made ? 'made' : 'there', note: made ? note : MEANWHILE };
  }

  async #completeDestination(what: string, found: EventDestination, dryRun: boolean): Promise<SetupStep> {
    const types = found.MatchingEventTypes ?? [];
    const missing = NEEDED_EVENT_TYPES.filter((type) => !types.includes(type));
    const notes = notesOn(found, this.#options.topic);
    if (missing.length === 0)
      return { what, outcome: isHeard(found) ? 'there' : 'lacking', note: notes.join('; ') };
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

  async #destinations(): Promise<readonly EventDestination[]> {
    const get = new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName: this.#options.name });
    const { EventDestinations: all = [] } = await this.#ses.call(
      'ses:GetConfigurationSetEventDestinations',
      () => this.#ses.client.send(get),
    );
    return all;
  }
}

/** Whether Sluice can hear what goes there: it reads events from SNS topics only. */
function isHeard({ Enabled, SnsDestination }: EventDestination): boolean {
  return Enabled === true && SnsDestination?.TopicArn !== undefined;
}

/** Whether somebody has set up by another name all that is needed, to this topic or, where none is named, to any. */
function isEnough(destination: EventDestination, topic: string | null): boolean {
  const types = destination.MatchingEventTypes ?? [];
  return (
    isHeard(destination) &&
    (topic === null || destination.SnsDestination?.TopicArn === topic) &&
    NEEDED_EVENT_TYPES.every((type) => types.includes(type))
  );
}

/** Two who set up at a time; each says what it found. */
const MEANWHILE = 'somebody else made it meanwhile; run this again to see whether it is as it should be';
const NEW_SET = 'with TLS required';
const NO_TOPIC =
  'no SNS topic is named: make one with a queue that is subscribed to it (docs/administrators.md says how), and run this again with --topic ARN';

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
