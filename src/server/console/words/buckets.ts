import { inBoth } from './words.ts';

type Bucket = readonly [label: string, meaning: string];

const bucket = (label: string, meaning: string): Bucket => [label, meaning];

/** Every count of a receipt: what it is called, and what it means, in a sentence. */
export const bucketWords = inBoth({
  en: {
    read: bucket('Rows read', 'Rows of the audience that were read so far.'),
    duplicate: bucket('Duplicates', 'Rows whose address an earlier row has: each person gets one mail.'),
    invalid: bucket('Invalid addresses', 'Rows that have no address that mail can go to.'),
    planned: bucket(
      'Planned',
      'People who are to get the mail: rows read without duplicates and invalid addresses.',
    ),
    unsubscribed: bucket(
      'Skipped: unsubscribed',
      'They unsubscribed from this sender, so they were left out.',
    ),
    bounced: bucket('Skipped: bounced', 'Mail to them bounced for good before, so they were left out.'),
    complained: bucket('Skipped: complained', 'They called mail spam before, so they were left out.'),
    blocked: bucket('Skipped: blocked', 'An operator blocked them, so they were left out.'),
    accepted: bucket('Accepted by SES', 'SES took the mail and delivers it.'),
    delivered: bucket('Delivered', 'The receiving server took the mail.'),
    bouncedHard: bucket('Bounced for good', 'There is no such mailbox; the address gets no more mail.'),
    bouncedSoft: bucket('Bounced for now', 'The mailbox was full, or the server away; SES gave up.'),
    mailComplained: bucket('Complained', 'They called this mail spam; the address gets no more mail.'),
    opened: bucket('Opened', 'The mail’s image was loaded, by the reader or by their mail program.'),
    clicked: bucket('Clicked', 'A link was followed, by the reader or by a scanner.'),
    mailUnsubscribed: bucket('Unsubscribed', 'They unsubscribed by this mail.'),
    rejected: bucket('Rejected', 'SES refused the mail for good; the errors below say why.'),
    cancelled: bucket(
      'Cancelled',
      'They were planned, and the campaign ended before their turn: no mail went out.',
    ),
    dropped: bucket(
      'Dropped',
      'They were in doubt, and it was decided not to send again: they may have the mail.',
    ),
    inDoubt: bucket(
      'In doubt',
      'A call to SES got no answer: they may have the mail, so nothing is sent again on suspicion.',
    ),
    pending: bucket('Pending', 'They are planned, and their turn has not come.'),
    resent: bucket(
      'Sent again',
      'They were in doubt and put back, since SES does not have the mail; counted elsewhere as well.',
    ),
  },
  ja: {
    read: bucket('読み込んだ行', 'これまでに読み込んだ宛先リストの行数です。'),
    duplicate: bucket('重複', '前の行と同じアドレスの行です。一人に届くメールは一通だけです。'),
    invalid: bucket('無効なアドレス', 'メールを送れるアドレスがない行です。'),
    planned: bucket('配信予定', '重複と無効なアドレスを除いた、メールを受け取る予定の人数です。'),
    unsubscribed: bucket('除外：配信停止', 'この送信者の配信を停止しているため、除外しました。'),
    bounced: bucket('除外：バウンス', '以前のメールがハードバウンスになったため、除外しました。'),
    complained: bucket('除外：苦情', '以前に迷惑メールとして報告されたため、除外しました。'),
    blocked: bucket('除外：ブロック', '運用担当者がブロックしたため、除外しました。'),
    accepted: bucket('SES 受付済み', 'SES がメールを受け付け、配信します。'),
    delivered: bucket('配達済み', '受信側のサーバーがメールを受け取りました。'),
    bouncedHard: bucket('ハードバウンス', 'メールボックスが存在しません。このアドレスには今後送信しません。'),
    bouncedSoft: bucket(
      'ソフトバウンス',
      'メールボックスの容量超過やサーバーの停止により、SES が配達を断念しました。',
    ),
    mailComplained: bucket(
      '苦情',
      'このメールが迷惑メールとして報告されました。このアドレスには今後送信しません。',
    ),
    opened: bucket('開封', 'メール内の画像が、読者またはメールソフトによって読み込まれました。'),
    clicked: bucket('クリック', 'リンクが、読者またはスキャナーによって開かれました。'),
    mailUnsubscribed: bucket('配信停止', 'このメールから配信を停止しました。'),
    rejected: bucket('拒否', 'SES がメールを拒否しました。理由は下のエラーにあります。'),
    cancelled: bucket('中止', '順番が来る前にキャンペーンが終了し、送信されませんでした。'),
    dropped: bucket(
      '再送なし',
      '結果が不明のまま、再送しないと決定しました。メールが届いている可能性があります。',
    ),
    inDoubt: bucket(
      '結果不明',
      'SES から応答がありませんでした。届いている可能性があるため、推測で再送はしません。',
    ),
    pending: bucket('送信待ち', '配信予定で、まだ順番が来ていません。'),
    resent: bucket(
      '再送',
      '結果不明のうち、SES が受け付けていないため送信待ちに戻した人数です（他の項目にも含まれます）。',
    ),
  },
});
