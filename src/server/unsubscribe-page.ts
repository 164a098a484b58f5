import { createHash } from 'node:crypto';
import type { Language } from './language.ts';

/** What the page shows. */
export type PageState = 'subscribed' | 'stopped' | 'resumed' | 'unsubscribed' | 'unknown' | 'unavailable';

export interface PageSubject {
  readonly sender: string;
  readonly address: string;
}

interface Words {
  readonly title: string;
  readonly text: string;
  /** What its one button does; null where there is none. */
  readonly button: { readonly action: 'stop' | 'resume'; readonly label: string } | null;
}

const STYLE = `
:root{color-scheme:light dark}
body{font:1rem/1.7 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:3rem 1.25rem}
h1{font-size:1.5rem;line-height:1.35}
p{overflow-wrap:anywhere}
button{font:inherit;padding:.75rem 1.5rem;min-height:3rem;border:2px solid currentcolor;border-radius:.4rem;background:transparent;color:inherit;cursor:pointer}
button:focus-visible{outline:3px solid Highlight;outline-offset:3px}
`;

/** Nothing but the page's own style, and forms to where it comes from: it needs no script and fetches nothing. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** A small page that works without script, by keyboard and by screen reader, in light and dark. */
export function unsubscribePage(language: Language, state: PageState, subject: PageSubject | null): string {
  const sender = escaped(subject?.sender ?? '');
  const address = escaped(masked(subject?.address ?? ''));
  const { title, text, button } = WORDS[language][state](sender, address);
  // Without an address to go to, the form goes to where the page comes from, whatever a proxy has put before it.
  const form =
    button === null
      ? ''
      : `\n<form method="post"><button name="action" value="${button.action}">${button.label}</button></form>`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p role="status">${text}</p>${form}
</main>
</body>
</html>
`;
}

type WordsOf = (sender: string, address: string) => Words;

const WORDS: Readonly<Record<Language, Readonly<Record<PageState, WordsOf>>>> = {
  en: {
    subscribed: (sender, address) => ({
      title: 'Unsubscribe',
      text: `Stop mail from <strong>${sender}</strong> to ${address}?`,
      button: { action: 'stop', label: 'Unsubscribe' },
    }),
    stopped: (sender, address) => ({
      title: 'You are unsubscribed',
      text: `<strong>${sender}</strong> sends no more newsletters to ${address}.`,
      button: { action: 'resume', label: 'Subscribe again' },
    }),
    unsubscribed: (sender, address) => ({
      title: 'You are unsubscribed',
      text: `<strong>${sender}</strong> sends no newsletters to ${address}. Would you like them again?`,
      button: { action: 'resume', label: 'Subscribe again' },
    }),
    resumed: (sender, address) => ({
      title: 'You are subscribed again',
      text: `${address} may get newsletters from <strong>${sender}</strong> again.`,
      button: { action: 'stop', label: 'Unsubscribe' },
    }),
    unknown: () => ({
      title: 'This link does not work',
      text: 'It may not be complete. Open the link in the mail again, or write to its sender.',
      button: null,
    }),
    unavailable: () => ({
      title: 'Please try again',
      text: 'This could not be done just now. Please try again in a few minutes.',
      button: null,
    }),
  },
  ja: {
    subscribed: (sender, address) => ({
      title: '配信停止',
      text: `<strong>${sender}</strong> から ${address} へのメールの配信を停止しますか？`,
      button: { action: 'stop', label: '配信を停止する' },
    }),
    stopped: (sender, address) => ({
      title: '配信を停止しました',
      text: `今後、<strong>${sender}</strong> から ${address} へのお知らせメールは届きません。`,
      button: { action: 'resume', label: '配信を再開する' },
    }),
    unsubscribed: (sender, address) => ({
      title: '配信は停止されています',
      text: `<strong>${sender}</strong> から ${address} へのお知らせメールは停止されています。配信を再開しますか？`,
      button: { action: 'resume', label: '配信を再開する' },
    }),
    resumed: (sender, address) => ({
      title: '配信を再開しました',
      text: `<strong>${sender}</strong> から ${address} へのお知らせメールの配信を再開しました。`,
      button: { action: 'stop', label: '配信を停止する' },
    }),
    unknown: () => ({
      title: 'このリンクは無効です',
      text: 'リンクが途中で切れている可能性があります。メールのリンクをもう一度開くか、送信者にお問い合わせください。',
      button: null,
    }),
    unavailable: () => ({
      title: 'もう一度お試しください',
      text: 'ただいま手続きを完了できませんでした。数分後にもう一度お試しください。',
      button: null,
    }),
  },
};

/** So much that readers know it for theirs, and whoever a mail was forwarded to learns little: `h•••@example.co.jp`. */
function masked(address: string): string {
  const at = address.lastIndexOf('@');
  const [first = ''] = address;
  return at < 0 ? '' : `${first}•••${address.slice(at)}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
