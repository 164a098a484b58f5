import { Command } from 'commander';
import { InputFault } from '../core/fault.ts';
import { print } from './output.ts';
import { untilSignal } from './run.ts';
import { runSandbox } from './wire.ts';

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .summary('an SES that runs here')
    .description(
      'Runs the stand-in for SES: the same API, the same errors, the mailbox simulator. It sends nothing and keeps what it is given.',
    )
    .option('--port <port>', 'port on 127.0.0.1', '4579')
    .option('--per-second <n>', 'recipients a second that the account may send')
    .option('--per-day <n>', 'recipients in 24 hours that the account may send')
    .option('--latency <ms>', 'how long it takes to answer', '0')
    .addHelpText(
      'after',
      `
Mails are at /mails, counts at /stats. The events of the mails (Send, Delivery, Bounce, …) are in a queue that speaks SQS.

Example:
  sluice sandbox --port 4579 &
  export SLUICE_SES=sandbox AWS_ENDPOINT_URL_SESV2=http://127.0.0.1:4579
  export SLUICE_SQS_URL=http://127.0.0.1:4579/000000000000/sluice-events`,
    )
    .action(async (options: SandboxFlags) => {
      const perSecond = count('--per-second', options.perSecond);
      const perDay = count('--per-day', options.perDay);
      const signalled = untilSignal();
      const sandbox = await runSandbox({
        port: count('--port', options.port) ?? 0,
        latencyMs: count('--latency', options.latency) ?? 0,
        account: { ...(perSecond === null ? {} : { perSecond }), ...(perDay === null ? {} : { perDay }) },
      });
      print(`SES sandbox at ${sandbox.url} (mails at ${sandbox.url}/mails)`);
      if (sandbox.queueUrl !== null) print(`Its events are in the queue ${sandbox.queueUrl}`);
      await signalled;
      await sandbox.close();
    });
}

interface SandboxFlags {
  readonly port?: string;
  readonly perSecond?: string;
  readonly perDay?: string;
  readonly latency?: string;
}

function count(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,9}$/.test(text)) throw new InputFault([`${flag}: "${text}" is not a whole number`]);
  return Number(text);
}
