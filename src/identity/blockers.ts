import type { DomainCheck, DomainItem, DomainItemName } from './domain-check.ts';

/** Without these SES sends nothing, or without a signature. */
const ALWAYS: readonly DomainItemName[] = ['identity', 'dkim'];

/** Without these receivers refuse the mail or call it spam; a project may take that risk. */
const UNLESS_ALLOWED: readonly DomainItemName[] = ['spf', 'dmarc', 'alignment'];

/**
 * The items for which no campaign may go out. What could not be asked never blocks, and neither does what could be better.
 * @param allowUnauthenticated the project sends without SPF, DMARC and alignment as well
 */
export function blockersOf(
  { items }: DomainCheck,
  { allowUnauthenticated }: { readonly allowUnauthenticated: boolean },
): readonly DomainItem[] {
  const blocking = allowUnauthenticated ? ALWAYS : [...ALWAYS, ...UNLESS_ALLOWED];
  return items.filter(
    ({ item, status }) => blocking.includes(item) && (status === 'wrong' || status === 'missing'),
  );
}
