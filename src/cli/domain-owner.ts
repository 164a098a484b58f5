import { Command } from 'commander';
import { InputFault } from '../core/fault.ts';
import { DomainDesk } from '../desk/domain-desk.ts';
import { domainNameOf, organisationOf } from '../desk/domain-form.ts';
import { type AuthorOptions, authorOf, withAuthor } from './author.ts';
import { withDesk } from './client.ts';
import { byFlags } from './flags.ts';
import { print, printJson } from './output.ts';

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
      const to = organisationFlag(options.organisation);
      if (options.reason.trim() === '') throw new InputFault(['--reason: say why; it is kept in the log']);
      return withDesk(async (parts) => {
        const moved = await new DomainDesk(parts).move(name, to, authorOf(options));
        const { organisation, domains, from } = moved;
        if (options.json) printJson({ organisation, domains });
        else
          print(
            from === null
              ? `${name} belongs to "${organisation}" already`
              : `${domains.join(', ')}: from "${from}" to "${organisation}"`,
          );
        return 0;
      });
    });
}

/** @throws InputFault by the flag's name */
function organisationFlag(written: string): string {
  try {
    return organisationOf(written);
  } catch (thrown) {
    return byFlags({ organisation: '--organisation' })(thrown);
  }
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
      return withDesk(async (parts) => {
        const keepIdentity = options.keepIdentity === true;
        const removed = await new DomainDesk(parts).remove(name, keepIdentity, authorOf(options));
        const { domain, hadIdentity } = removed;
        if (options.json) printJson({ name, organisation: domain.organisation, identity: hadIdentity });
        else
          print(
            `${name} is removed${hadIdentity ? ', and SES has forgotten it' : '; SES was left as it is'}`,
          );
        return 0;
      });
    });
}
