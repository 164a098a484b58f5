import { createHash } from 'node:crypto';
import type { Language } from '../../language.ts';
import { type Html, html, raw } from '../html.ts';
import { BOARD_CONFIG } from './board.ts';

/** Bull Board has the way back in a menu only. */
const STYLE = `.to-console{position:fixed;right:1rem;bottom:1rem;z-index:99;padding:.5rem .9rem;border-radius:6px;background:#0b5cad;color:#fff;font:600 15px/1.3 system-ui,sans-serif;text-decoration:none}.to-console:focus-visible{outline:3px solid #82b9ff;outline-offset:2px}`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/**
 * Styles, scripts and pictures come from this server alone, and so do all answers. The first hash is of the one style that Bull Board writes into
 * its page, which hides the scroll bars of its tabs; what it styles by script needs none.
 */
export const BOARD_POLICY = `default-src 'none'; script-src 'self'; style-src 'self' 'sha256-r2N1TB/gHbBtBZFKg7ejmq1acVSREzucTAEw6ga4hoU=' 'sha256-${STYLE_HASH}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'self'; frame-ancestors 'none'`;

/** What the page that Bull Board ships loads, as it names it: `static/js/main.4c9f061c66.js`. */
export interface BoardAssets {
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

/** Reads it out of its index.ejs, which also fetches fonts from elsewhere and has styles of its own: those are left there. */
export function boardAssets(template: string): BoardAssets {
  const named = (pattern: RegExp) => [...template.matchAll(pattern)].map(([, path = '']) => path);
  return {
    scripts: named(/<script[^>]*\ssrc="(static\/[\w./-]+\.js)"/g),
    styles: named(/<link[^>]*\shref="(static\/[\w./-]+\.css)"/g),
  };
}

/** The page of the board. @param base where it stands, such as `/queues/` */
export function boardPage({ scripts, styles }: BoardAssets, language: Language, base: string): Html {
  const back = new URL('..', `http://host${base}`).pathname;
  const config = {
    ...BOARD_CONFIG,
    locale: { lng: LOCALES[language] },
    miscLinks: [{ text: TO_CONSOLE[language], url: back }],
  };
  return html`${raw('<!doctype html>')}
<html lang="${language}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<base href="${base}">
<title>${TITLES[language]}</title>
<link rel="icon" type="image/svg+xml" id="fav-logo" href="static/images/logo.svg">
${styles.map((href) => html`<link rel="stylesheet" href="${href}">`)}
<style>${raw(STYLE)}</style>
</head>
<body class="preload">
<a class="to-console" href="${back}"><span aria-hidden="true">←</span> ${TO_CONSOLE[language]}</a>
<script id="__UI_CONFIG__" type="application/json">${raw(inScript(config))}</script>
<div id="root"></div>
<noscript><p>${NEEDS_SCRIPT[language]}</p></noscript>
${scripts.map((src) => html`<script defer src="${src}"></script>`)}
</body>
</html>
`;
}

/** JSON that ends no element. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
}

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-US', ja: 'ja-JP' };
const TITLES: Readonly<Record<Language, string>> = { en: 'Queues – Sluice', ja: 'キュー – Sluice' };
const TO_CONSOLE: Readonly<Record<Language, string>> = { en: 'Sluice console', ja: 'Sluice コンソール' };
const NEEDS_SCRIPT: Readonly<Record<Language, string>> = {
  en: 'The board of the queues needs JavaScript.',
  ja: 'キューの画面には JavaScript が必要です。',
};
