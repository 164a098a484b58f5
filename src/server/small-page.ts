import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { type Html, html, raw } from './console/html.ts';
import type { Language } from './language.ts';

/** In the colours of the console. */
const STYLE = `
:root{color-scheme:light dark;--line:#d3d9e0;--soft:#536070;--back:#f4f6f8;--card:#fff;--ink:#17202b;--accent:#0b5cad;--on:#fff;--bad:#b0231b}
@media (prefers-color-scheme:dark){:root{--line:#2d3742;--soft:#9dabba;--back:#11161c;--card:#192029;--ink:#e3e8ee;--accent:#82b9ff;--on:#0b1a2b;--bad:#ff958b}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--back);color:var(--ink);font:1rem/1.6 system-ui,sans-serif}
main{width:100%;max-width:26rem;padding:2rem;background:var(--card);border:1px solid var(--line);border-radius:6px}
h1{margin:0 0 1rem;font-size:1.375rem;line-height:1.3}
p{margin:0 0 1rem;overflow-wrap:anywhere}
.note{color:var(--soft);font-size:.875rem;margin:.25rem 0 0}
.bad{color:var(--bad);font-weight:600}
label{display:block;margin:0 0 .25rem;font-weight:600}
.field{margin:0 0 1.25rem}
input{width:100%;font:inherit;padding:.5rem .75rem;min-height:2.75rem;color:inherit;background:transparent;border:1px solid var(--soft);border-radius:.375rem}
button{width:100%;font:inherit;font-weight:600;padding:.5rem 1rem;min-height:2.75rem;color:var(--on);background:var(--accent);border:0;border-radius:.375rem;cursor:pointer}
a{color:var(--accent)}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
`;

/** Nothing but the page's own style, and forms to where it comes from. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** A page that needs nothing else from this server: it is for those who may not have anything else. */
export interface SmallPage {
  readonly language: Language;
  readonly title: string;
  readonly body: Html;
  /** Whether browsers ask for the address again at once. */
  readonly isAskedAgain?: boolean;
}

export function sendPage(reply: FastifyReply, status: number, page: SmallPage): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .headers({
      'content-language': page.language,
      'content-security-policy': POLICY,
      'referrer-policy': 'same-origin',
      vary: 'Accept-Language, Cookie',
    })
    .send(written(page));
}

function written({ language, title, body, isAskedAgain }: SmallPage): string {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${isAskedAgain && raw('<meta http-equiv="refresh" content="0">')}
<title>${title} · Sluice</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.text;
}

/** For somebody who is not let in and can't sign in. */
export function refusalPage(language: Language, detail: string): SmallPage {
  const sentence = `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
  return language === 'ja'
    ? {
        language,
        title: 'このマシンからのみ利用できます',
        body: html`<p>SLUICE_API_TOKEN が設定されていないため、コンソールと API はサーバーと同じマシンからのみ利用できます。サーバーに SLUICE_API_TOKEN を設定するか、ssh -L で接続してください。</p><p class="note" lang="en">${sentence}</p>`,
      }
    : { language, title: 'Only from this machine', body: html`<p>${sentence}</p>` };
}

/** For a form that was loaded before somebody signed in anew. */
export function stalePage(language: Language): SmallPage {
  return language === 'ja'
    ? {
        language,
        title: 'ページの有効期限が切れています',
        body: html`<p>このページを開いた後に、もう一度サインインしたか、サーバーが再起動されました。操作は行われていません。</p><p>前のページに戻って再読み込みし、もう一度操作してください。</p><p><a href="/">概要へ</a></p>`,
      }
    : {
        language,
        title: 'This page is out of date',
        body: html`<p>Since it was loaded, somebody has signed in anew in this browser, or the server has started again. Nothing was done.</p><p>Go back, load the page again, and then do it once more.</p><p><a href="/">To the overview</a></p>`,
      };
}

/** For somebody whose session can't be looked up, and who wants to change something. */
export function busyPage(language: Language): SmallPage {
  return language === 'ja'
    ? {
        language,
        title: 'Redis が応答していません',
        body: html`<p>操作は行われていません。数秒後に前のページに戻って、もう一度操作してください。</p>`,
      }
    : {
        language,
        title: 'Redis does not answer',
        body: html`<p>Nothing was done. Go back in a few seconds, and do it once more.</p>`,
      };
}

/** For a form that was sent to where nobody takes one. */
export function methodPage(language: Language): SmallPage {
  return language === 'ja'
    ? {
        language,
        title: 'この操作はできません',
        body: html`<p>このアドレスはその種類のリクエストを受け付けません。操作は行われていません。</p><p><a href="/">概要へ</a></p>`,
      }
    : {
        language,
        title: 'This can’t be done here',
        body: html`<p>This address does not take requests of that kind. Nothing was done.</p><p><a href="/">To the overview</a></p>`,
      };
}

/** Asks for the same address again, by a page of ours. */
export function bouncePage(): SmallPage {
  return { language: 'en', title: 'One moment', isAskedAgain: true, body: html`<p>…</p>` };
}
