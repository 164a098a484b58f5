/*
 * SES's inline templates do simple substitution: `{{name}}` becomes the value, as it is. Every other tag
 * (`{{#if}}`, a comment, a lone `{{`) makes the mail fail to render, which SES reports later, as an event.
 */

const TAG = /\{\{\{\s*([A-Za-z0-9_$@.-]+)\s*\}\}\}|\{\{\s*([A-Za-z0-9_$@.-]+)\s*\}\}/g;

/** Enough for the campaigns that run at one time; a template that fell out is parsed again. */
const CACHE_MAX = 8;

export interface TemplateSource {
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
}

export interface Template {
  readonly source: TemplateSource;
  readonly subject: Part;
  readonly html: Part | null;
  readonly text: Part | null;
  /** Every variable that occurs, once. */
  readonly names: readonly string[];
  /** Why no mail can be made of it; null where it can. */
  readonly broken: string | null;
}

/** Literal text and variables in turn: the text after the last variable is the last literal. */
interface Part {
  readonly literals: readonly string[];
  readonly names: readonly string[];
}

export type TemplateData = Readonly<Record<string, unknown>>;

export interface RenderedMail {
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
}

/** Parses templates and keeps the last few, so that the mails of one campaign share one. */
export class TemplateCache {
  readonly #recent: Template[] = [];

  get(source: TemplateSource): Template {
    const found = this.#recent.find(({ source: known }) => sameSource(known, source));
    if (found) return found;
    const template = parseTemplate(source);
    this.#recent.unshift(template);
    this.#recent.length = Math.min(this.#recent.length, CACHE_MAX);
    return template;
  }
}

function sameSource(a: TemplateSource, b: TemplateSource): boolean {
  return a.html === b.html && a.text === b.text && a.subject === b.subject;
}

function parseTemplate(source: TemplateSource): Template {
  const subject = parsePart(source.subject);
  const html = source.html === null ? null : parsePart(source.html);
  const text = source.text === null ? null : parsePart(source.text);
  const parts = [subject, html, text].filter((part) => part !== null);
  return {
    source,
    subject,
    html,
    text,
    names: [...new Set(parts.flatMap((part) => part.names))],
    broken: parts.map(partProblem).find((problem) => problem !== null) ?? null,
  };
}

/** Text that is nobody's template (SendEmail with simple content): what looks like a tag stays as it is. */
export function literalTemplate(source: TemplateSource): Template {
  const part = (text: string | null): Part | null => (text === null ? null : { literals: [text], names: [] });
  return {
    source,
    subject: { literals: [source.subject], names: [] },
    html: part(source.html),
    text: part(source.text),
    names: [],
    broken: null,
  };
}

function parsePart(text: string): Part {
  const literals: string[] = [];
  const names: string[] = [];
  let end = 0;
  for (const match of text.matchAll(TAG)) {
    literals.push(text.slice(end, match.index));
    names.push(match[1] ?? match[2] ?? '');
    end = match.index + match[0].length;
  }
  literals.push(text.slice(end));
  return { literals, names };
}

function partProblem(part: Part): string | null {
  const literal = part.literals.find((text) => text.includes('{{'));
  if (literal === undefined) return null;
  const start = literal.indexOf('{{');
  return `The template has something else than a variable at '${literal.slice(start, start + 40)}'.`;
}

/** What keeps a mail from being rendered, in SES's words; null where nothing does. */
export function renderingProblem(
  template: Template,
  defaults: TemplateData,
  own: TemplateData,
): string | null {
  if (template.broken !== null) return template.broken;
  for (const name of template.names) {
    if (lookUp(own, name) === undefined && lookUp(defaults, name) === undefined) {
      return `Attribute '${name}' is not present in the rendering data.`;
    }
  }
  return null;
}

export function render(template: Template, defaults: TemplateData, own: TemplateData): RenderedMail {
  const fill = (part: Part) => fillPart(part, defaults, own);
  return {
    subject: renderSubject(template, defaults, own),
    html: template.html && fill(template.html),
    text: template.text && fill(template.text),
  };
}

export function renderSubject(template: Template, defaults: TemplateData, own: TemplateData): string {
  return fillPart(template.subject, defaults, own);
}

function fillPart(part: Part, defaults: TemplateData, own: TemplateData): string {
  let text = part.literals[0] ?? '';
  part.names.forEach((name, i) => {
    const value = lookUp(own, name) ?? lookUp(defaults, name);
    text += (typeof value === 'string' ? value : JSON.stringify(value)) + (part.literals[i + 1] ?? '');
  });
  return text;
}

/** `a.b` is looked for as a key of that name first, then as `b` inside `a`. */
function lookUp(data: TemplateData, name: string): unknown {
  if (Object.hasOwn(data, name)) return data[name];
  let value: unknown = data;
  if (!name.includes('.')) return undefined;
  for (const key of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
