import type { Overview } from '../desk/desk.ts';
import { Caller, type CallOptions, type ClientOptions } from './caller.ts';
import { Campaigns } from './campaigns.ts';
import { Audiences } from './lists.ts';
import { Domains, Guard, Profiles, Projects } from './senders.ts';
import { Suppression } from './suppression.ts';
import { WarmUps } from './warm-ups.ts';

/**
 * Sluice over HTTP, in any runtime that has `fetch`. Every method throws a SluiceError for what Sluice refuses, or where it does not answer;
 * before that, what can be asked again without doing anything twice is asked again: where there was no answer, or it was 429 or 503.
 */
export class SluiceClient {
  readonly campaigns: Campaigns;
  readonly audiences: Audiences;
  readonly suppression: Suppression;
  readonly profiles: Profiles;
  readonly projects: Projects;
  readonly domains: Domains;
  readonly warmUps: WarmUps;
  readonly guard: Guard;
  readonly #caller: Caller;

  constructor(options: ClientOptions) {
    const caller = new Caller(options);
    this.#caller = caller;
    this.campaigns = new Campaigns(caller);
    this.audiences = new Audiences(caller);
    this.suppression = new Suppression(caller);
    this.profiles = new Profiles(caller);
    this.projects = new Projects(caller);
    this.domains = new Domains(caller);
    this.warmUps = new WarmUps(caller);
    this.guard = new Guard(caller);
  }

  /** Everything at a glance. */
  overview(options: CallOptions = {}): Promise<Overview> {
    return this.#caller.json({ method: 'GET', path: ['overview'], ...options });
  }
}
