import { InputFault } from '../core/fault.ts';
import { type MonthReport, monthReports } from '../dmarc/month-report.ts';
import { domainName } from '../identity/domain-name.ts';
import type { DeskParts } from './parts.ts';

export interface DmarcOrder {
  readonly domain?: string | undefined;
  /** `YYYY-MM`. */
  readonly month?: string | undefined;
}

/** @throws InputFault (`missing`) where there are no reports of that domain and month */
export async function dmarcReports(
  { openReports, resolver }: Pick<DeskParts, 'openReports' | 'resolver'>,
  order: DmarcOrder,
): Promise<readonly MonthReport[]> {
  const domain = domainOf(order.domain);
  const month = monthOf(order.month);
  return monthReports({ store: await openReports(), resolver, domain, month });
}

function domainOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const name = domainName(text);
  if (name === null) throw new InputFault([`“${text}” is no domain`]);
  return name;
}

function monthOf(text: string | undefined): string | undefined {
  if (text === undefined || /^\d{4}-(?:0[1-9]|1[0-2])$/.test(text)) return text;
  throw new InputFault([`month: “${text}” is no month, such as 2026-11`]);
}
