import { CommanderError } from 'commander';
import { complain, EXIT_INPUT, watchOutput } from './cli/output.ts';
import { buildProgram } from './cli/program.ts';

watchOutput();
try {
  const [, , command] = process.argv;
  await (await buildProgram(command)).parseAsync(process.argv);
} catch (thrown) {
  // Commander has said already what was wrong with the command line; help and version end with 0.
  process.exitCode =
    thrown instanceof CommanderError ? (thrown.exitCode === 0 ? 0 : EXIT_INPUT) : complain(thrown);
}
