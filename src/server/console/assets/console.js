// @ts-check
// The console works without this. With it, questions come as dialogs, figures stay fresh, and times are in the reader's zone.

rememberZone();
showCopyButtons(document);
document.addEventListener('submit', askInDialog);
document.addEventListener('click', copyText);
document.addEventListener('click', dismissDialog);
const main = document.querySelector('main[data-live-from]');
if (main instanceof HTMLElement) followLive(main);
document.addEventListener('submit', (event) => void loadHere(event));
// A page that the browser kept as it was left has buttons that were pressed, and figures of then.
window.addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});

/** The server writes times in the zone that this names. The first page that somebody looks at is asked for once more, so that it does as well. */
function rememberZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || zone === document.documentElement.dataset.zone) return;
  const field = document.getElementById('zone');
  if (field instanceof HTMLInputElement && location.pathname === '/new-campaign') field.value = zone;
  const isFirst = !document.cookie.includes('sluice_zone=');
  document.cookie = `sluice_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
  if (isFirst && document.cookie.includes('sluice_zone=') && document.querySelector('[data-live-from]'))
    location.reload();
}

/** @param {SubmitEvent} event A form that leads to a question: it is asked here instead. */
function askInDialog(event) {
  const form = event.target;
  const dialog = document.getElementById('dialog');
  if (!(form instanceof HTMLFormElement) || !(dialog instanceof HTMLDialogElement)) return;
  if (form.dataset.confirm === undefined) {
    // Twice is once.
    if (form.method === 'post' && form.target === '')
      requestAnimationFrame(() =>
        form.querySelectorAll('button').forEach((button) => {
          button.disabled = true;
        }),
      );
    return;
  }
  event.preventDefault();
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') query.set(name, value);
  const url = `${form.action.split('?')[0]}?${query}`;
  void ask(url, dialog);
}

/**
 * @param {string} url
 * @param {HTMLDialogElement} dialog
 */
async function ask(url, dialog) {
  try {
    const answer = await fetch(url, { headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const question = page.querySelector('[data-question]');
    if (!question) throw new Error('no question');
    dialog.replaceChildren(document.adoptNode(question));
    dialog.showModal();
    // The button that was pressed may have been replaced meanwhile, and focus would be nowhere.
    dialog.addEventListener('close', () => refocus(url), { once: true });
  } catch {
    location.href = url;
  }
}

/** @param {string} url Of the question that was asked. */
function refocus(url) {
  if (document.activeElement !== document.body && document.activeElement !== null) return;
  const forms = [...document.querySelectorAll('form[data-confirm]')];
  const form = forms.find((each) => each instanceof HTMLFormElement && url.startsWith(`${each.action}?`));
  const target = form?.querySelector('button') ?? document.getElementById('content');
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/** @param {MouseEvent} event */
function dismissDialog(event) {
  const dialog = document.getElementById('dialog');
  if (!(event.target instanceof Element) || !(dialog instanceof HTMLDialogElement) || !dialog.open) return;
  if (!event.target.closest('[data-dismiss]')) return;
  event.preventDefault();
  dialog.close();
}

/** @param {ParentNode} root */
function showCopyButtons(root) {
  if (!navigator.clipboard) return;
  root.querySelectorAll('button[data-copy]').forEach((button) => button.removeAttribute('hidden'));
}

/** @param {MouseEvent} event */
function copyText(event) {
  const button = event.target instanceof Element ? event.target.closest('button[data-copy]') : null;
  if (!(button instanceof HTMLButtonElement)) return;
  const { copy = '', copied = '' } = button.dataset;
  const label = button.textContent;
  void navigator.clipboard.writeText(copy).then(
    () => {
      button.textContent = copied;
      return setTimeout(() => {
        button.textContent = label;
      }, 2000);
    },
    () => {},
  );
}

/** @param {HTMLElement} page Its fragments are replaced when they change, until it is closed. */
function followLive(page) {
  const lost = document.getElementById('live-lost');
  /** @type {Map<string, string>} */
  const shown = new Map();
  const source = new EventSource(page.dataset.liveFrom ?? '');
  source.addEventListener('open', () => say(false));
  source.addEventListener(
    'error',
    () => {
      say(true);
      // A browser gives up where it was answered with an error, such as after a sign-out or while the server starts.
      if (source.readyState !== EventSource.CLOSED) return;
      void sayIfSignedOut();
      setTimeout(() => {
        source.close();
        followLive(page);
      }, 5000);
    },
    { once: false },
  );
  source.addEventListener('trouble', () => say(true));
  source.addEventListener('fragments', (event) => {
    say(false);
    /** @type {{ fragments: Record<string, string> }} */
    const { fragments } = JSON.parse(event.data);
    for (const [name, text] of Object.entries(fragments)) {
      if (shown.get(name) === text) continue;
      const place = page.querySelector(`[data-live="${CSS.escape(name)}"]`);
      if (place instanceof HTMLElement && mayReplace(place)) {
        replace(place, text);
        shown.set(name, text);
      }
    }
    document.dispatchEvent(new CustomEvent('sluice:live'));
  });

  /** Whoever is signed out is led to the sign-in by this page itself, and comes back to it. */
  async function sayIfSignedOut() {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' }, redirect: 'manual' }).catch(
      () => null,
    );
    if (!lost || answer?.type !== 'opaqueredirect') return;
    const link = document.createElement('a');
    link.href = location.href;
    link.textContent = page.dataset.signIn ?? '';
    lost.replaceChildren(`${page.dataset.signedOut} `, link);
  }

  /** @param {boolean} isLost */
  function say(isLost) {
    if (!lost || lost.hidden === !isLost) return;
    lost.hidden = !isLost;
    lost.textContent = isLost ? (page.dataset.liveLost ?? '') : '';
  }
}

/** @param {HTMLElement} place Not while somebody selects text in it or writes in it: the next turn comes in a second. */
function mayReplace(place) {
  const selection = getSelection();
  if (selection && !selection.isCollapsed && selection.anchorNode && place.contains(selection.anchorNode))
    return false;
  const active = document.activeElement;
  return !(active && place.contains(active) && active.matches('input:not([type=hidden]), textarea, select'));
}

/**
 * Focus, scroll and open details stay as they are.
 * @param {HTMLElement} place
 * @param {string} text
 */
function replace(place, text) {
  const template = document.createElement('template');
  template.innerHTML = text;
  const fresh = template.content.firstElementChild;
  if (!(fresh instanceof HTMLElement)) return;
  if (fresh.outerHTML === place.outerHTML) return;
  const reachable = 'a[href], button, summary, [tabindex]';
  const ways = [...place.querySelectorAll(reachable)];
  const focused = ways.indexOf(document.activeElement ?? document.body);
  const details = [...place.querySelectorAll('details')];
  const scrolled = [...place.querySelectorAll('.scroll')].map((each) => each.scrollLeft);
  const said = place.dataset.announce;
  place.replaceWith(fresh);
  [...fresh.querySelectorAll('details')].forEach((each, index, all) => {
    each.open = counterpart(index, all, details)?.open ?? each.open;
  });
  [...fresh.querySelectorAll('.scroll')].forEach((each, index) => {
    each.scrollLeft = scrolled[index] ?? 0;
  });
  if (focused >= 0) keepFocus(counterpart(focused, ways, [...fresh.querySelectorAll(reachable)]), fresh);
  showCopyButtons(fresh);
  const announcer = document.getElementById('announcer');
  if (announcer && fresh.dataset.announce !== undefined && fresh.dataset.announce !== said)
    announcer.textContent = fresh.dataset.announce;
}

/**
 * The one that stands for another: what says the same and leads to the same place, since others may have come before it. Where nothing does, it is
 * what stands there, as long as there are as many.
 * @template {Element} T
 * @param {number} index
 * @param {readonly T[]} ones
 * @param {readonly T[]} others
 * @returns {T | undefined}
 */
function counterpart(index, ones, others) {
  const said = (/** @type {T | undefined} */ each) =>
    each && `${each.getAttribute('href')} ${each.innerHTML}`;
  const isSame = (/** @type {T | undefined} */ each) => said(each) === said(ones[index]);
  const there = others[index];
  if (isSame(there)) return there;
  return others.find(isSame) ?? (ones.length === others.length ? there : undefined);
}

/**
 * Whoever works by keyboard goes on where they were, and not at the top of the page.
 * @param {Element | null | undefined} target
 * @param {HTMLElement} place Where the target is gone.
 */
function keepFocus(target, place) {
  if (!(target instanceof HTMLElement)) place.tabIndex = -1;
  (target instanceof HTMLElement ? target : place).focus({ preventScroll: true });
}

/** Whether what had it was taken away or switched off. */
function isFocusLost() {
  const { activeElement } = document;
  return (
    activeElement === null ||
    activeElement === document.body ||
    (activeElement instanceof HTMLButtonElement && activeElement.disabled)
  );
}

/**
 * What takes long is asked for when somebody wants it, and put where its button is.
 * @param {SubmitEvent} event
 */
async function loadHere(event) {
  const place = event.target instanceof HTMLFormElement ? event.target.closest('[data-load]') : null;
  if (!(place instanceof HTMLElement)) return;
  event.preventDefault();
  await load(place, true);
}

/**
 * @param {HTMLElement} place
 * @param {boolean} isAsked Whether somebody waits for it: then its own page says what is wrong.
 */
async function load(place, isAsked) {
  place.setAttribute('aria-busy', 'true');
  place.querySelectorAll('button').forEach((button) => {
    button.disabled = true;
  });
  const note = document.createElement('p');
  note.textContent = place.dataset.loading ?? '';
  place.append(note);
  try {
    const answer = await fetch(place.dataset.load ?? '', { headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const found = page.querySelector('[data-loaded]');
    if (!found) throw new Error('nothing was loaded');
    const hadFocus = isAsked && isFocusLost();
    place.replaceChildren(document.adoptNode(found));
    showCopyButtons(place);
    if (hadFocus) keepFocus(null, place);
  } catch {
    if (isAsked) location.href = place.dataset.load ?? '';
  }
  place.removeAttribute('aria-busy');
}

// Where there is no button it is asked for at once; without script there is a link.
document.querySelectorAll('[data-load]').forEach((place) => {
  if (place instanceof HTMLElement && !place.querySelector('form')) void load(place, false);
});

document.querySelectorAll('form[data-upload]').forEach((form) => {
  if (form instanceof HTMLFormElement) form.addEventListener('submit', (event) => uploadHere(event, form));
});

/**
 * Sends the file as it is, so that the page and what was written on it stay.
 * @param {SubmitEvent} event
 * @param {HTMLFormElement} form
 */
function uploadHere(event, form) {
  const file = form.querySelector('input[type=file]');
  const said = form.parentElement?.querySelector('[data-upload-said]');
  const bar = form.parentElement?.querySelector('progress');
  const list = document.getElementById('list');
  if (!(file instanceof HTMLInputElement) || !said || !bar || !(list instanceof HTMLSelectElement)) return;
  const [chosen] = file.files ?? [];
  if (!chosen) return;
  event.preventDefault();
  // Of `fetch` nobody hears how far an upload is.
  const request = new XMLHttpRequest();
  request.open('PUT', `${form.dataset.upload}${encodeURIComponent(chosen.name)}`);
  request.setRequestHeader('content-type', 'application/octet-stream');
  request.setRequestHeader('x-csrf-token', form.dataset.csrf ?? '');
  request.responseType = 'json';
  bar.hidden = false;
  said.textContent = form.dataset.uploading ?? '';
  request.upload.addEventListener('progress', ({ loaded, total }) => {
    bar.value = (100 * loaded) / Math.max(total, 1);
  });
  request.addEventListener('loadend', () => {
    bar.hidden = true;
    form.querySelectorAll('button').forEach((button) => {
      button.disabled = false;
    });
    const isDone = request.status === 200 || request.status === 201;
    if (isDone) choose(list, String(request.response?.name ?? chosen.name));
    said.textContent = isDone
      ? `✓ ${request.response?.name ?? chosen.name}`
      : `✕ ${form.dataset.failed}: ${problemIn(request.response) || request.status || ''}`;
  });
  request.send(chosen);
}

/** @param {unknown} problem @returns {string} */
function problemIn(problem) {
  if (typeof problem !== 'object' || problem === null) return '';
  const errors = 'errors' in problem && Array.isArray(problem.errors) ? problem.errors : [];
  const lines = errors.map((each) => [each?.path, each?.detail].filter(Boolean).join(': '));
  return lines.length > 0 ? lines.join('; ') : 'detail' in problem ? String(problem.detail) : '';
}

/** @param {HTMLSelectElement} list @param {string} name */
function choose(list, name) {
  if (![...list.options].some(({ value }) => value === name)) list.add(new Option(name, name));
  list.value = name;
}

document.querySelectorAll('form[data-answers]').forEach((form) => {
  if (form instanceof HTMLFormElement)
    form.addEventListener('submit', (event) => void answerHere(event, form));
});

/**
 * Sends the form, and puts what its page says below it.
 * @param {SubmitEvent} event
 * @param {HTMLFormElement} form
 */
async function answerHere(event, form) {
  const place = form.parentElement?.querySelector('[data-answer]');
  if (!place) return;
  event.preventDefault();
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') fields.append(name, value);
  place.textContent = form.dataset.sending ?? '';
  place.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      body: fields,
      headers: { accept: 'text/html' },
    });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const found = page.querySelector('[data-answered]') ?? page.querySelector('main') ?? page.body;
    place.replaceChildren(...document.adoptNode(found).childNodes);
  } catch {
    place.textContent = form.dataset.failed ?? '';
  }
  place.removeAttribute('aria-busy');
  const hadFocus = isFocusLost();
  form.querySelectorAll('button').forEach((button) => {
    button.disabled = false;
  });
  if (hadFocus) form.querySelector('button')?.focus({ preventScroll: true });
}
