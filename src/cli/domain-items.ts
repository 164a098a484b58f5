import { visible, wrapped } from '../core/text-width.ts';
import { type DomainItem, isInOrder } from '../identity/domain-check.ts';
import { ITEM_NAMES } from '../queue/domain-rules.ts';

/** What each status is called. */
export const STATUS_NAMES: Readonly<Record<DomainItem['status'], string>> = {
  ok: 'ok',
  advice: 'ok',
  wrong: 'wrong',
  missing: 'missing',
  unasked: 'could not ask',
};

const STATUS_COLUMNS = 15;
const NAME_COLUMNS = 14;
/** Where the text of an item begins. */
export const ITEM_INDENT = ' '.repeat(2 + STATUS_COLUMNS + NAME_COLUMNS);

/** An item with everything that is known of it. What is to be pasted stays in one piece. */
export function itemLines({ item, status, found, expected, todo }: DomainItem, columns: number): string[] {
  const head = `  ${STATUS_NAMES[status].padEnd(STATUS_COLUMNS)}${ITEM_NAMES[item].padEnd(NAME_COLUMNS)}`;
  return [
    ...wrapped(head, visible(found), columns),
    ...(expected === null
      ? []
      : expected.split('\n').map((line) => `${ITEM_INDENT}expected: ${visible(line)}`)),
    ...todo.flatMap((line) => wrapped(`${ITEM_INDENT}→ `, visible(line), columns)),
  ];
}

/** For a page that is about more than the domain: what is right by name, and the others as they are. */
export function briefItemLines(items: readonly DomainItem[], columns: number): string[] {
  const right = items.filter(isInOrder);
  const others = items.filter((item) => !isInOrder(item));
  return [
    ...(right.length === 0
      ? []
      : wrapped(
          `  ${STATUS_NAMES.ok.padEnd(STATUS_COLUMNS)}`,
          right.map(({ item }) => ITEM_NAMES[item]).join(', '),
          columns,
        )),
    ...others.flatMap((item) => itemLines(item, columns)),
  ];
}
