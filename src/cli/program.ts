import { Command } from 'commander';
import { uniformHelp } from './help.ts';
import { version } from './version.ts';

/** Each is loaded when it is needed: a command that runs for months, or a hundred times an hour, does not pay for the others. */
const COMMANDS: Readonly<Record<string, (program: Command) => Promise<Command>>> = {
  demo: async () => (await import('./demo.ts')).demoCommand(),
  up: async () => (await import('./up.ts')).upCommand(),
  worker: async () => (await import('./worker.ts')).workerCommand(),
  serve: async () => (await import('./serve.ts')).serveCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  send: async () => (await import('./send.ts')).sendCommand(),
  status: async () => (await import('./status.ts')).statusCommand(),
  pause: async () => (await import('./steer.ts')).pauseCommand(),
  resume: async () => (await import('./steer.ts')).resumeCommand(),
  cancel: async () => (await import('./steer.ts')).cancelCommand(),
  resolve: async () => (await import('./resolve.ts')).resolveCommand(),
  audit: async () => (await import('./audit.ts')).auditCommand(),
  why: async () => (await import('./why.ts')).whyCommand(),
  report: async () => (await import('./report.ts')).reportCommand(),
  suppression: async () => (await import('./suppression.ts')).suppressionCommand(),
  forget: async () => (await import('./forget.ts')).forgetCommand(),
  guard: async () => (await import('./guard.ts')).guardCommand(),
  profile: async () => (await import('./profile.ts')).profileCommand(),
  project: async () => (await import('./project.ts')).projectCommand(),
  domain: async () => (await import('./domain.ts')).domainCommand(),
  'warm-up': async () => (await import('./warm-up.ts')).warmUpCommand(),
  dmarc: async () => (await import('./dmarc.ts')).dmarcCommand(),
  feedback: async () => (await import('./feedback.ts')).feedbackCommand(),
  log: async () => (await import('./log.ts')).logCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  setup: async () => (await import('./setup.ts')).setupCommand(),
  sandbox: async () => (await import('./sandbox.ts')).sandboxCommand(),
  completion: async (program) => (await import('./completion.ts')).completionCommand(program),
};

/**
 * The program. Mistakes in its use are thrown, so that one place gives exit codes.
 * @param only the one command that is needed; all of them where it is none of their names, or missing
 */
export async function buildProgram(only = ''): Promise<Command> {
  const program = new Command('sluice')
    .description('Delivers bulk email campaigns: BullMQ in, Amazon SES out, every event in the log.')
    .version(version(), '-V, --version');
  // Completion tells of all the others.
  const isOne = Object.hasOwn(COMMANDS, only) && only !== 'completion';
  for (const [name, load] of Object.entries(COMMANDS)) {
    if (!isOne || name === only) program.addCommand(await load(program));
  }
  return uniformHelp(program);
}
