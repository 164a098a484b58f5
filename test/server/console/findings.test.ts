import { expect, test } from 'vitest';
import { checkDomain } from '../../../src/identity/check-domain.ts';
import type { SesDomainState } from '../../../src/identity/domain-check.ts';
import { FINDING_CODES } from '../../../src/identity/finding.ts';
import type { SesDkim, SesIdentity, SesMailFrom } from '../../../src/identity/ses-identity.ts';
import { sentenceOf } from '../../../src/server/console/told.ts';
import { findingWords } from '../../../src/server/console/words/findings/findings.ts';
import { LANGUAGES } from '../../../src/server/language.ts';
import { withZone } from '../../support/dns/stage.ts';
import type { Zone } from '../../support/dns/zone.ts';

const DKIM: SesDkim = {
  status: 'SUCCESS',
  tokens: ['a'],
  hostedZone: 'dkim.example',
  keyLength: 2048,
  origin: 'easy',
};
const MAIL_FROM: SesMailFrom = { domain: 'bounce.example.com', status: 'SUCCESS' };
const TYPES = ['SEND', 'DELIVERY', 'BOUNCE', 'COMPLAINT', 'REJECT', 'RENDERING_FAILURE', 'DELIVERY_DELAY'];
const SES_MX = 'feedback-smtp.eu-west-1.amazonses.com';
const SPF = 'v=spf1 include:amazonses.com ~all';

const identity = (change: Partial<SesIdentity> = {}): SesIdentity => ({
  name: 'example.com',
  verified: true,
  dkim: DKIM,
  mailFrom: MAIL_FROM,
  ...change,
});
const dkim = (change: Partial<SesDkim>) => identity({ dkim: { ...DKIM, ...change } });
const mailFrom = (status: SesMailFrom['status']) => identity({ mailFrom: { ...MAIL_FROM, status } });

type Set = SesDomainState['configurationSet'];
const set = (tlsRequired: boolean, types: readonly string[], sendingEnabled = true): Set => ({
  name: 'sluice',
  state: {
    kind: 'answer',
    value: {
      tlsRequired,
      sendingEnabled,
      destinations: [{ name: 'events', enabled: true, types, topic: 'arn:aws:sns:eu-west-1:1:events' }],
    },
  },
});
const state = (known: SesIdentity | null, configurationSet: Set = set(true, TYPES)): SesDomainState => ({
  identity: { kind: 'answer', value: known },
  configurationSet,
  region: 'eu-west-1',
});

const zone = (change: Zone = {}): Zone => ({
  'a._domainkey.example.com': { CNAME: 'a.dkim.example' },
  'bounce.example.com': { MX: [[10, SES_MX]], TXT: [SPF] },
  'example.com': { TXT: [SPF] },
  '_dmarc.example.com': { TXT: ['v=DMARC1; p=none; rua=mailto:dmarc@example.com'] },
  ...change,
});
const dmarc = (...TXT: string[]): Zone => zone({ '_dmarc.example.com': { TXT } });
const envelope = (change: Zone[string]): Zone => zone({ 'bounce.example.com': change });

/** Between them they find everything that can be found without name servers that are silent. */
const CASES: readonly (readonly [Zone, SesDomainState])[] = [
  [zone(), state(identity())],
  [{}, state(null, null)],
  [{}, { ...state(null), identity: { kind: 'failure', name: 'Throttled', message: 'later' } }],
  [zone(), state(identity({ verified: false, mailFrom: null }), set(false, ['SEND'], false))],
  [zone(), state(dkim({ keyLength: 1024 }), { name: 'sluice', state: { kind: 'answer', value: null } })],
  [zone({ 'a._domainkey.example.com': {} }), state(dkim({ isOff: true }))],
  [zone(), state(dkim({ status: 'PENDING', origin: 'own' }))],
  [zone(), state(dkim({ status: 'FAILED', tokens: [] }))],
  [zone(), state(dkim({ status: 'TEMPORARY_FAILURE' }))],
  [zone(), state(dkim({ status: 'NOT_STARTED' }))],
  [zone(), state(mailFrom('PENDING'))],
  [zone(), state(mailFrom('FAILED'))],
  [zone(), state(mailFrom('TEMPORARY_FAILURE'))],
  [envelope({}), state(identity())],
  [
    envelope({
      MX: [
        [10, SES_MX],
        [20, SES_MX],
      ],
      TXT: ['v=spf1 ~all'],
    }),
    state(identity()),
  ],
  [
    envelope({ MX: [[10, 'mx.example.net']], TXT: ['v=spf1 include:amazonses.com nonsense ~all'] }),
    state(identity()),
  ],
  [envelope({ MX: [[10, SES_MX]], TXT: [SPF, 'v=spf1 -all'] }), state(identity())],
  [envelope({ MX: [[10, SES_MX]], TXT: ['v=spf1 include:amazonses.com +all'] }), state(identity())],
  [zone({ 'example.com': { TXT: ['v=spf1 nonsense ~all'] } }), state(identity())],
  [dmarc('v=DMARC1; p=reject'), state(identity())],
  [dmarc('v=DMARC1; p=nonsense'), state(identity())],
  [dmarc('v=DMARC1; p=none', 'v=DMARC1; p=reject'), state(identity())],
  [zone(), state(identity({ name: 'other.example', mailFrom: null }))],
  [zone(), state(identity({ name: 'other.example' }))],
  [zone(), state(identity({ mailFrom: null }))],
];

/** DNS or SES give no answer, or the answers of two names differ: said by the same code, and not made here. */
const NOT_MADE = [
  'CNAMES_UNASKED',
  'SPF_UNASKED',
  'DMARC_UNASKED',
  'ALIGNMENT_UNASKED',
  'MAIL_FROM_MX_UNASKED',
  'ALIGNED_SPLIT',
];
const JAPANESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

test('whatever a check of a domain finds has words of the console in both languages, with nothing missing', async () => {
  const made = new Set<string>();
  for (const [records, ses] of CASES) {
    const { result } = await withZone(records, (resolver) =>
      checkDomain({ domain: 'example.com', ses, resolver, now: 7 }),
    );
    for (const { item, found, findings = [] } of result.items) {
      expect([item, found, findings.length]).not.toEqual([item, found, 0]);
      for (const { code, about } of findings) {
        made.add(code);
        for (const language of LANGUAGES) {
          const words = Object.entries(findingWords[language]).find(([known]) => known === code)?.[1];
          const said = words && sentenceOf({ language }, about, words.said);
          const todo = words?.todo ? sentenceOf({ language }, about, words.todo) : said;
          expect([code, JAPANESE.test(said ?? ''), JAPANESE.test(todo ?? '')]).toEqual([
            code,
            language === 'ja',
            language === 'ja',
          ]);
          expect(`${said} ${todo}`).not.toMatch(/null|undefined|sluice domain/);
        }
      }
    }
  }
  expect(FINDING_CODES.filter((code) => !made.has(code) && !NOT_MADE.includes(code))).toEqual([]);
});
