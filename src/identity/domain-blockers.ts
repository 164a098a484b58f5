import type { DomainCheck, DomainItem } from './domain-check.ts';

/** What keeps campaigns from being sent from a domain. */
export function blockersOf(
  { items }: DomainCheck,
  { allowUnauthenticated }: { readonly allowUnauthenticated: boolean },
): readonly DomainItem[] {
  const names: readonly DomainItem['item'][] = allowUnauthenticated
    ? ['identity', 'dkim']
    : ['identity', 'dkim', 'spf', 'dmarc', 'alignment'];
  return items.filter(
    ({ item, status }) => names.includes(item) && (status === 'wrong' || status === 'missing'),
  );
}
