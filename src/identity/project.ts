import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';

/** Everything belongs to it where nobody says otherwise. */
export const DEFAULT_PROJECT = 'default';

/** The settings that a project has of its own; null where it has none, and then those of the installation count. */
export interface ProjectSettings {
  /** Recipients a second, within 24 hours, and within 30 days. */
  readonly perSecond: number | null;
  readonly perDay: number | null;
  readonly perMonth: number | null;
  /** Share of hard bounces and of complaints, from 0 to 1, above which its campaigns are held. */
  readonly bounceRate: number | null;
  readonly complaintRate: number | null;
  /** Who owns it, and with it its sending domains. */
  readonly organisation: string | null;
  /** Which of its campaigns are held where their From domain lacks SPF or DMARC; `all` where it is null. */
  readonly domainRules: DomainRules | null;
}

/**
 * `all`: every campaign is held where SPF or DMARC of its From domain is missing or wrong; `marketing`: transactional ones are let
 * through; `ses`: all are. What SES says of the domain holds everybody, whatever this says.
 */
export type DomainRules = (typeof DOMAIN_RULES)[number];

export const DOMAIN_RULES = ['all', 'marketing', 'ses'] as const;

export interface Project extends ProjectSettings {
  readonly name: string;
}

const NUMBERS = ['perSecond', 'perDay', 'perMonth', 'bounceRate', 'complaintRate'] as const;
export const PROJECT_SETTINGS = [...NUMBERS, 'organisation', 'domainRules'] as const;

/** The projects of an installation. One that nobody has set up is a project without settings of its own. */
export class ProjectBook {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /**
   * Sets a project up, or changes what is named and nothing else, so that two who change different settings at a time both do.
   * @param rows block of log rows that say so, written in the same step
   */
  async put(project: string, change: Partial<ProjectSettings>, rows: Buffer): Promise<void> {
    const key = this.#keys.project(project);
    const steps = this.#redis.multi().sadd(this.#keys.projects(), project);
    for (const name of PROJECT_SETTINGS) {
      const value = change[name];
      if (value === null) steps.hdel(key, name);
      else if (value !== undefined) steps.hset(key, name, value);
    }
    await steps.xadd(this.#keys.outbox(), '*', 'b', rows).exec();
  }

  async get(name: string): Promise<Project> {
    return projectOf(name, await this.#redis.hgetall(this.#keys.project(name)));
  }

  /** Those that were set up, by name. */
  async list(): Promise<Project[]> {
    const names = (await this.#redis.smembers(this.#keys.projects())).toSorted();
    return Promise.all(names.map((name) => this.get(name)));
  }
}

function projectOf(name: string, hash: Readonly<Record<string, string>>): Project {
  const number = (field: (typeof NUMBERS)[number]) =>
    hash[field] === undefined ? null : Number(hash[field]);
  return {
    name,
    perSecond: number('perSecond'),
    perDay: number('perDay'),
    perMonth: number('perMonth'),
    bounceRate: number('bounceRate'),
    complaintRate: number('complaintRate'),
    organisation: hash['organisation'] ?? null,
    domainRules: DOMAIN_RULES.find((rules) => rules === hash['domainRules']) ?? null,
  };
}
