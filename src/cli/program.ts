import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { auditCommand } from './audit.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { feedbackCommand } from './feedback.ts';
import { uniformHelp } from './help.ts';
import { logCommand } from './log.ts';
import { resolveCommand } from './resolve.ts';
import { sandboxCommand } from './sandbox.ts';
import { sendCommand } from './send.ts';
import { serveCommand } from './serve.ts';
import { statusCommand } from './status.ts';
import { cancelCommand, pauseCommand, resumeCommand } from './steer.ts';
import { suppressionCommand } from './suppression.ts';
import { upCommand } from './up.ts';
import { warmUpCommand } from './warm-up.ts';
import { whyCommand } from './why.ts';
import { workerCommand } from './worker.ts';

/** All commands. Mistakes in their use are thrown, so that one place gives exit codes. */
export function buildProgram(): Command {
  const program = new Command('sluice')
    .description('Delivers bulk email campaigns: BullMQ in, Amazon SES out, every event in the log.')
    .version(version(), '-V, --version');
  for (const command of [
    demoCommand(),
    upCommand(),
    workerCommand(),
    serveCommand(),
    checkCommand(),
    sendCommand(),
    statusCommand(),
    pauseCommand(),
    resumeCommand(),
    cancelCommand(),
    resolveCommand(),
    auditCommand(),
    whyCommand(),
    suppressionCommand(),
    warmUpCommand(),
    feedbackCommand(),
    logCommand(),
    doctorCommand(),
    sandboxCommand(),
    completionCommand(program),
  ]) {
    program.addCommand(command);
  }
  return uniformHelp(program);
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
