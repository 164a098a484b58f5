import type { Language } from '../language.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { frameWords } from './words/frame.ts';

/** Figures and times as the reader writes them. All of them are text, but `time`, which a machine can read as well. */

export function figure({ language }: Pick<PageContext, 'language'>, count: number, decimals = 0): string {
  return count.toLocaleString(LOCALES[language], { maximumFractionDigits: decimals });
}

/** A share (0 to 1) with three figures that say something: `5 %`, `0.0213 %`; a dash where it is not known. */
export function percent({ language }: Pick<PageContext, 'language'>, share: number | null): string {
  if (share === null) return '–';
  const text = (share * 100).toLocaleString(LOCALES[language], { maximumSignificantDigits: 3 });
  return language === 'ja' ? `${text}%` : `${text} %`;
}

/** A share of a whole; a dash where there is no whole. */
export function shareOf(context: Pick<PageContext, 'language'>, part: number, whole: number): string {
  return percent(context, whole === 0 ? null : part / whole);
}

/** In the two units that matter: `45 s`, `12 min 30 s`, `3 h 5 min`, `2 d 4 h`. */
export function duration({ language }: Pick<PageContext, 'language'>, ms: number): string {
  const { units } = frameWords[language];
  const seconds = Math.max(Math.round(ms / 1000), 0);
  const [minutes, hours, days] = [60, 3600, 86_400].map((size) => Math.floor(seconds / size));
  const pair = (big: string, small: string, rest: number) =>
    rest === 0 ? big : `${big}${language === 'ja' ? '' : ' '}${small}`;
  if (seconds < 60)
    return ms > 0 && ms < 1000 ? units.ms(String(Math.round(ms))) : units.seconds(String(seconds));
  if (seconds < 3600)
    return pair(units.minutes(String(minutes)), units.seconds(String(seconds % 60)), seconds % 60);
  if (seconds < 86_400) {
    const rest = (minutes ?? 0) % 60;
    return pair(units.hours(String(hours)), units.minutes(String(rest)), rest);
  }
  const rest = (hours ?? 0) % 24;
  return pair(units.days(figure({ language }, days ?? 0)), units.hours(String(rest)), rest);
}

export function bytes({ language }: Pick<PageContext, 'language'>, count: number): string {
  const steps = ['B', 'kB', 'MB', 'GB'];
  const step = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), steps.length - 1);
  return `${figure({ language }, count / 1000 ** step, step === 0 ? 0 : 1)} ${steps[step]}`;
}

export function perSecond({ language }: Pick<PageContext, 'language'>, rate: number): string {
  return frameWords[language].units.perSecond(figure({ language }, rate, rate < 10 ? 1 : 0));
}

/**
 * A moment in the reader's zone, which is named: `2026-11-29 13:10:05 UTC`.
 * @param at ISO 8601, or milliseconds since 1970
 */
export function time(context: Pick<PageContext, 'language' | 'zone'>, at: string | number | null): Html {
  const moment = new Date(at ?? Number.NaN);
  if (Number.isNaN(moment.getTime())) return html`<span class="muted">–</span>`;
  return html`<time datetime="${moment.toISOString()}">${timeText(context, moment)}</time>`;
}

function timeText({ language, zone }: Pick<PageContext, 'language' | 'zone'>, moment: Date): string {
  const parts = new Map(
    timeFormat(language, zone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`;
}

/** Whether a time can be written in it. */
export function isZone(zone: string): boolean {
  try {
    return timeFormat('en', zone) !== null;
  } catch {
    return false;
  }
}

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', ja: 'ja-JP' };

/** To make one takes longer than to write a page with it. */
const formats = new Map<string, Intl.DateTimeFormat>();
/** There are some 600 names of zones. */
const FORMATS_MAX = 2_000;

function timeFormat(language: Language, zone: string): Intl.DateTimeFormat {
  const known = formats.get(`${language} ${zone}`);
  if (known) return known;
  const made = new Intl.DateTimeFormat(LOCALES[language], {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  if (formats.size < FORMATS_MAX) formats.set(`${language} ${zone}`, made);
  return made;
}
