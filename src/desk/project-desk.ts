import { InputFault } from '../core/fault.ts';
import type { Project } from '../identity/project.ts';
import type { Author } from '../queue/author.ts';
import type { CampaignLimits } from '../queue/guard-book.ts';
import { releaseProjectHolds } from '../queue/limit-holds.ts';
import { LIMITS_KNOWN_MS } from '../send/sending-limits.ts';
import type { Sent } from '../send/sent-book.ts';
import type { DeskParts } from './parts.ts';
import { projectChangeOf, projectName } from './project-form.ts';

export interface ProjectRow extends Project {
  /** Recipients within the last 24 hours, and within the last 30 days, since the project was set up. */
  readonly used: Sent;
}

export interface ProjectSet {
  readonly project: ProjectRow;
  /** Campaigns that were held by its limits, and go on. */
  readonly released: readonly string[];
}

/** Limits that campaigns share. */
export class ProjectDesk {
  readonly #parts: Pick<DeskParts, 'client' | 'clock'>;

  constructor(parts: Pick<DeskParts, 'client' | 'clock'>) {
    this.#parts = parts;
  }

  /** Those that were set up. */
  async list(): Promise<ProjectRow[]> {
    const projects = await this.#parts.client.projects.list();
    return Promise.all(projects.map((project) => this.#row(project)));
  }

  /** Sets a project up, or changes what is named. When it has resolved, every worker knows it. */
  async set(written: string, change: unknown, author: Author): Promise<ProjectSet> {
    const { client, clock } = this.#parts;
    const name = projectName(written);
    const settings = projectChangeOf(change);
    const project = await client.settings.project(name, settings, author);
    await clock.sleep(LIMITS_KNOWN_MS);
    const isRoom = settings.perDay !== undefined || settings.perMonth !== undefined;
    const released = isRoom ? await releaseProjectHolds(client, name) : [];
    return { project: await this.#row(project), released };
  }

  /** The same for the guard's limits alone, which hold at once and release nobody. */
  async setGuard(
    written: string,
    { bounceRate, complaintRate }: Partial<CampaignLimits>,
    author: Author,
  ): Promise<Project> {
    const name = projectName(written);
    const change = projectChangeOf({
      ...(bounceRate === undefined ? {} : { bounceRate }),
      ...(complaintRate === undefined ? {} : { complaintRate }),
    });
    if (Object.keys(change).length === 0) throw new InputFault(['name a limit: bounceRate or complaintRate']);
    return this.#parts.client.settings.project(name, change, author, 'guard_set');
  }

  async #row(project: Project): Promise<ProjectRow> {
    return { ...project, used: await this.#parts.client.sent.ofProject(project.name) };
  }
}
