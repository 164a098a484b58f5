import type { HoldCode } from '../../../../core/hold-code.ts';
import type { AlertCode } from '../../../../desk/decisions.ts';
import type { Told } from '../../told.ts';
import { domainWords } from '../domains.ts';
import { itemsOf } from './items-of.ts';
import type { Saying } from './saying.ts';

const BY_ITSELF = () => '対応は不要です。自動的に再開します。';
const AFTER_MENDING = 'その後、キャンペーンを開いて「再開」を選んでください。';

export const japaneseHolds: Readonly<Record<HoldCode, Saying>> = {
  GUARD: {
    title: 'バウンスまたは苦情が多すぎます',
    said: guard,
    todo: () =>
      'キャンペーンの画面で「理由別のエラー」を確認し、宛先リストの出どころを調べてください。リストに問題があれば「キャンペーンを中止」を選びます。それでも続ける場合は「再開」を選び、確認欄にチェックを入れて理由を記入してください。',
  },
  CANARY: {
    title: '先行して送ったメールの結果がよくありません',
    said: canary,
    todo: () =>
      'キャンペーンの画面で「理由別のエラー」を確認してください。リストに問題があれば「キャンペーンを中止」を選びます。残りの人にはまだ送信されていません。それでも送る場合は「再開」を選び、確認欄にチェックを入れて理由を記入してください。',
  },
  DOUBT: {
    title: 'SES がメールを受け付けたか不明です',
    said: (told) =>
      `${told.count('count')}人の結果が不明です。SES の呼び出しに応答がなく、受け付けたことを示すイベントも届いていません。`,
    todo: () =>
      '「特定の宛先に何が起きたか」で何人かを確認してください。その後「判断する」を選び、再送するかどうかを決めます。',
  },
  LOG_BACKLOG: {
    title: 'ログの書き込みが遅れています',
    said: (told) =>
      `ログへの書き込みを待つブロックが ${told.count('entries')}件以上あるため、送信を止めています。`,
    todo: () =>
      'ログが追いつくと自動的に再開します。再開しない場合は、ログを書き込むワーカーが動いているか、ディスクまたは BigQuery が書き込みを受け付けているかを確認してください。',
  },
  QUOTA_DAY: {
    title: '24時間の上限に達しました',
    said: (told) => `24時間の上限 ${told.count('limit')}人のうち、${told.count('used')}人に送信しました。`,
    todo: BY_ITSELF,
  },
  QUOTA_MONTH: {
    title: '30日間の上限に達しました',
    said: (told) => `30日間の上限 ${told.count('limit')}人のうち、${told.count('used')}人に送信しました。`,
    todo: BY_ITSELF,
  },
  PROJECT_DAY: {
    title: 'プロジェクトの24時間の上限に達しました',
    said: (told) =>
      `プロジェクト ${told.text('project')} の24時間の上限 ${told.count('limit')}人のうち、${told.count('used')}人に送信しました。`,
    todo: () =>
      '自動的に再開します。すぐに再開したい場合は「送信者」でプロジェクトの上限を引き上げてください。',
  },
  PROJECT_MONTH: {
    title: 'プロジェクトの30日間の上限に達しました',
    said: (told) =>
      `プロジェクト ${told.text('project')} の30日間の上限 ${told.count('limit')}人のうち、${told.count('used')}人に送信しました。`,
    todo: () =>
      '自動的に再開します。すぐに再開したい場合は「送信者」でプロジェクトの上限を引き上げてください。',
  },
  WARM_UP: {
    title: 'ウォームアップの1日の上限に達しました',
    said: (told) =>
      `${told.text('domain')} はウォームアップ中です。本日の上限 ${told.count('limit')}人のうち、${told.count('used')}人に送信しました。`,
    todo: BY_ITSELF,
  },
  PROFILE: {
    title: '送信者プロファイルが使えません',
    said: (told) =>
      told.has('column')
        ? `プロファイルの配信停止 URL が列 ${told.text('column')} を参照するようになりましたが、配信予定に入った宛先にはこの列がありません。`
        : `送信者プロファイル ${told.text('profile')} が存在しないか、内容に誤りがあります。`,
    todo: (told) =>
      told.has('column')
        ? `「送信者」でプロファイルの URL を元に戻してください。${AFTER_MENDING}`
        : `「送信者」でプロファイルを修正してください。${AFTER_MENDING}`,
  },
  CONFIGURATION: {
    title: 'マーケティングメールの設定がありません',
    said: () =>
      'マーケティングメールには配信停止リンクが必要ですが、リンクの作成に使う SLUICE_PUBLIC_URL または SLUICE_SECRET が設定されていないワーカーがあります。',
    todo: () => `ワーカーの管理者が、すべてのワーカーに両方を設定してください。${AFTER_MENDING}`,
  },
  DOMAIN: {
    title: '送信ドメインの準備ができていません',
    said: (told) =>
      told.has('owner')
        ? `ドメイン ${told.text('domain')} は組織 ${told.text('owner')} のもので、プロジェクト ${told.text('project')} は別の組織に属しています。`
        : `ドメイン ${told.text('domain')} からはまだ送信できません。不足している項目：${itemsOf(told, domainWords.ja.items, '、')}。`,
    todo: (told) =>
      told.has('owner')
        ? `「送信者」でプロジェクトの組織を変更するか、「ドメイン」の画面でドメインを移管してください。${AFTER_MENDING}`
        : `「ドメイン」の画面に、DNS に登録するレコードがあります。登録後、すべて正常になるまで「もう一度確認」を選んでください。${AFTER_MENDING}`,
  },
  SES_QUOTA: {
    title: 'SES の24時間のクォータを使い切りました',
    said: () => 'SES アカウントは、今はこれ以上メールを送信できません。',
    todo: () =>
      'SES に定期的に問い合わせ、空きができると自動的に再開します。クォータの引き上げは AWS に申請できます。',
  },
  SES_PAUSED: {
    title: 'SES で送信が停止されています',
    said: () => 'SES のアカウントまたは設定セットで、送信が無効になっています。',
    todo: () => '誰がなぜ無効にしたのかを SES コンソールで確認してください。有効に戻ると自動的に再開します。',
  },
  SES_CREDENTIALS: {
    title: '有効な AWS 認証情報がありません',
    said: () => 'ワーカーに AWS の認証情報がないか、無効になっています。',
    todo: () => 'ワーカーの管理者が新しい認証情報を設定してください。設定されると自動的に再開します。',
  },
  SES_SUSPENDED: {
    title: 'AWS がアカウントを停止しました',
    said: () => 'AWS により、SES アカウントの送信が停止されています。',
    todo: () => `AWS サポートセンターのケースを確認し、回答してください。${AFTER_MENDING}`,
  },
  SES_IDENTITY: {
    title: 'SES が送信者を検証していません',
    said: () => 'アドレスまたはドメインがこのリージョンで検証されていないため、SES がメールを拒否しました。',
    todo: () =>
      `SES が何を待っているかは「ドメイン」の画面で確認できます。アカウントが SES のサンドボックスにある間は、宛先の検証も必要です。${AFTER_MENDING}`,
  },
  SES_CONFIGURATION: {
    title: 'SES に設定セットがありません',
    said: () => '呼び出しで指定したもの（設定セットなど）が SES に存在しません。',
    todo: () =>
      `ワーカーの管理者が SLUICE_CONFIGURATION_SET を修正するか、sluice setup で設定セットを作成してください。${AFTER_MENDING}`,
  },
  SES_ACCESS: {
    title: 'AWS が呼び出しを許可していません',
    said: () => 'ワーカーの認証情報に、SES で送信する権限がありません。',
    todo: () => `AWS の管理者が、ワーカーのロールに権限を追加してください。${AFTER_MENDING}`,
  },
  SES_REFUSED: {
    title: 'SES が呼び出しを拒否しました',
    said: () =>
      'キャンペーンの全メールに共通する内容を SES が拒否しました。この呼び出しでは誰にも送信されていません。',
    todo: () =>
      '理由は下にある SES の原文を確認してください。多くの場合、差出人またはヘッダーの問題です。キャンペーンの内容は変更できないため、プロファイルを修正するか、中止して作り直してください。',
  },
  SES_CLIENT: {
    title: 'リクエストを作成できませんでした',
    said: () => 'ワーカーが SES へのリクエストを作成できませんでした。',
    todo: () => `理由は下の原文とワーカーのログを確認してください。${AFTER_MENDING}`,
  },
};

