import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { parseDnsServers } from '../config/url.ts';
import { InputFault } from '../core/fault.ts';
import { print } from './output.ts';
import { untilSignal } from './run.ts';
import { runSandbox, type SandboxDns } from './wire.ts';

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
    .option('--dns <ip:port>', 'DNS server that says whether domains have their records, then they must')
    .option('--zone <file>', 'zone file with the records of domains, read again when it changes')
    .addHelpText(
      'after',
      `
Mails are at /mails, counts at /stats. The events of the mails (Send, Delivery, Bounce, …) are in a queue that speaks SQS.

Every domain may send, and has the right records in a DNS server of its own, on the same port by UDP. With --dns or --zone only
domains may send that were created (sluice domain add) and have their records in DNS, or in the file, which is served then.

Examples:
  sluice sandbox --port 4579 &
  export SLUICE_SES=sandbox AWS_ENDPOINT_URL_SESV2=http://127.0.0.1:4579
  export SLUICE_SQS_URL=http://127.0.0.1:4579/000000000000/sluice-events
  sluice sandbox --zone example.co.jp.zone`,
    )
    .action(async (options: SandboxFlags) => {
      const perSecond = count('--per-second', options.perSecond);
      const perDay = count('--per-day', options.perDay);
      const dns = sourceOf(options);
      const signalled = untilSignal();
      const sandbox = await runSandbox({
        port: count('--port', options.port) ?? 0,
        latencyMs: count('--latency', options.latency) ?? 0,
        ...(dns === null ? {} : { dns }),
        account: { ...(perSecond === null ? {} : { perSecond }), ...(perDay === null ? {} : { perDay }) },
      });
      print(`SES sandbox at ${sandbox.url} (mails at ${sandbox.url}/mails)`);
      if (sandbox.queueUrl !== null) print(`Its events are in the queue ${sandbox.queueUrl}`);
      print(dnsLine(sandbox.dnsServer, options));
      await signalled;
      await sandbox.close();
    });
}

interface SandboxFlags {
  readonly port?: string;
  readonly perSecond?: string;
  readonly perDay?: string;
  readonly latency?: string;
  readonly dns?: string;
  readonly zone?: string;
}

function dnsLine(dnsServer: string | null, { dns = '', zone }: SandboxFlags): string {
  if (dnsServer === null) return `It asks ${dns} for the records of domains`;
  if (zone === undefined) return `Its DNS is at ${dnsServer} (UDP), with the right records for every domain`;
  const missing = existsSync(zone) ? '' : ', which is not there yet';
  return `Its DNS is at ${dnsServer} (UDP), with the records of ${zone}${missing}`;
}

/** Null: every domain has its records. */
function sourceOf({ dns, zone }: SandboxFlags): SandboxDns | null {
  if (dns !== undefined && zone !== undefined)
    throw new InputFault(['--dns and --zone: records come from one place only']);
  if (zone !== undefined) return { zoneFile: resolve(zone) };
  if (dns === undefined) return null;
  const servers = parseDnsServers(dns);
  if (!servers)
    throw new InputFault([`--dns: "${dns}" is no IP address with a port, such as 127.0.0.1:5353`]);
  return { servers };
}

function count(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,9}$/.test(text)) throw new InputFault([`${flag}: "${text}" is not a whole number`]);
  return Number(text);
}
