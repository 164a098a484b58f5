import { messageOf } from '../core/fault.ts';
import { onOneLine } from './control.ts';
import { sourceRenderer } from './engine.ts';
import { type MergeData, mergeContext } from './merge.ts';
import {
  figure,
  type MailPart,
  type ParsedPart,
  parsePart,
  problem,
  RULES,
  type TemplateProblem,
  textPart,
} from './part.ts';
import { SlotTable } from './slots.ts';
import type { InlineTemplate } from './transport.ts';

export interface MailContent {
  readonly subject: string;
  readonly html?: string | undefined;
  /** Made from the HTML where it is missing. */
  readonly text?: string | undefined;
}

export interface RenderedMail {
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
}

/**
 * A mail, compiled once for a campaign. For any data, the template with its slots filled and the mail rendered
 * whole are the same to the byte.
 *
 * Data is JSON and stays data: a name that it has not renders empty, also where objects inherit one
 * (`{{constructor}}`); functions are never called; tags in values are text. In the subject each control character
 * of a value (CR, LF, tab, …) becomes a space.
 */
export interface CompiledMail {
  /** What SES gets with every call: constant but for `{{s0}}`, `{{s1}}`, … */
  readonly template: InlineTemplate;
  readonly slotCount: number;
  /** Columns that the mail names; those of the things in `{{#each}}` and `{{#with}}` are not among them. */
  readonly variables: ReadonlySet<string>;
  /**
   * Every column that may be read, whatever the data: more than `variables`, since a section (`{{#vip}}…{{/vip}}`) reads
   * the recipient's own columns where its value is `true`. Null where the mail reads the row as a whole (`{{#each this}}`).
   */
  readonly reads: readonly string[] | null;
  /** UTF-8 bytes of the template as JSON: what it takes of a call. */
  readonly constantBytes: number;
  /** The values of the slots in order. */
  slots(data: MergeData): string[];
  /** The whole mail by Handlebars itself, for previews and for calls with one recipient. */
  render(data: MergeData): RenderedMail;
}

/**
 * A call with an inline template may have 1 MB in all. This leaves one recipient room for the longest
 * ReplacementTemplateData that SES takes (262,144 characters).
 */
const CONSTANT_BYTES_MAX = 700 * 1024;
/** Each slot costs some 10 bytes a recipient besides its value: 200 KB a call of fifty. */
const SLOTS_MAX = 400;

/** Compiles a campaign's mail, or says everything that is wrong with its templates. */
export function compileMail(
  content: MailContent,
):
  | { readonly kind: 'compiled'; readonly mail: CompiledMail }
  | { readonly kind: 'problems'; readonly problems: readonly TemplateProblem[] } {
  const parts = [parsePart('subject', content.subject)];
  const html = content.html?.trim() ? parsePart('html', content.html) : null;
  if (html) parts.push(html);
  const text = content.text?.trim()
    ? parsePart('text', content.text)
    : html?.program
      ? textPart(html.source)
      : null;
  if (text) parts.push(text);
  const problems = parts.flatMap((part) => part.problems);
  if (parts.length === 1) problems.push(problem('html', 'the mail has neither html nor text'));
  if (problems.length > 0) return { kind: 'problems', problems };
  const mail = assemble(parts);
  return 'part' in mail ? { kind: 'problems', problems: [mail] } : { kind: 'compiled', mail };
}

function assemble(parts: readonly ParsedPart[]): CompiledMail | TemplateProblem {
  const table = new SlotTable();
  const cut: Partial<Record<MailPart, string>> = {};
  for (const { part, program } of parts) if (program) cut[part] = table.cut(program, RULES[part]);
  const template = { subject: cut.subject ?? '', html: cut.html ?? null, text: cut.text ?? null };
  const constantBytes = Buffer.byteLength(JSON.stringify(template));
  const largest = template.html === null ? 'text' : 'html';
  if (table.count > SLOTS_MAX) {
    return problem(
      largest,
      `the mail has ${figure(table.count)} different places to fill, ${figure(SLOTS_MAX)} at most: put what belongs together into one block`,
    );
  }
  if (constantBytes > CONSTANT_BYTES_MAX) {
    return problem(
      largest,
      `the mail has ${figure(constantBytes)} bytes as JSON, ${figure(CONSTANT_BYTES_MAX)} at most`,
    );
  }
  const reads = readsOf(parts);
  const filler = table.filler(reads);
  const render = wholeRenderer(parts);
  try {
    filler.values({});
    render({});
  } catch (thrown) {
    return problem(largest, `Handlebars cannot render the mail: ${messageOf(thrown)}`);
  }
  return {
    template,
    slotCount: table.count,
    variables: new Set(parts.flatMap((part) => [...(part.reading?.variables ?? [])])),
    reads,
    constantBytes,
    slots: (data) => filler.values(data),
    render,
  };
}

/** What statements may read of a recipient; null: everything. */
function readsOf(parts: readonly ParsedPart[]): readonly string[] | null {
  const names = new Set<string>();
  for (const { reading } of parts) {
    if (reading?.reads === 'everything') return null;
    for (const name of reading?.reads ?? []) names.add(name);
  }
  return [...names];
}

function wholeRenderer(parts: readonly ParsedPart[]): (data: MergeData) => RenderedMail {
  const renderers = parts.map(({ part, source }) => ({
    part,
    write: sourceRenderer(source, RULES[part].escape),
  }));
  return (data) => {
    const context = mergeContext(data, null);
    const written: Partial<Record<MailPart, string>> = {};
    for (const { part, write } of renderers) written[part] = write(context);
    return {
      subject: onOneLine(written.subject ?? ''),
      html: written.html ?? null,
      text: written.text ?? null,
    };
  };
}