const MEASURES: Readonly<Record<string, string>> = {
  bounces: 'ハードバウンス',
  complaints: '苦情',
};

function guard(told: Told): string {
  if (told.has('domain'))
    return `${told.text('date')} に、Gmail の利用者が ${told.text('domain')} からのメールの ${told.share('rate')} を迷惑メールとして報告しました。${told.share('limit')} 以上でキャンペーンを保留にします。`;
  const what = {
    hour: 'このプロジェクトと送信者の直近1時間のメール',
    week: 'このプロジェクトと送信者の過去7日間のメール',
    campaign: 'このキャンペーンのメール',
  }[told.text('rule')];
  return `${what ?? 'メール'}の${MEASURES[told.text('measure')] ?? '–'}率が ${told.share('rate')} です（${told.count('sends')}通中 ${told.count('count')}通）。上限は ${told.share('limit')} です。`;
}

function canary(told: Told): string {
  switch (told.text('found')) {
    case 'silent':
      return `先行して送った ${told.count('sends')}通のうち、SES のイベントで結果が分かったのは ${told.count('heardOf')}通だけのため、判定できません。`;
    case 'open':
      return `${told.count('sends')}通を送った時点（ハードバウンス ${told.count('bounces')}通、苦情 ${told.count('complaints')}通）では、割合が上限を下回るかどうかまだ判断できません。`;
    default:
      return `先行して送ったメールの${MEASURES[told.text('found')] ?? '–'}率が ${told.share('rate')} です（${told.count('sends')}通中 ${told.count('count')}通）。上限は ${told.share('limit')} で、カナリアではその半分未満であることが必要です。`;
  }
}

