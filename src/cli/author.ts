import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Author } from '../queue/author.ts';

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

/** Who runs a command that changes something: as they say, or the user of this machine. */
export function authorOf(options: AuthorOptions): Author {
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
