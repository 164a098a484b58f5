import { LANGUAGES, type Language } from '../language.ts';
import { assetUrl } from './assets.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { csrfField } from './parts.ts';
import { frameWords } from './words/frame.ts';

export type Section = keyof (typeof frameWords)['en']['sections'];

export interface PageParts {
  /** Of the document and its first heading. */
  readonly title: string;
  /** Null where it belongs to none, such as a page that is not there. */
  readonly section: Section | null;
  readonly body: Html;
  /** Beside the heading: what can be done here. */
  readonly actions?: Html | undefined;
  /** Path of the page's event stream, whose fragments replace the elements with `data-live` of the same name. */
  readonly live?: string | undefined;
  /** The chart library, for a page that draws. */
  readonly charts?: boolean | undefined;
}

const SECTIONS: Readonly<Record<Section, string>> = {
  overview: '/',
  campaigns: '/campaigns',
  suppression: '/suppression',
  senders: '/senders',
  domains: '/domains',
  dmarc: '/dmarc',
  queues: '/queues',
};

/** A whole page: the frame, and the body that is given. */
export function page(context: PageContext, parts: PageParts): string {
  const words = frameWords[context.language];
  return html`<!doctype html>
<html lang="${context.language}" data-zone="${context.zone}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${parts.title} · Sluice</title>
<link rel="icon" href="${assetUrl('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assetUrl('console.css')}">
${parts.charts === true && html`<link rel="stylesheet" href="${assetUrl('uPlot.min.css')}">`}
<script type="module" src="${assetUrl('console.js')}"></script>
${parts.charts === true && html`<script defer src="${assetUrl('uPlot.iife.min.js')}"></script><script type="module" src="${assetUrl('charts.js')}"></script>`}
</head>
<body>
<a class="skip" href="#content">${words.skip}</a>
${header(context, parts.section)}
<main id="content" tabindex="-1"${parts.live !== undefined && html` data-live-from="${parts.live}" data-live-lost="${words.live.off}" data-signed-out="${words.live.signedOut}" data-sign-in="${words.live.signIn}"`}>
<div class="heading"><h1>${parts.title}</h1>${parts.actions}</div>
${parts.live !== undefined && html`<p class="notice bad" id="live-lost" role="alert" hidden></p>`}
${parts.body}
</main>
<p class="hidden" id="announcer" role="status"></p>
<dialog id="dialog" aria-labelledby="dialog-title"></dialog>
</body>
</html>
`.text;
}

function header(context: PageContext, section: Section | null): Html {
  const words = frameWords[context.language];
  const links = Object.entries(SECTIONS).map(
    ([name, path]) =>
      html`<li><a href="${path}"${name === section && html` aria-current="page"`}>${sectionName(context.language, name)}</a></li>`,
  );
  return html`<header class="top">
<a class="brand" href="/">Sluice</a>
<nav aria-label="${words.navigation}"><ul>${links}</ul></nav>
<div class="who">${languageSwitch(context)}
<span class="by" title="${words.signedInAs(context.session.by)}"><span class="hidden">${words.signedInAs(context.session.by)}</span><span aria-hidden="true">${context.session.by}</span></span>
${
  context.session.isConsole &&
  html`<form method="post" action="/sign-out">${csrfField(context)}<button class="quiet">${words.signOut}</button></form>`
}
</div>
</header>`;
}

function sectionName(language: Language, name: string): string {
  const { sections } = frameWords[language];
  return Object.entries(sections).find(([known]) => known === name)?.[1] ?? name;
}

/** Each in its own language, so that who can't read the page finds it. */
const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', ja: '日本語' };

function languageSwitch({ language, path }: PageContext): Html {
  return html`<span class="languages" role="group" aria-label="${frameWords[language].language}">${LANGUAGES.map(
    (each) =>
      html`<a href="${path}?lang=${each}" lang="${each}" hreflang="${each}"${each === language && html` aria-current="true"`}>${LANGUAGE_NAMES[each]}</a> `,
  )}</span>`;
}
