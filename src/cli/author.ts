import { userInfo } from 'node:os';
import type { Author } from '../queue/author.ts';

/** Who runs a command that changes something: as they say, or the user of this machine. */
export function authorOf(options: { readonly by?: string; readonly reason?: string }): Author {
  const by = options.by?.trim();
  return { by: by === undefined || by === '' ? userName() : by, reason: options.reason?.trim() || null };
}

/** A container may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
