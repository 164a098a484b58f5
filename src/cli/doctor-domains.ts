import { duration } from '../core/figures.ts';
import { type DoorParts, latestCheck } from '../desk/domain-door.ts';
import { isGreen } from '../desk/domain-view.ts';
import { blockersOf } from '../identity/blockers.ts';
import type { DomainCheck } from '../identity/domain-check.ts';
import { type Check, fail, ok, warn } from './doctor-check.ts';
import { itemsLine, verdict } from './domain-check-text.ts';

const NAME = 'domain';
/** More of them are told by `domain list`, which asks nobody. */
const DOMAINS_MAX = 20;

/** A line for each registered domain: whether campaigns may go out from it. */
export async function domainChecks(parts: DoorParts): Promise<Check[]> {
  const all = await parts.client.domains.list();
  const looked = await Promise.all(
    all.slice(0, DOMAINS_MAX).map(async ({ name }) => {
      return domainCheckOf(name, await latestCheck(parts, name), parts.clock.now());
    }),
  );
  const left = all.length - looked.length;
  return left === 0
    ? looked
    : [...looked, warn(NAME, `${left} more domains were not looked at`, 'see sluice domain list')];
}

/** @param check null where nobody has ever looked */
export function domainCheckOf(name: string, check: DomainCheck | null, nowMs: number): Check {
  const todo = `sluice domain check ${name} says what to do`;
  if (check === null) return warn(NAME, `${name} was not checked`, `run sluice domain check ${name}`);
  const ageMs = nowMs - check.at;
  const found = `${name}: ${verdict(check)}${ageMs < 60_000 ? '' : `, as of ${duration(ageMs)} ago`}`;
  if (blockersOf(check, { allowUnauthenticated: false }).length > 0) return fail(NAME, found, todo);
  if (isGreen(check)) return ok(NAME, found);
  return warn(NAME, `${found} (${itemsLine(check)})`, todo);
}
