import { html } from './console/html.ts';
import type { Language } from './language.ts';
import type { SmallPage } from './small-page.ts';

export interface SignInState {
  readonly language: Language;
  /** Where it leads. */
  readonly next: string;
  /** False on a machine without a token: there one only says a name. */
  readonly asksToken: boolean;
  /** What the form must bring; empty where no session is there yet. */
  readonly csrf: string;
  readonly by: string;
  readonly trouble: 'token' | 'name' | 'often' | null;
}

export function signInPage(state: SignInState): SmallPage {
  const words = WORDS[state.language];
  const { trouble } = state;
  const token = html`
<div class="field">
<label for="token">${words.token}</label>
<input id="token" name="token" type="password" autocomplete="current-password" required>
<p class="note">${words.tokenNote}</p>
</div>`;
  return {
    language: state.language,
    title: words.title,
    body: html`${trouble && html`<p class="bad" role="alert">${words.troubles[trouble]}</p>`}
<form method="post" action="/sign-in">
<input type="hidden" name="next" value="${state.next}">
<input type="hidden" name="csrf" value="${state.csrf}">
<div class="field">
<label for="by">${words.name}</label>
<input id="by" name="by" autocomplete="username" maxlength="64" value="${state.by}" required autofocus>
<p class="note">${words.nameNote}</p>
</div>${state.asksToken && token}
<button>${words.button}</button>
</form>`,
  };
}

const WORDS = {
  en: {
    title: 'Sign in',
    name: 'Your name',
    nameNote: 'Kept with everything that you do here.',
    token: 'API token',
    tokenNote: 'The server has it as SLUICE_API_TOKEN.',
    button: 'Sign in',
    troubles: {
      token: 'This is not the API token.',
      name: 'Say who you are, in 64 characters or fewer.',
      often: 'Too many wrong tokens came from this address. Try again in a minute.',
    },
  },
  ja: {
    title: 'サインイン',
    name: 'お名前',
    nameNote: 'ここで行った操作とともに記録されます。',
    token: 'API トークン',
    tokenNote: 'サーバーの SLUICE_API_TOKEN と同じ値です。',
    button: 'サインイン',
    troubles: {
      token: 'API トークンが違います。',
      name: 'お名前を 64 文字以内で入力してください。',
      often: 'このアドレスから誤ったトークンが多数送信されました。1 分後にもう一度お試しください。',
    },
  },
} as const;
