import { z } from 'zod';
import { InputFault } from '../core/fault.ts';
import type { Profile } from '../identity/profile.ts';
import type { Author } from '../queue/author.ts';
import { parseProfile } from '../queue/profile-form.ts';
import type { DeskParts } from './parts.ts';

/** What may be left out is what the command line takes where it is left out. */
const profileInput = z.strictObject({
  name: z.string(),
  from: z.string(),
  replyTo: z.array(z.string()).default([]),
  unsubscribe: z.string().default('sluice'),
  oneClick: z.boolean().optional(),
});

/** Who mail is from, under a name. */
export class ProfileDesk {
  readonly #client: DeskParts['client'];

  constructor(client: DeskParts['client']) {
    this.#client = client;
  }

  list(): Promise<Profile[]> {
    return this.#client.profiles.list();
  }

  /** Sets a profile up, or puts another in its place as a whole. */
  async set(input: unknown, author: Author): Promise<Profile> {
    const profile = profileOf(input);
    await this.#client.settings.profile(profile, author);
    return profile;
  }

  /** Resolves with what it said. */
  async remove(name: string, author: Author): Promise<Profile> {
    const removed = await this.#client.settings.removeProfile(name, author);
    if (removed) return removed;
    throw new InputFault([`there is no profile "${name}"`], {
      kind: 'missing',
      hint: '; sluice profile list shows them',
    });
  }
}

/** @throws InputFault with everything that is wrong, by the field's name */
export function profileOf(input: unknown): Profile {
  const parsed = profileInput.safeParse(input);
  if (!parsed.success) throw new InputFault(parsed.error.issues.map(problemOf));
  // Nobody has to say of a profile without a link that it has no one click either.
  const { oneClick = parsed.data.unsubscribe !== 'none', ...written } = parsed.data;
  const checked = parseProfile({ ...written, oneClick });
  if (checked.kind === 'problems') throw new InputFault(checked.problems);
  return checked.profile;
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `${issue.keys.join(', ')}: is no field of a profile; there are ${Object.keys(profileInput.shape).join(', ')}`;
  const path = issue.path.map(String).join('.') || 'the profile';
  return issue.message.endsWith('received undefined')
    ? `${path}: is missing`
    : `${path}: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`;
}
