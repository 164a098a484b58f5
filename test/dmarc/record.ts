export interface Row {
  readonly ip?: string;
  readonly count?: number | string;
  readonly disposition?: string;
  /** As DMARC evaluated it: aligned or not. */
  readonly dkim?: string;
  readonly spf?: string;
  readonly reason?: string;
  /** `[domain, result, selector]` */
  readonly dkimAuth?: readonly (readonly [domain: string, result: string, selector?: string])[];
  readonly spfAuth?: readonly (readonly [domain: string, result: string])[];
}

export const SES_SELECTOR = 'abcdefghijklmnopqrstuvwxyz234567';

/** Mail of Sluice's with a MAIL FROM domain, as receivers report it. */
export const FROM_SES: Row = {
  ip: '192.0.2.10',
  dkim: 'pass',
  spf: 'pass',
  dkimAuth: [
    ['example.jp', 'pass', SES_SELECTOR],
    ['amazonses.com', 'pass', 'sel'],
  ],
  spfAuth: [['mail.example.jp', 'pass']],
};

export function recordXml(row: Row): string {
  const { ip = '192.0.2.1', count = 1, disposition = 'none', dkim = 'fail', spf = 'fail', reason } = row;
  const { dkimAuth = [], spfAuth = [] } = row;
  const dkims = dkimAuth.map(
    ([domain, result, selector]) =>
      `<dkim><domain>${domain}</domain>${selector ? `<selector>${selector}</selector>` : ''}<result>${result}</result></dkim>`,
  );
  const spfs = spfAuth.map(
    ([domain, result]) => `<spf><domain>${domain}</domain><result>${result}</result></spf>`,
  );
  const reasons = reason ? `<reason><type>${reason}</type><comment/></reason>` : '';
  return `<record><row><source_ip>${ip}</source_ip><count>${count}</count><policy_evaluated><disposition>${disposition}</disposition><dkim>${dkim}</dkim><spf>${spf}</spf>${reasons}</policy_evaluated></row><identifiers><header_from>example.jp</header_from></identifiers><auth_results>${[...dkims, ...spfs].join('')}</auth_results></record>`;
}