const ROLES: Readonly<Record<string, string>> = {
  plan: 'キャンペーンを開始できません',
  send: '送信できません',
  log: 'ログに書き込めません',
};

export const japaneseAlerts: Readonly<Record<AlertCode, Saying>> = {
  DOUBT: {
    title: '送信結果が不明なメールがあります',
    said: (told) =>
      `SES の呼び出しに応答がなく、${told.count('count')}人の結果が不明です。SES のイベントが届けば確定します。`,
    todo: (told) =>
      told.text('policy') === 'hold'
        ? `${told.time('doubtMs')}が過ぎるとキャンペーンを保留にします。その後の判断が必要です。`
        : `対応は不要です。${told.time('doubtMs')}が過ぎると、キャンペーンの設定に従って処理します。`,
  },
  NO_WORKER: {
    title: '一部の処理を行うワーカーがありません',
    said: (told) =>
      `${told.text('role')} の役割を持つワーカーが動いていないため、${ROLES[told.text('role')] ?? '–'}。`,
    todo: (told) =>
      `サーバーで sluice worker --roles ${told.text('role')} を起動してください。待っている処理は自動的に再開します。`,
  },
  LOG_BEHIND: {
    title: 'ログの書き込みが遅れています',
    said: (told) =>
      `ログへの書き込みを待つブロックが ${told.count('entries')}件あり、最も古いものは ${told.time('oldestMs')}待っています。${told.count('holdsAt')}件に達すると送信が止まります。`,
    todo: () =>
      'log の役割を持つワーカーが動いているか、ディスクまたは BigQuery が書き込みを受け付けているかを、ワーカーのログで確認してください。',
  },
  DEAD_LETTERS: {
    title: '書き込めずに退避された行があります',
    said: (told) =>
      told.has('rows')
        ? `読み取れない、または書き込み先が受け付けないため、ログのブロックまたは行 ${told.count('rows')}件を退避しました。`
        : `SES のイベントとして届いたメッセージ ${told.count('messages')}件を読み取れません。`,
    todo: (told) =>
      told.has('rows')
        ? '送信への影響はありません。詳しくはサーバーで sluice doctor を実行してください。'
        : '送信への影響はありません。内容はサーバーで sluice feedback dead list を実行すると表示されます。',
  },
  EVENTS_LATE: {
    title: 'SES のイベントが遅れています',
    said: (told) =>
      `メールの送信からイベントの反映まで ${told.time('lagMs')}かかっているため、送信速度をアカウントの ${told.share('share')} に落としています。`,
    todo: () => 'feedback の役割を持つワーカーを増やしてください。速度は自動的に戻ります。',
  },
  QUOTA: {
    title: '送信クォータが残りわずかです',
    said: (told) =>
      `${owner(told)}の${told.text('days') === '1' ? '24時間' : '30日間'}の上限 ${told.count('limit')}人のうち、${told.count('used')}人を使用しました。`,
    todo: () => '上限を超える分は待機し、自動的に再開します。',
  },
  DOMAIN: {
    title: '送信ドメインの準備ができていません',
    said: (told) =>
      `${told.text('domain')} に不足している項目：${itemsOf(told, domainWords.ja.items, '、')}。`,
    todo: () =>
      'ドメインの画面に、DNS に登録するレコードがあります。登録されるまで、このドメインのキャンペーンは保留になります。',
  },
};

function owner(told: Told): string {
  switch (told.text('owner')) {
    case 'project':
      return `プロジェクト ${told.text('project')} `;
    case 'account':
      return 'SES アカウント';
    default:
      return `${told.text('owner')} `;
  }
}
