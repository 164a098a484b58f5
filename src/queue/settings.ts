import type { Clock } from '../core/clock.ts';
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
  readonly #clock: Clock;

  constructor(projects: ProjectBook, clock: Clock) {
    this.#projects = projects;
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
    await this.#projects.put(after, settingBlock(type, this.#clock.now(), author, detail));
    return after;
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

/** As the log shows them: those that there are. */
function settingsOf(project: Project): Record<string, string | number> {
  return Object.fromEntries(
    PROJECT_SETTINGS.flatMap((name) => (project[name] === null ? [] : [[name, project[name]]])),
  );
}
