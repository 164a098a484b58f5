import { userInfo } from 'node:os';
import type { Author } from '../queue/settings.ts';

/** Whoever is named, or else the user who runs the command: a change of a setting is never without a name. */
export function authorOf({ by, reason }: { readonly by?: string; readonly reason?: string }): Author {
  return { by: by ?? userName(), reason: reason ?? null };
}

/** A container may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
