import type { MonthReport } from '../../dmarc/month-report.ts';
import type { PublishedPolicy } from '../../dmarc/report.ts';
import { figure, percent } from './figures.ts';
import type { PageContext } from './page-context.ts';

/** What the verdict says, and what to do next, in the reader's language: the report itself speaks English. */
export function verdictText(
  context: PageContext,
  { verdict, domain, policy }: MonthReport,
): {
  readonly sentence: string;
  readonly next: string;
} {
  if (context.language === 'en') return verdict;
  const of = (count: number) => figure(context, count);
  const share = (count: number) =>
    `${of(count)}通（${percent(context, verdict.messages === 0 ? null : count / verdict.messages)}）`;
  const proved = verdict.provedBy.map((one) => `${one.domain} ${of(one.messages)}通`).join('、');
  const other =
    verdict.undecided === 0
      ? ''
      : `、${share(verdict.undecided)} は別のドメインで認証${proved === '' ? '' : `（${proved}）`}`;
  const found = `全 ${of(verdict.messages)}通のうち、${share(verdict.legitimate)} が DMARC に不合格ながら正当とみられるメール${other}、${share(verdict.spoofed)} がなりすましとみられます。`;
  const p = `p=${policy.p ?? 'none'}`;
  switch (verdict.kind) {
    case 'early':
      return {
        sentence: `ポリシーを厳しくしてよいかは、まだ判断できません。これまでに ${of(verdict.days)}日分、${of(verdict.messages)}通が報告され、うち ${of(verdict.legitimate)}通が DMARC に不合格ながら正当とみられます。判断には14日分、100通が必要です。`,
        next: `${p} のままにして、今後のレポートを取り込んでください。`,
      };
    case 'hurts':
      return {
        sentence: `${isEnforced(policy) ? `現在のポリシー ${p} は正当なメールに影響しています。` : '隔離または拒否にすると、正当なメールが失われます。'}${found}`,
        next: `${isEnforced(policy) ? '改善するまで p=none に戻してください。' : 'p=none のままにしてください。'}不合格の送信元が ${domain} として DKIM 署名するか、専用のドメインから送信するようにし、2週間後にもう一度確認してください。`,
      };
    case 'unclear':
      return {
        sentence: `ポリシーを厳しくした場合の影響は、これらが誰のメールかによります。${found}`,
        next: `これらのドメインの中に、当社に代わって送信するサービスのものがあるか確認してください。あれば、先に ${domain} として DKIM 署名するか、専用のドメインから送信する必要があります。なければ、すべてなりすましです。${further(policy)}`,
      };
    case 'safe':
      return {
        sentence: `不合格のメールを拒否しても、影響はほとんどありません。${found}`,
        next: further(policy),
      };
  }
}

function isEnforced({ p }: PublishedPolicy): boolean {
  return p === 'quarantine' || p === 'reject';
}

/** From `none` by `quarantine` to `reject`, as `dmarc/verdict.ts` goes. */
function further({ p, pct, testing }: PublishedPolicy): string {
  const isPartial = (pct ?? 100) < 100 || testing === true;
  const whole = testing === true ? 't=y' : `pct=${pct ?? 100}`;
  switch (p ?? 'none') {
    case 'none':
      return 'p=quarantine を公開し、2週間後に確認したうえで p=reject を公開してください。';
    case 'quarantine':
      return isPartial
        ? `${whole} を外し、2週間後に確認したうえで p=reject を公開してください。`
        : 'p=reject を公開してください。';
    case 'reject':
      return isPartial
        ? `${whole} を外してください。不合格のメールがすべて拒否されるようになります。`
        : '対応は不要です。p=reject が公開されています。';
  }
}

/** The tags of a policy, but for those that say what holds anyway. */
export function policyText(
  { p, sp, np, pct, testing, adkim, aspf }: PublishedPolicy,
  unknown: string,
): string {
  const tags = [
    ['p', p ?? unknown],
    ['sp', sp],
    ['np', np],
    ['pct', pct === 100 ? null : pct],
    ['t', testing === true ? 'y' : null],
    ['adkim', adkim === 's' ? 's' : null],
    ['aspf', aspf === 's' ? 's' : null],
  ];
  return tags.flatMap(([tag, value]) => (value === null ? [] : [`${tag}=${value}`])).join('; ');
}
