import { Command } from 'commander';
import { domainOf } from '../core/address.ts';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import type { Client } from '../desk/client.ts';
import { isWithin } from '../identity/domain-name.ts';
import { DomainRegistry } from '../queue/domain-registry.ts';
import { type AuthorOptions, authorOf, withAuthor } from './author.ts';
import { withClient } from './client.ts';
import { domainNameOf, organisationOf } from './domain-name.ts';
import { print, printJson } from './output.ts';
import { openDomains } from './wire-domains.ts';

interface MoveOptions {
  readonly organisation: string;
  readonly reason: string;
  readonly by?: string;
  readonly json?: boolean;
}

export function domainMoveCommand(): Command {
  return new Command('move')
    .summary('give a domain to another organisation')
    .description(
      'Gives a domain to another organisation, and with it every registered domain that shares its registrable part. Who did it, and why, is kept in the log.',
    )
    .argument('<name>')
    .requiredOption('--organisation <name>', 'who owns it from now on')
    .requiredOption('--reason <text>', 'why; kept in the log')
    .option('--by <name>', 'who says so; kept in the log (else the user who runs this)')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExample:\n  sluice domain move example.com --organisation "Example KK" --reason "the brand was sold"',
    )
    .action((written: string, options: MoveOptions) => {
      const name = domainNameOf(written);
      const organisation = organisationOf(options.organisation);
      if (options.reason.trim() === '') throw new InputFault(['--reason: say why; it is kept in the log']);
      return withClient(async ({ domains }) => {
        const registry = new DomainRegistry(domains, unreachable, systemClock);
        const end = await registry.move(name, organisation, authorOf(options));
        if (end.kind === 'missing') throw new InputFault([missingText(name)]);
        const moved = end.kind === 'moved' ? end.domains : [];
        if (options.json) printJson({ organisation, domains: moved });
        else
          print(
            end.kind === 'moved'
              ? `${moved.join(', ')}: from "${end.from}" to "${organisation}"`
              : `${name} belongs to "${organisation}" already`,
          );
        return 0;
      });
    });
}

interface RemoveOptions extends AuthorOptions {
  readonly keepIdentity?: boolean;
  readonly json?: boolean;
}

export function domainRemoveCommand(): Command {
  return withAuthor(new Command('remove'))
    .summary('take a domain off the books, and out of SES')
    .description(
      'Removes a sending domain from SES and from the books. Refused while campaigns that send from it have not ended. The last domain of an organisation frees it for others.',
    )
    .argument('<name>')
    .option('--keep-identity', 'leave it in SES, where others may use it')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Exit codes: 0; 1 where SES refuses; 2 where it is not registered, or still in use.

Example:
  sluice domain remove old.example.com --reason "the brand is gone"`,
    )
    .action((written: string, options: RemoveOptions) => {
      const name = domainNameOf(written);
      return withClient(async (client, config) => {
        const using = await campaignsFrom(client, name);
        if (using.length > 0)
          throw new InputFault([
            `${name} is in use by ${using.join(', ')}: wait for their end, or cancel them (sluice cancel)`,
          ]);
        const opened = options.keepIdentity ? null : openDomains(config, client);
        try {
          const identities = () => opened?.identities ?? unreachable();
          const registry = new DomainRegistry(client.domains, identities, systemClock);
          const end = await registry.remove(name, opened !== null, authorOf(options));
          if (end.kind === 'missing') throw new InputFault([missingText(name)]);
          if (options.json)
            printJson({ name, organisation: end.domain.organisation, identity: end.hadIdentity });
          else
            print(
              `${name} is removed${end.hadIdentity ? ', and SES has forgotten it' : '; SES was left as it is'}`,
            );
          return 0;
        } finally {
          opened?.close();
        }
      });
    });
}

/** Campaigns that have not ended and send from this domain; a subdomain may go out under its identity. */
async function campaignsFrom({ campaigns }: Client, name: string): Promise<string[]> {
  const ids = (await campaigns.open()).toSorted();
  const senders = await Promise.all(ids.map((id) => campaigns.sender(id)));
  return ids.filter((_id, index) => isWithin(domainOf(senders[index] ?? ''), name));
}

function missingText(name: string): string {
  return `${name} is not registered; sluice domain list shows those that are`;
}

function unreachable(): never {
  throw new Error('unreachable: SES is not asked for this');
}
