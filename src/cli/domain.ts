import { Command } from 'commander';
import { domainAddCommand } from './domain-add.ts';
import { domainCheckCommand } from './domain-check.ts';
import { domainListCommand } from './domain-list.ts';
import { domainMoveCommand, domainRemoveCommand } from './domain-owner.ts';

export function domainCommand(): Command {
  return new Command('domain')
    .summary('sending domains and their DNS')
    .description(
      'Domains that mail is sent from: registers them with SES, prints the records that DNS needs, and checks them. A domain belongs to one organisation, with all of its subdomains.',
    )
    .addCommand(domainAddCommand())
    .addCommand(domainCheckCommand())
    .addCommand(domainListCommand())
    .addCommand(domainMoveCommand())
    .addCommand(domainRemoveCommand());
}
