import { Command } from 'commander';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import { DomainDesk } from '../desk/domain-desk.ts';
import { domainNameOf } from '../desk/domain-form.ts';
import { domainCheckView, isGreen } from '../desk/domain-view.ts';
import type { DomainCheck } from '../identity/domain-check.ts';
import { withDesk } from './client.ts';
import { domainCheckText, itemsLine } from './domain-check-text.ts';
import { onInterruptSay } from './interrupt.ts';
import { EXIT_FAILED, LiveLine, note, print, printJson } from './output.ts';

interface CheckOptions {
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly json?: boolean;
}

/** DNS takes minutes to hours: asking more often than this finds nothing sooner. */
const AGAIN_MS = 15_000;

export function domainCheckCommand(): Command {
  return new Command('check')
    .summary('ask DNS and SES whether a domain is ready')
    .description(
      'Asks DNS and SES what a sending domain needs (DKIM, SPF, DMARC, alignment, MAIL FROM, TLS, events), and says of each item what was found, what is expected, and what to do. What can not be asked is said to be so, and never taken for missing.',
    )
    .argument('<name>')
    .option('--wait', 'ask again until everything is right')
    .option('--timeout <seconds>', 'with --wait: stop waiting after so long')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Resolvers: those of the system, or SLUICE_DNS_SERVERS.

Exit codes: 0 the domain is ready; 1 something is wrong, missing, or could not be asked.

Examples:
  sluice domain check example.com
  sluice domain check example.com --wait --timeout 3600`,
    )
    .action((written: string, options: CheckOptions) => {
      const name = domainNameOf(written);
      const timeoutMs = timeoutOf(options);
      return withDesk(async (parts) => {
        const desk = new DomainDesk(parts);
        const ask = () => desk.check(name);
        const check = options.wait ? await untilGreen(ask, timeoutMs) : await ask();
        if (options.json) printJson(domainCheckView(check));
        else print(domainCheckText(check, systemClock.now()));
        return isGreen(check) ? 0 : EXIT_FAILED;
      });
    });
}

async function untilGreen(ask: () => Promise<DomainCheck>, timeoutMs: number | null): Promise<DomainCheck> {
  const deadline = timeoutMs === null ? Number.POSITIVE_INFINITY : systemClock.now() + timeoutMs;
  const line = new LiveLine();
  const isOver = onInterruptSay('The records are looked for no more; sluice domain check asks again');
  for (let isFirst = true; ; isFirst = false) {
    const check = await ask();
    // What is lacking, and what to do, stands above the line that tells of the waiting.
    if (isFirst && !isGreen(check)) note(`${domainCheckText(check, systemClock.now())}\n`);
    const leftMs = deadline - systemClock.now();
    if (isGreen(check) || leftMs <= 0) {
      line.end();
      isOver();
      if (!isGreen(check)) note('sluice: the domain is not ready, and the time is up');
      return check;
    }
    line.show(`${check.domain}: ${itemsLine(check)}`);
    await systemClock.sleep(Math.min(AGAIN_MS, leftMs));
  }
}

function timeoutOf({ wait, timeout }: CheckOptions): number | null {
  if (timeout === undefined) return null;
  const seconds = Number(timeout);
  if (!wait) throw new InputFault(['--timeout: only goes with --wait']);
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1_000;
  throw new InputFault([`--timeout: "${timeout}" is not a number of seconds above zero`]);
}
