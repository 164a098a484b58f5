import type { TestOutcome } from '../../../queue/test-outcome.ts';
import { inBoth } from './words.ts';

/** A mail that somebody has sent to themselves, to look at it. */
export const testSendWords = inBoth({
  en: {
    title: 'Send me a test',
    intro:
      'The mail goes out through SES, once to each address, with the data of a row of the list. It is a test: nobody of the list gets it, it counts in no figure of the campaign, and the log has it as a test. Its link to unsubscribe is that of the address it goes to: who follows it is unsubscribed. Who is suppressed gets no test either.',
    addresses: 'Your addresses',
    addressesHint: (most: string) => `Up to ${most}, with commas between.`,
    row: 'Row of the list, whose data is used',
    rowHint: 'Blank: the first that would get the mail.',
    button: 'Send the test',
    sending: 'The test is on its way to a worker. This takes some seconds, a minute at most.',
    failed:
      'No answer came, so nobody knows whether it was sent: look into the mailbox before you send it again.',
    result: 'Result of the test',
    ofRow: (row: string) => `With the data of row ${row}.`,
    address: 'Address',
    outcome: 'Outcome',
    detail: 'Detail',
    outcomes: {
      accepted: 'sent',
      skipped: 'not sent: suppressed',
      rejected: 'SES refused it',
      in_doubt: 'unknown: it may have the mail',
      not_sent: 'not sent',
    } satisfies Record<TestOutcome['kind'], string>,
    none: 'addresses: there is none',
    wrongRow: 'row: must be a whole number from 1 on',
    back: 'Back',
  },
  ja: {
    title: 'テスト送信',
    intro:
      'リストの1行のデータを使い、各アドレスに1通ずつ SES から実際に送信します。これはテストです。リストの宛先には届かず、キャンペーンの数値にも含まれません。ログにはテストとして記録されます。メール内の配信停止リンクは送信先アドレスのものなので、開いて手続きするとそのアドレスが配信停止になります。配信停止中のアドレスにはテストも届きません。',
    addresses: 'あなたのアドレス',
    addressesHint: (most: string) => `カンマ区切りで ${most}件まで。`,
    row: 'データに使うリストの行',
    rowHint: '空欄の場合は、メールが届く最初の行を使います。',
    button: 'テストを送信する',
    sending: 'テストをワーカーに渡しています。数秒、長くて1分かかります。',
    failed:
      '応答がなかったため、送信されたかどうかわかりません。再送する前にメールボックスを確認してください。',
    result: 'テストの結果',
    ofRow: (row: string) => `${row}行目のデータを使いました。`,
    address: 'アドレス',
    outcome: '結果',
    detail: '詳細',
    outcomes: {
      accepted: '送信済み',
      skipped: '未送信：配信停止中',
      rejected: 'SES が拒否しました',
      in_doubt: '不明：届いた可能性があります',
      not_sent: '未送信',
    },
    none: 'addresses：アドレスがありません',
    wrongRow: 'row：1以上の整数を入力してください',
    back: '戻る',
  },
});
