import { type Row, recordXml } from './record.ts';

export interface ReportOptions {
  readonly organisation?: string;
  readonly id?: string;
  readonly domain?: string;
  /** Milliseconds since 1970. */
  readonly begin?: number;
  readonly end?: number;
  readonly policy?: string;
  readonly rows?: readonly Row[];
}

export const DAY_MS = 86_400_000;
export const NOW: number = Date.UTC(2026, 10, 29);
export const NOVEMBER: number = Date.UTC(2026, 10, 1);

/** As RFC 7489, Appendix C has it. */
export function reportXml(options: ReportOptions = {}): string {
  const { begin = Date.UTC(2026, 10, 10), policy = '<p>none</p><sp>none</sp><pct>100</pct>' } = options;
  const { organisation = 'Mailbox One', id = 'r1', domain = 'example.jp', end = begin + DAY_MS } = options;
  const { rows = [{}] } = options;
  return `<?xml version="1.0" encoding="UTF-8"?>
<feedback>
  <version>1.0</version>
  <report_metadata>
    <org_name>${organisation}</org_name>
    <email>dmarc@mailbox.example</email>
    <report_id>${id}</report_id>
    <date_range><begin>${begin / 1000}</begin><end>${end / 1000}</end></date_range>
  </report_metadata>
  <policy_published><domain>${domain}</domain><adkim>r</adkim><aspf>r</aspf>${policy}</policy_published>
  ${rows.map((row) => recordXml(row)).join('\n  ')}
</feedback>`;
}

/** As RFC 9990 has it: a namespace, and what is new. */
export function newReportXml(): string {
  return `<?xml version="1.0"?>
<ns:feedback xmlns:ns="urn:ietf:params:xml:ns:dmarc-2.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <ns:version>1.0</ns:version>
  <ns:report_metadata>
    <ns:org_name>Mailbox Two &amp; Söhne</ns:org_name><ns:email>dmarc@two.example</ns:email>
    <ns:extra_contact_info>https://two.example/</ns:extra_contact_info>
    <ns:report_id>9990-1</ns:report_id>
    <ns:date_range><ns:begin>1764201600</ns:begin><ns:end>1764287999</ns:end></ns:date_range>
    <ns:error>one message was not judged</ns:error><ns:generator>Reporter 2.1</ns:generator>
  </ns:report_metadata>
  <ns:policy_published>
    <ns:domain>example.jp</ns:domain><ns:discovery_method>treewalk</ns:discovery_method>
    <ns:p>quarantine</ns:p><ns:sp>reject</ns:sp><ns:np>reject</ns:np><ns:fo>1</ns:fo>
    <ns:adkim>s</ns:adkim><ns:aspf>r</ns:aspf><ns:testing>y</ns:testing>
  </ns:policy_published>
  <ns:extension><x:thing xmlns:x="urn:x">1</x:thing></ns:extension>
  <ns:record>
    <ns:row><ns:source_ip>2001:DB8:0:0:0:0:0:1</ns:source_ip><ns:count>7</ns:count>
      <ns:policy_evaluated><ns:disposition>pass</ns:disposition><ns:dkim>pass</ns:dkim><ns:spf>fail</ns:spf>
        <ns:reason><ns:type>policy_test_mode</ns:type><ns:comment>t=y</ns:comment></ns:reason>
      </ns:policy_evaluated></ns:row>
    <ns:identifiers><ns:header_from>example.jp</ns:header_from></ns:identifiers>
    <ns:auth_results><ns:dkim><ns:domain>example.jp</ns:domain><ns:selector>s1</ns:selector><ns:result>pass</ns:result></ns:dkim></ns:auth_results>
  </ns:record>
</ns:feedback>`;
}
