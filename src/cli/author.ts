import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Author } from '../queue/settings.ts';

export interface AuthorOptions {
  readonly by?: string;
  readonly reason?: string;
}

/** For commands that change what counts for more than one campaign: who did it is in the log, always. */
export function withAuthor(command: Command): Command {
  return command
    .option('--by <name>', 'who says so; kept in the log (else the user who runs this)')
    .option('--reason <text>', 'why; kept in the log');
}

export function authorOf({ by, reason }: AuthorOptions): Author {
  return { by: by ?? userName(), reason: reason ?? null };
}

/** A container may run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
