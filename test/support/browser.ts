import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { findChromium } from '../../scripts/chromium.mjs';

/** What a reader has before them. */
export interface Looks {
  readonly language?: 'en' | 'ja';
  readonly scheme?: 'light' | 'dark';
  readonly device?: 'desktop' | 'phone';
  readonly hasScript?: boolean;
  /** What the browser may complain of in this window, such as an answer that the test asks for. */
  readonly expected?: readonly RegExp[];
}

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const;
const ZONES = { en: 'UTC', ja: 'Asia/Tokyo' } as const;
/** Many times what an answer takes on a busy machine. */
const WAIT_MS_MAX = 60_000;

const ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A window is a process where they are not shared.
  '--renderer-process-limit=1',
];

/**
 * A Chromium for one test file. Whatever it complains of fails the test: errors in the console (violations of the content security policy
 * are among them), errors of scripts, and requests that leave the machine.
 *
 * Without a Chromium the file's tests are passed over, but not in CI.
 */
export function useBrowser(): { readonly isThere: boolean; window(looks?: Looks): Promise<Page> } {
  const executablePath = findChromium();
  let browser: Browser | undefined;
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];
  beforeAll(async () => {
    if (executablePath === null) {
      if (process.env['CI']) throw new Error('no Chromium: node scripts/setup-chromium.mjs says what to do');
      return;
    }
    const args = [...ARGUMENTS, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
    browser = await chromium.launch({ executablePath, args });
  });
  beforeEach((context) => {
    if (executablePath === null) context.skip('there is no Chromium');
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });
  return {
    isThere: executablePath !== null,
    window: async (looks = {}) => {
      if (!browser) throw new Error('the browser of this file has not started yet');
      const context = await browser.newContext(contextOptions(looks));
      context.setDefaultTimeout(WAIT_MS_MAX);
      contexts.push(context);
      const complain = (text: string) => {
        if (!looks.expected?.some((expected) => expected.test(text))) complaints.push(text);
      };
      context.on('console', (message) => {
        if (message.type() === 'error') complain(`console: ${message.text()}`);
      });
      context.on('weberror', (error) => complain(`script: ${error.error().message}`));
      context.on('request', (request) => {
        if (!isOfThisMachine(request.url())) complain(`left the machine: ${request.url()}`);
      });
      return context.newPage();
    },
  };
}

function contextOptions({
  language = 'en',
  scheme = 'light',
  device = 'desktop',
  hasScript = true,
}: Looks): BrowserContextOptions {
  return {
    locale: language,
    timezoneId: ZONES[language],
    colorScheme: scheme,
    viewport: SIZES[device],
    isMobile: device === 'phone',
    hasTouch: device === 'phone',
    javaScriptEnabled: hasScript,
    reducedMotion: 'reduce',
  };
}

function isOfThisMachine(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return (
    ['data:', 'blob:', 'about:'].includes(protocol) || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
  );
}

/** Whether this run makes the pictures of the documentation; a usual run changes no file. */
export const MAKES_PICTURES: boolean = process.env['SLUICE_PICTURES'] === '1';

interface PictureOptions {
  /** So long there is more to come, such as the lines of a chart. */
  readonly afterMs?: number;
  /** Of the window, where the usual one does not show what matters. */
  readonly height?: number;
}

/** Of what the window shows, for the documentation. */
export async function picture(page: Page, name: string, options: PictureOptions = {}): Promise<void> {
  if (!MAKES_PICTURES) return;
  const { afterMs = 0, height } = options;
  await page.waitForTimeout(afterMs);
  if (height !== undefined) await page.setViewportSize({ width: SIZES.desktop.width, height });
  const path = fileURLToPath(new URL(`../../docs/pictures/${name}.png`, import.meta.url));
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
}
