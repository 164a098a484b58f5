import { alreadyExists, badRequest, type Checked, notFound, type SesError } from './error.ts';
import { STORED_TEMPLATE_BYTES_MAX } from './rules.ts';
import type { DestinationDefinition } from './shape.ts';
import type { TemplateSource } from './template.ts';

/** Stored things are few in a real account as well: SES allows 10,000 configuration sets and 20,000 templates. */
const RESOURCES_MAX = 20_000;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

export interface ConfigurationSet {
  readonly name: string;
  sendingEnabled: boolean;
  /** Whether mail goes on to receivers that speak no TLS (OPTIONAL). */
  tlsPolicy: TlsPolicy;
  /** Of dedicated addresses; null: none. */
  sendingPool: string | null;
  /** Where its events are to go, by name. */
  readonly destinations: Map<string, DestinationDefinition>;
}

export type TlsPolicy = 'REQUIRE' | 'OPTIONAL';

/** Configuration sets and templates that were created in the sandbox, as far as sends look at them. */
export class Resources {
  readonly #sets = new Map<string, ConfigurationSet>();
  readonly #templates = new Map<string, TemplateSource>();

  constructor(configurationSets: readonly string[] = []) {
    for (const name of configurationSets)
      this.#sets.set(name, {
        name,
        sendingEnabled: true,
        tlsPolicy: 'OPTIONAL',
        sendingPool: null,
        destinations: new Map(),
      });
  }

  createConfigurationSet(set: Omit<ConfigurationSet, 'destinations'>): SesError | null {
    const { name } = set;
    if (!NAME.test(name)) return badRequest(`Invalid configuration set name <${name}>.`);
    if (this.#sets.has(name)) return alreadyExists(`Configuration set <${name}> already exists.`);
    if (this.#sets.size >= RESOURCES_MAX) return badRequest('There are too many configuration sets.');
    this.#sets.set(name, { ...set, destinations: new Map() });
    return null;
  }

  configurationSet(name: string): Checked<ConfigurationSet> {
    const value = this.#sets.get(name);
    return value
      ? { ok: true, value }
      : { ok: false, error: notFound(`Configuration set <${name}> does not exist.`) };
  }

  deleteConfigurationSet(name: string): SesError | null {
    return this.#sets.delete(name) ? null : notFound(`Configuration set <${name}> does not exist.`);
  }

  createTemplate(name: string, source: TemplateSource): SesError | null {
    if (!NAME.test(name)) return badRequest(`Invalid template name <${name}>.`);
    if (this.#templates.has(name)) return alreadyExists(`Template ${name} already exists.`);
    if (this.#templates.size >= RESOURCES_MAX) return badRequest('There are too many templates.');
    const size = Buffer.byteLength(source.subject + (source.html ?? '') + (source.text ?? ''));
    if (size > STORED_TEMPLATE_BYTES_MAX) return badRequest('The template is larger than 500 KB.');
    this.#templates.set(name, source);
    return null;
  }

  template(name: string): Checked<TemplateSource> {
    const value = this.#templates.get(name);
    return value ? { ok: true, value } : { ok: false, error: notFound(`Template ${name} does not exist.`) };
  }

  deleteTemplate(name: string): SesError | null {
    return this.#templates.delete(name) ? null : notFound(`Template ${name} does not exist.`);
  }
}
