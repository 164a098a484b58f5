import type { SenderDesk } from './desk.ts';
import { dmarcReports } from './dmarc-desk.ts';
import { DomainDesk } from './domain-desk.ts';
import { guardView } from './guard-view.ts';
import type { DeskParts } from './parts.ts';
import { ProfileDesk } from './profile-desk.ts';
import { ProjectDesk } from './project-desk.ts';
import { WarmUpDesk } from './warm-up-desk.ts';

/** Who mail is from, and what holds for it. */
export function senderDesk(parts: DeskParts): SenderDesk {
  const profiles = new ProfileDesk(parts.client);
  const projects = new ProjectDesk(parts);
  const domains = new DomainDesk(parts);
  const warmUps = new WarmUpDesk(parts);
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
  };
}
