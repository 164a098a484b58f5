import type { SenderDesk } from './desk.ts';
import { dmarcReports } from './dmarc-desk.ts';
import { importDmarc, streamedFiles } from './dmarc-import.ts';
import { DomainDesk } from './domain-desk.ts';
import { guardView } from './guard-view.ts';
import type { DeskParts } from './parts.ts';
import { ProfileDesk } from './profile-desk.ts';
import { ProjectDesk } from './project-desk.ts';
import { Turns } from './turns.ts';
import { WarmUpDesk } from './warm-up-desk.ts';

/** Files of DMARC reports that are taken in at a time: each is in memory meanwhile. Nobody waits, since a body that is not read is given up. */
const IMPORTS_MAX = 5;

/** Who mail is from, and what holds for it. */
export function senderDesk(parts: DeskParts): SenderDesk {
  const profiles = new ProfileDesk(parts.client);
  const projects = new ProjectDesk(parts);
  const domains = new DomainDesk(parts);
  const warmUps = new WarmUpDesk(parts);
  const importTurns = new Turns(IMPORTS_MAX, 0);
  return {
    profiles: () => profiles.list(),
    setProfile: (input, author) => profiles.set(input, author),
    removeProfile: (name, author) => profiles.remove(name, author),
    projects: () => projects.list(),
    setProject: async (name, change, author) => (await projects.set(name, change, author)).project,
    guard: (project) => guardView(parts, project),
    domains: () => domains.list(),
    domain: (name) => domains.view(name),
    addDomain: (order, author) => domains.added(order, author),
    checkDomain: (name) => domains.checked(name),
    moveDomain: async (name, organisation, author) => {
      const moved = await domains.move(name, organisation, author);
      return { organisation: moved.organisation, domains: moved.domains };
    },
    removeDomain: async (name, keepIdentity, author) => {
      const { domain } = await domains.remove(name, keepIdentity, author);
      return { name: domain.name };
    },
    warmUps: () => warmUps.list(),
    setWarmUp: (domain, form, author) => warmUps.set(domain, form, author),
    removeWarmUp: (domain, author) => warmUps.remove(domain, author),
    dmarc: (order) => dmarcReports(parts, order),
    importDmarc: (files) =>
      importTurns.take(async () => {
        // Where reports are kept is no business of whoever brings them.
        const { where: _where, ...done } = await importDmarc(parts, streamedFiles(files));
        return done;
      }),
  };
}
