import { figure } from '../core/figures.ts';
import { visible, wrapped } from '../core/text-width.ts';
import type { CheckReport } from '../desk/check-report.ts';
import type { JudgedRule, ReceiverReport } from '../identity/receiver-report.ts';

/** Rules of the receivers that the list goes to, in full where they are not met; the others in a line. */
export function receiverLines({ receivers, category }: CheckReport, columns: number): string[] {
  const concerned = receivers
    .filter(({ recipients }) => (recipients ?? 0) > 0)
    .toSorted((a, b) => (b.recipients ?? 0) - (a.recipients ?? 0));
  const others = receivers.filter(({ recipients }) => (recipients ?? 0) === 0).map(({ name }) => name);
  const isCounted = receivers.some(({ recipients }) => recipients !== null);
  return [
    "receivers' rules",
    ...concerned.flatMap((receiver) => oneReceiver(receiver, category, columns)),
    ...(concerned.some(({ rules }) => rules.some(isForOthers))
      ? ['  * asked of bulk senders only: some 5,000 mails a day']
      : []),
    ...(concerned.some(({ rules }) => rules.some(({ isUnknowable }) => isUnknowable))
      ? wrapped(
          '  ',
          'unseen: Sluice can not look at it; --json has what it is, and why ("receivers")',
          columns,
        )
      : []),
    ...(others.length === 0
      ? []
      : wrapped(
          '  ',
          `${isCounted ? 'nobody of the list is at' : 'nobody has counted who is at'}: ${others.join(', ')}`,
          columns,
        )),
  ];
}

const LABEL_COLUMNS = 9;

function oneReceiver(
  { receiver, name, recipients, rules }: ReceiverReport,
  category: CheckReport['category'],
  columns: number,
): string[] {
  const held = rules.filter(({ of }) => of.mail === 'all' || category === of.mail);
  const short = (rule: JudgedRule) => `${rule.id.slice(receiver.length + 1)}${isForOthers(rule) ? '*' : ''}`;
  const line = (label: string, text: string) =>
    wrapped(`    ${label.padEnd(LABEL_COLUMNS)}`, visible(text), columns);
  const isMet = held.filter(({ status }) => status === 'met').map(short);
  const unmet = held.filter(({ status }) => status === 'unmet');
  const unknown = Map.groupBy(
    held.filter(({ status, isUnknowable }) => status === 'unknown' && !isUnknowable),
    ({ why }) => why,
  );
  const never = held.filter(({ isUnknowable }) => isUnknowable).map(short);
  return [
    `  ${name}, ${figure(recipients ?? 0)} ${recipients === 1 ? 'recipient' : 'recipients'}`,
    ...(isMet.length === 0 ? [] : line('met', isMet.join(', '))),
    ...unmet.flatMap((rule, index) => [
      ...line(index === 0 ? 'not met' : '', `${short(rule)}: ${rule.requirement}`),
      ...line('', rule.why),
      ...line('', rule.source.url ?? rule.source.title),
    ]),
    ...[...unknown].flatMap(([why, some], index) =>
      line(index === 0 ? 'unknown' : '', `${some.map(short).join(', ')}: ${why}`),
    ),
    ...(never.length === 0 ? [] : line('unseen', never.join(', '))),
  ];
}

/** A rule for bulk senders that nobody says is one for this campaign. */
function isForOthers({ of, applies }: JudgedRule): boolean {
  return of.senders === 'bulk' && applies !== true;
}
