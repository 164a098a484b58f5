import type { DmarcImport, DomainCheckView, DomainRow, DomainView, GuardView } from '../desk/desk.ts';
import type { MonthReport } from '../dmarc/month-report.ts';
import type { Profile } from '../identity/profile.ts';
import type { Project } from '../identity/project.ts';
import type { Sent } from '../send/sent-book.ts';
import type { Caller, CallOptions } from './caller.ts';
import { contentOf, type FileContent } from './content.ts';
import type { DomainForm, ProfileForm, ProjectForm, Signature, SignatureWithReason } from './forms.ts';

type ProjectUse = Project & { readonly used: Sent };

type DmarcTaken = Omit<DmarcImport, 'files' | 'refused'>;

interface Items<T> {
  readonly items: readonly T[];
}

/** `client.profiles` */
export class Profiles {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async list(options: CallOptions = {}): Promise<readonly Profile[]> {
    return (await this.#caller.json<Items<Profile>>({ method: 'GET', path: ['profiles'], ...options })).items;
  }

  /** One that is there already is replaced as a whole. */
  set(name: string, form: ProfileForm, options: CallOptions = {}): Promise<Profile> {
    return this.#caller.json({ method: 'PUT', path: ['profiles', name], json: form, ...options });
  }

  remove(name: string, said: Signature = {}, options: CallOptions = {}): Promise<Profile> {
    return this.#caller.json({ method: 'DELETE', path: ['profiles', name], query: { ...said }, ...options });
  }
}

/** `client.projects` */
export class Projects {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** With what is used of their limits. */
  async list(options: CallOptions = {}): Promise<readonly ProjectUse[]> {
    return (await this.#caller.json<Items<ProjectUse>>({ method: 'GET', path: ['projects'], ...options }))
      .items;
  }

  /** Sets a project up, or changes what is named and nothing else. */
  set(name: string, form: ProjectForm, options: CallOptions = {}): Promise<ProjectUse> {
    return this.#caller.json({ method: 'PATCH', path: ['projects', name], json: form, ...options });
  }
}

/** `client.domains` */
export class Domains {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async list(options: CallOptions = {}): Promise<readonly DomainRow[]> {
    return (await this.#caller.json<Items<DomainRow>>({ method: 'GET', path: ['domains'], ...options }))
      .items;
  }

  /** Registers it with SES, or shows what is registered, with the records to make in DNS. */
  add(form: DomainForm, options: CallOptions = {}): Promise<DomainView> {
    return this.#caller.json({ method: 'POST', path: ['domains'], json: form, ...options });
  }

  get(name: string, options: CallOptions = {}): Promise<DomainView> {
    return this.#caller.json({ method: 'GET', path: ['domains', name], ...options });
  }

  /** Asks DNS and SES anew. */
  check(name: string, options: CallOptions = {}): Promise<DomainCheckView> {
    return this.#caller.json({ method: 'POST', path: ['domains', name, 'check'], ...options });
  }

  /** Gives it to another organisation, with all that share its organisational domain. */
  move(
    name: string,
    to: SignatureWithReason & { readonly organisation: string },
    options: CallOptions = {},
  ): Promise<{ readonly organisation: string; readonly domains: readonly string[] }> {
    return this.#caller.json({ method: 'POST', path: ['domains', name, 'move'], json: to, ...options });
  }

  /** @param said `keepIdentity`: SES keeps it */
  remove(
    name: string,
    said: Signature & { readonly keepIdentity?: boolean } = {},
    options: CallOptions = {},
  ): Promise<{ readonly name: string }> {
    return this.#caller.json({ method: 'DELETE', path: ['domains', name], query: { ...said }, ...options });
  }

  /** What receivers reported: of the newest month, and of all domains, where they are not named. */
  async dmarc(
    query: { readonly domain?: string; readonly month?: string } = {},
    options: CallOptions = {},
  ): Promise<readonly MonthReport[]> {
    const call = {
      method: 'GET',
      path: ['dmarc'],
      query: { ...query },
      patience: 'long',
      ...options,
    } as const;
    return (await this.#caller.json<Items<MonthReport>>(call)).items;
  }

  /**
   * Keeps the aggregate reports of a file: XML, a gzip or zip of it, or the mail that it came in, up to 32 MB. One that is refused is an error of
   * status 422 with the reason; a report that is there already is told as `already`.
   */
  importDmarc(file: FileContent, options: CallOptions = {}): Promise<DmarcTaken> {
    return this.#caller.json({
      method: 'POST',
      path: ['dmarc', 'reports'],
      content: contentOf(file, 'application/octet-stream'),
      patience: 'long',
      ...options,
    });
  }
}

/** `client.guard` */
export class Guard {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Bounces and complaints against their limits; of one project where it is named. */
  get(project?: string, options: CallOptions = {}): Promise<GuardView> {
    return this.#caller.json({ method: 'GET', path: ['guard'], query: { project }, ...options });
  }
}
