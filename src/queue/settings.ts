import type { Clock } from '../core/clock.ts';
import type { Profile, ProfileBook } from '../identity/profile.ts';
import {
  PROJECT_SETTINGS,
  type Project,
  type ProjectBook,
  type ProjectSettings,
} from '../identity/project.ts';
import { encodeBlock } from '../log/block.ts';
import type { LogEvent, SettingChange } from '../log/event.ts';
import { type Author, detailOf } from './author.ts';

/** What is not named stays as it is; null takes a setting away. */
export type ProjectChange = Partial<ProjectSettings>;

/**
 * What operators set for more than one campaign. A change and the row that tells of it are written in one step, so that none is
 * without who and why.
 */
export class Settings {
  readonly #projects: ProjectBook;
  readonly #profiles: ProfileBook;
  readonly #clock: Clock;

  constructor(projects: ProjectBook, profiles: ProfileBook, clock: Clock) {
    this.#projects = projects;
    this.#profiles = profiles;
    this.#clock = clock;
  }

  /** Sets up a project, or changes one. Resolves with what holds from now on. */
  async project(
    name: string,
    change: ProjectChange,
    author: Author,
    type: Extract<SettingChange, 'project_set' | 'guard_set'> = 'project_set',
  ): Promise<Project> {
    const before = await this.#projects.get(name);
    const after = { ...before, ...change };
    const detail = { name, project: name, before: settingsOf(before), after: settingsOf(after) };
    await this.#projects.put(name, change, settingBlock(type, this.#clock.now(), author, detail));
    return after;
  }

  /** Sets up a sender profile, or puts another in its place. It is the caller's to have checked it. */
  async profile(profile: Profile, author: Author): Promise<void> {
    const { name, ...after } = profile;
    const detail = { name, before: saidBy(await this.#profiles.get(name)), after };
    await this.#profiles.put(profile, settingBlock('profile_set', this.#clock.now(), author, detail));
  }

  /** Resolves with what the profile said; null where there was none, and nothing was done. */
  async removeProfile(name: string, author: Author): Promise<Profile | null> {
    const profile = await this.#profiles.get(name);
    if (!profile) return null;
    const detail = { name, before: saidBy(profile), after: null };
    await this.#profiles.remove(name, settingBlock('profile_removed', this.#clock.now(), author, detail));
    return profile;
  }
}

/** What a change of a setting is about, as its log row tells it. */
export interface SettingDetail {
  /** Of the setting: by it two that change in the same millisecond are told apart. */
  readonly name: string;
  readonly before: object | null;
  readonly after: object | null;
  /** Whose it is; nobody's where both are missing. */
  readonly project?: string;
  readonly campaign?: { readonly id: string; readonly project: string };
}

/** The log row of a change, as a block of its own. */
export function settingBlock(
  type: SettingChange,
  atMs: number,
  author: Author,
  { name, before, after, campaign, project = campaign?.project }: SettingDetail,
): Buffer {
  const row: LogEvent = {
    event_type: type,
    event_time: atMs,
    ...(project === undefined ? {} : { project }),
    ...(campaign === undefined ? {} : { campaign_id: campaign.id }),
    mark: name,
    detail: { name, before, after, ...detailOf(author) },
  };
  return encodeBlock({ common: {}, events: [row] });
}

/** As the log shows it: without the name, which stands beside it. */
function saidBy(profile: Profile | null): Omit<Profile, 'name'> | null {
  if (!profile) return null;
  const { name: _, ...said } = profile;
  return said;
}

/** As the log shows them: those that there are. */
function settingsOf(project: Project): Record<string, string | number> {
  return Object.fromEntries(
    PROJECT_SETTINGS.flatMap((name) => (project[name] === null ? [] : [[name, project[name]]])),
  );
}
