import { Command } from 'commander';
import { InputFault } from '../core/fault.ts';
import { type Added, DomainDesk } from '../desk/domain-desk.ts';
import { type DomainWish, domainWish } from '../desk/domain-form.ts';
import { recordViews } from '../desk/domain-view.ts';
import { DEFAULT_ORGANISATION } from '../identity/domain-book.ts';
import type { DnsRecord } from '../identity/records.ts';
import { zoneFile } from '../identity/zone-file.ts';
import { type AuthorOptions, authorOf, withAuthor } from './author.ts';
import { withDesk } from './client.ts';
import { recordsTable } from './domain-records.ts';
import { byFlags, inOtherWords } from './flags.ts';
import { note, print, printJson } from './output.ts';

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
    .action((name: string, options: AddOptions) => {
      const { organisation, mailFrom } = options;
      const order = { name, organisation, mailFrom, dkimLength: lengthOf(options.dkimLength) };
      const wish = wishOf(order);
      return withDesk(async (parts) => {
        const { records, ...end } = await new DomainDesk(parts)
          .add(wish, authorOf(options))
          .catch(inOtherWords([[/use (".*") as its organisation/, 'use --organisation $1']]));
        show(end, records, options);
        return 0;
      });
    });
}

/** What is wrong is said by the flags, and before anything is opened. */
function wishOf(order: object): DomainWish {
  try {
    return domainWish(order);
  } catch (thrown) {
    return byFlags({ organisation: '--organisation', mailFrom: '--mail-from' })(thrown);
  }
}

function show(
  { kind, domain, identity, mailFromBefore }: Omit<Added, 'records'>,
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
    return printJson({
      name,
      organisation,
      primary,
      known: kind === 'known',
      verified: identity.verified,
      dkim: identity.dkim.status,
      mailFrom: identity.mailFrom,
      ...recordViews(records, primary),
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

function lengthOf(written: string): 1024 | 2048 {
  if (written === '1024') return 1024;
  if (written === '2048') return 2048;
  throw new InputFault([`--dkim-length is "${written}": it may be 1024 or 2048`]);
}
