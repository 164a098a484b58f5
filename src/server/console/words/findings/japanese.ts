import type { FindingCode } from '../../../../identity/finding.ts';
import type { FindingWords } from './findings.ts';

const COPY = '「DNS のレコード」の内容を DNS に登録し、「もう一度確認」を選んでください。';
const LATER = () => 'しばらくしてから「もう一度確認」を選んでください。';
const NAME_SERVERS = 'レコードが DNS にあること、ドメインのネームサーバーが応答することを確認してください。';
const SET_UP =
  'ワーカーの管理者が sluice setup で設定セットを作成し、SLUICE_CONFIGURATION_SET に指定してください。';
const ADD_AGAIN = '「ドメイン」でこのドメインをもう一度追加してください';

export const japaneseFindings: Readonly<Record<FindingCode, FindingWords>> = {
  SES_UNASKED: {
    said: () => 'SES に問い合わせできなかったため、状態は不明です。キャンペーンの送信は妨げません。',
    todo: () =>
      'しばらくしてから「もう一度確認」を選んでください。続く場合は、原文で理由を確認してください。',
  },
  NO_IDENTITY: {
    said: (told) => `SES に ${told.text('domain')} が登録されていません。`,
    todo: () => `${ADD_AGAIN}。SES に登録されます。${COPY}`,
  },
  VERIFIED: { said: (told) => `SES は ${told.text('identity')} からの送信を許可しています。` },
  NOT_VERIFIED: {
    said: (told) =>
      `${told.text('identity')} は SES に登録されていますが、検証が済んでいないため送信できません。`,
    todo: () => `${COPY}SES は DKIM レコードでドメインを検証します。数時間かかることがあります。`,
  },
  DKIM_SIGNS: { said: (told) => `SES は ${told.text('identity')} として署名しています。` },
  DKIM_SHORT_KEY: {
    said: (told) => `SES は ${told.text('identity')} として署名していますが、鍵が 1,024ビットです。`,
    todo: () => 'SES の鍵を 2,048ビットにしてください。1,024ビットを弱いとみなす受信側があります。',
  },
  DKIM_OFF: {
    said: (told) => `${told.text('identity')} の DKIM が無効のため、SES は署名していません。`,
    todo: () => 'SES コンソールで、この検証済み ID の DKIM 署名を有効にしてください。',
  },
  DKIM_PENDING: {
    said: (told) =>
      `SES は ${told.text('identity')} の DKIM レコードをまだ見つけていません。72時間探し続けます。`,
    todo: () => COPY,
  },
  DKIM_FAILED: {
    said: (told) =>
      `SES は ${told.text('identity')} の DKIM レコードを72時間探しましたが、見つからず中止しました。`,
    todo: () => `${ADD_AGAIN}。SES が再び探します。レコードの内容が変わることがあります。${COPY}`,
  },
  DKIM_TEMPORARY_FAILURE: {
    said: (told) =>
      `SES は ${told.text('identity')} の DKIM レコードを読み取れなくなりました。署名は当面続きます。`,
    todo: () => NAME_SERVERS,
  },
  DKIM_NOT_STARTED: {
    said: (told) => `${told.text('identity')} の DKIM が開始されていません。`,
    todo: () => `${ADD_AGAIN}。DKIM が開始されます。${COPY}`,
  },
  CNAMES_OWN_KEYS: { said: () => '独自の鍵を使用しているため、SES の DKIM レコードはありません。' },
  CNAMES_NO_TOKENS: {
    said: (told) => `SES は ${told.text('identity')} の DKIM レコードを示していません。`,
  },
  CNAMES_RIGHT: { said: (told) => `DKIM レコード ${told.count('count')}件はすべて正しく登録されています。` },
  CNAMES_LACKING: {
    said: (told) =>
      `DKIM レコード ${told.count('count')}件のうち、正しいものは ${told.count('right')}件です。`,
    todo: () =>
      '下のレコードをそのまま DNS に登録してください。ドメイン名を自動的に補う DNS 管理画面では、名前に重ねて入力しないでください。',
  },
  CNAMES_UNASKED: {
    said: (told) => `${told.text('identity')} の DKIM レコードについて DNS が応答しませんでした。`,
    todo: LATER,
  },
  SPF_OK: {
    said: (told) =>
      `${told.text('domain')} の SPF レコードは SES を許可しています。DNS ルックアップは上限 ${told.count('limit')}回のうち ${told.count('count')}回です。`,
  },
  SPF_ADVICE: {
    said: (told) =>
      `${told.text('domain')} の SPF レコードは SES を許可していますが、改善の余地があります。DNS ルックアップは上限 ${told.count('limit')}回のうち ${told.count('count')}回です。`,
    todo: () => '改善点は原文で確認してください。',
  },
  SPF_NO_SES: {
    said: (told) => `${told.text('domain')} の SPF レコードが SES を許可していません。`,
    todo: (told) =>
      `${told.text('domain')} の TXT レコードで、all の前に include:amazonses.com を追加してください。`,
  },
  SPF_BROKEN: {
    said: (told) => `${told.text('domain')} の SPF レコードに誤りがあり、受信側は無効とみなします。`,
    todo: () => '誤りの内容は原文で確認し、DNS を修正してから「もう一度確認」を選んでください。',
  },
  SPF_SEVERAL: {
    said: (told) =>
      `${told.text('domain')} に SPF レコードが ${told.count('count')}件あり、受信側は無効とみなします。`,
    todo: () => '必要な内容を1件にまとめ、ほかは削除してください。',
  },
  SPF_MISSING: {
    said: (told) => `${told.text('domain')} に SPF レコードがありません。`,
    todo: (told) => `下の内容を ${told.text('domain')} の TXT レコードとして追加してください。`,
  },
  SPF_UNASKED: {
    said: (told) => `${told.text('domain')} の SPF レコードの一部を確認できませんでした。`,
    todo: LATER,
  },
  SPF_OTHER_BROKEN: {
    said: (told) =>
      `エンベロープのドメインではない ${told.text('domain')} 自体の SPF レコードに誤りがあります。`,
    todo: () => 'ほかのシステムから送るメールの判定に使われるため、こちらも修正してください。',
  },
  DMARC_OK: {
    said: (told) =>
      `${told.text('domain')} の DMARC レコードは正常です。ポリシーは ${told.text('policy')} です。`,
  },
  DMARC_ADVICE: {
    said: (told) =>
      `${told.text('domain')} の DMARC レコードは有効ですが、改善の余地があります。ポリシーは ${told.text('policy')} です。`,
    todo: () => '改善点は原文で確認してください。',
  },
  DMARC_BROKEN: {
    said: (told) => `${told.text('domain')} の DMARC レコードに誤りがあり、受信側は無効とみなします。`,
    todo: (told) => `_dmarc.${told.text('domain')} の TXT レコードを修正するか、下の内容から始めてください。`,
  },
  DMARC_SEVERAL: {
    said: (told) =>
      `${told.text('domain')} に DMARC レコードが ${told.count('count')}件あり、受信側は無効とみなします。`,
    todo: (told) => `_dmarc.${told.text('domain')} に1件だけ残し、ほかは削除してください。`,
  },
  DMARC_MISSING: {
    said: (told) => `${told.text('domain')} に DMARC レコードがありません。`,
    todo: (told) =>
      `下の内容を _dmarc.${told.text('domain')} の TXT レコードとして追加してください。rua= には、実際に読まれるアドレスを指定します。`,
  },
  DMARC_UNASKED: {
    said: (told) => `${told.text('domain')} の DMARC レコードを確認できませんでした。`,
    todo: LATER,
  },
  ALIGNED_BOTH: {
    said: () => 'From は DKIM ともエンベロープとも一致しており、どちらでも DMARC に合格します。',
  },
  ALIGNED_DKIM: {
    said: () =>
      'From は DKIM と一致しており、Gmail と Yahoo にはこれで十分です。Outlook.com はエンベロープの一致も求めるため、カスタム MAIL FROM ドメインが必要です。',
  },
  ALIGNED_SPF: {
    said: () => 'From はエンベロープとだけ一致しています。転送されたメールは DMARC に不合格になります。',
    todo: (told) =>
      `「ドメイン」で ${told.text('domain')} を追加し、このドメインとして署名されるようにしてください。`,
  },
  ALIGNED_NONE: {
    said: () => 'From は DKIM ともエンベロープとも一致せず、すべてのメールが DMARC に不合格になります。',
    todo: (told) =>
      `「ドメイン」で ${told.text('domain')} を追加し、このドメインとして署名されるようにしてください。`,
  },
  ALIGNED_SPLIT: {
    said: () => '組織の判定方法の違いにより、From が一致するかどうかが受信側によって異なります。',
    todo: (told) =>
      `下の DMARC レコードを _dmarc.${told.text('domain')} に追加すると、すべての受信側で一致します。`,
  },
  ALIGNMENT_UNASKED: {
    said: () => '判定に必要な DMARC レコードを確認できませんでした。',
    todo: LATER,
  },
  MAIL_FROM_NONE: {
    said: () =>
      'カスタム MAIL FROM ドメインがありません。エンベロープが amazonses.com のため SPF は From と一致せず、DMARC は DKIM だけに依存します。',
    todo: () => `${ADD_AGAIN}。その際、エンベロープ用のサブドメイン（例：bounce）を指定します。`,
  },
  MAIL_FROM_MX_RIGHT: { said: (told) => `${told.text('domain')} の MX レコードは正常です。` },
  MAIL_FROM_MX_UNASKED: {
    said: (told) => `${told.text('domain')} の MX レコードを確認できませんでした。`,
    todo: LATER,
  },
  MAIL_FROM_MX_MISSING: {
    said: (told) => `${told.text('domain')} に MX レコードがありません。`,
    todo: () => '下のレコードを追加してください。',
  },
  MAIL_FROM_MX_SEVERAL: {
    said: (told) =>
      `${told.text('domain')} に MX レコードが ${told.count('count')}件あります。SES では1件だけにする必要があります。`,
    todo: () => '下のレコードだけを残し、ほかは削除してください。',
  },
  MAIL_FROM_MX_OTHER: {
    said: (told) => `${told.text('domain')} の MX レコードが、このリージョンの SES を指していません。`,
    todo: () => '下のレコードに置き換えてください。',
  },
  MAIL_FROM_SPF: {
    said: (told) => `${told.text('domain')} の SPF に問題があります。`,
    todo: () => '対応は SPF の項目を確認してください。',
  },
  MAIL_FROM_USED: { said: (told) => `SES はエンベロープに ${told.text('domain')} を使用しています。` },
  MAIL_FROM_PENDING: {
    said: (told) =>
      `SES は ${told.text('domain')} の MX レコードをまだ見つけていません。72時間探し続け、その間は amazonses.com で送信します。`,
    todo: () => COPY,
  },
  MAIL_FROM_FAILED: {
    said: (told) =>
      `SES は ${told.text('domain')} の MX レコードを72時間探しましたが、見つからず中止しました。amazonses.com で送信しています。`,
    todo: () => `${COPY}その後、同じ MAIL FROM でドメインをもう一度追加すると、SES が再び探します。`,
  },
  MAIL_FROM_TEMPORARY_FAILURE: {
    said: (told) => `SES は ${told.text('domain')} の MX レコードを見つけられなくなりました。`,
    todo: () => NAME_SERVERS,
  },
  SET_NONE: { said: () => '設定セットが指定されていません。', todo: () => SET_UP },
  SET_UNKNOWN: {
    said: (told) => `SES に設定セット ${told.text('set')} がありません。`,
    todo: () => SET_UP,
  },
  TLS_REQUIRED: { said: (told) => `設定セット ${told.text('set')} は TLS を必須にしています。` },
  TLS_OPTIONAL: {
    said: (told) =>
      `設定セット ${told.text('set')} は TLS を必須にしていません。TLS に対応しない受信側には暗号化せずに送信します。`,
    todo: () =>
      'SES コンソールで TLS ポリシーを「必須」にするか、サーバーで sluice setup を実行してください。',
  },
  EVENTS_ALL: {
    said: (told) => `設定セット ${told.text('set')} は、Sluice が読むすべてのイベントを発行しています。`,
  },
  EVENTS_LACKING: {
    said: (told) =>
      `設定セット ${told.text('set')} は一部のイベントを発行していません：${told.text('events')}。`,
    todo: () => 'SES コンソールでイベント送信先に追加するか、サーバーで sluice setup を実行してください。',
  },
  SET_PAUSED: {
    said: (told) => `設定セット ${told.text('set')} の送信が停止されています。`,
    todo: () =>
      '誰が停止したのかを確認し、送信を再開してください。バウンスが多い設定セットは SES が停止します。',
  },
};
