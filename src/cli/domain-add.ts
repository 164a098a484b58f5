import { Command } from 'commander';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import { DEFAULT_ORGANISATION } from '../identity/domain-book.ts';
import { domainName, isWithin } from '../identity/domain-name.ts';
import { type DnsRecord, recordsOf } from '../identity/records.ts';
import { relativeName, zoneFile } from '../identity/zone-file.ts';
import { type AddEnd, type DomainOrder, DomainRegistry } from '../queue/domain-registry.ts';
import { type AuthorOptions, authorOf, withAuthor } from './author.ts';
import { withClient } from './client.ts';
import { domainNameOf, organisationOf } from './domain-name.ts';
import { recordsTable } from './domain-records.ts';
import { note, print, printJson } from './output.ts';
import { openDomains } from './wire-domains.ts';

interface AddOptions extends AuthorOptions {
  readonly organisation?: string;
  readonly mailFrom?: string;
  readonly dkimLength: string;
  readonly relative?: boolean;
  readonly zone?: boolean;
  readonly json?: boolean;
}

export function domainAddCommand(): Command {
  return withAuthor(new Command('add'))
    .summary('register a domain, and print its records')
    .description(
      'Registers a sending domain with SES, which signs its mail (Easy DKIM), and prints the records that DNS needs. What SES has already is taken as it is, so that it can be run again to see them.',
    )
    .argument('<name>', 'the domain of From addresses, such as news.example.com')
    .option(
      '--organisation <name>',
      `who owns it (else whoever owns its parent, else "${DEFAULT_ORGANISATION}")`,
    )
    .option('--mail-from <sub>', 'a subdomain for the envelope, so that SPF aligns, such as bounce')
    .option('--dkim-length <bits>', '1024 or 2048', '2048')
    .option('--relative', 'names without the domain, for DNS panels that append it')
    .option('--zone', 'print the records as a zone-file fragment, and nothing else')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
A domain belongs to one organisation, and so do all domains that share its registrable
part: another organisation can't register any of them. SES looks for the records for 72 hours.

Exit codes: 0; 1 where SES refuses; 2 where another organisation owns the domain, or the input is wrong.

Examples:
  sluice domain add example.com
  sluice domain add news.example.com --organisation "Example KK" --mail-from bounce
  sluice domain add example.com --zone >> example.com.zone`,
    )
    .action((written: string, options: AddOptions) => {
      const name = domainNameOf(written);
      const mailFrom = mailFromOf(name, options.mailFrom);
      const dkimLength = lengthOf(options.dkimLength);
      return withClient(async (client, config) => {
        const { identities, close } = openDomains(config, client);
        try {
          const owner = await client.domains.ownerOf(name);
          const organisation =
            options.organisation === undefined
              ? (owner ?? DEFAULT_ORGANISATION)
              : organisationOf(options.organisation);
          const order: DomainOrder = { name, organisation, mailFrom, dkimLength };
          const registry = new DomainRegistry(client.domains, () => identities, systemClock);
          const end = await registry.add(order, authorOf(options));
          if (end.kind === 'owned') throw new InputFault([ownedText(name, end)]);
          show(end, recordsOf(end.identity, await identities.region()), options);
          return 0;
        } finally {
          close();
        }
      });
    });
}

function ownedText(name: string, { by, primary }: Extract<AddEnd, { kind: 'owned' }>): string {
  const what = primary === name ? name : `${primary}, and with it ${name},`;
  return `${what} belongs to the organisation "${by}": use --organisation "${by}", or have it moved (sluice domain move)`;
}

function show(
  { kind, domain, identity, mailFromBefore }: Extract<AddEnd, { kind: 'added' | 'known' }>,
  records: readonly DnsRecord[],
  { relative = false, zone = false, json = false }: AddOptions,
): void {
  const { name, organisation, primary } = domain;
  if (mailFromBefore !== null)
    note(
      `sluice: the MAIL FROM domain was ${mailFromBefore}, and is ${identity.mailFrom?.domain} from now on`,
    );
  if (identity.dkim.origin === 'own')
    note('sluice: SES signs with keys of your own (BYODKIM), whose record is not among these');
  if (json) {
    const rows = records.map((record) => ({
      ...record,
      relativeName: relativeName(record.name, primary),
    }));
    return printJson({
      name,
      organisation,
      primary,
      known: kind === 'known',
      verified: identity.verified,
      dkim: identity.dkim.status,
      mailFrom: identity.mailFrom,
      records: rows,
      zone: zoneFile(records),
    });
  }
  if (zone) return print(zoneFile(records).trimEnd());
  const news = kind === 'known' ? 'was registered before' : 'is registered';
  print(`${name} ${news} for the organisation "${organisation}".\n`);
  if (relative) print(`Records to make in the DNS of ${primary}; the names are relative to it:\n`);
  else print('Records to make in DNS:\n');
  print(recordsTable(records, relative ? primary : null));
  if (!relative) print(`\nThe same as a fragment of a zone file:\n\n${zoneFile(records).trimEnd()}`);
  note(`\nThen: sluice domain check ${name} --wait`);
}

/** @throws InputFault where it is no name below the domain */
function mailFromOf(name: string, written: string | undefined): string | null {
  if (written === undefined) return null;
  // In normal form, so that a whole name is known for one, however it is written.
  const own = domainName(written);
  if (own === null || own === name)
    throw new InputFault([`--mail-from is "${written}": it may be a subdomain of ${name}, such as bounce`]);
  return domainNameOf(isWithin(own, name) ? own : `${own}.${name}`);
}

function lengthOf(written: string): 1024 | 2048 {
  if (written === '1024') return 1024;
  if (written === '2048') return 2048;
  throw new InputFault([`--dkim-length is "${written}": it may be 1024 or 2048`]);
}
