import Handlebars from 'handlebars';
import type { InlineTemplate } from '../../src/send/transport.ts';

/** What SES does with an inline template: each `{{name}}` becomes its value, once, and nothing is escaped. */
export function substitute(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{\{([^{}]*)\}\}/g, (_tag, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for {{${name}}}`);
    return value;
  });
}

/** The same by the syntax that SES documents for its templates, where backslashes and third braces have a meaning. */
export function substituteAsHandlebars(template: string, values: Readonly<Record<string, string>>): string {
  return Handlebars.create().compile(template, { noEscape: true, strict: true })(values);
}

export function fill(
  template: InlineTemplate,
  values: Readonly<Record<string, string>>,
  how: typeof substitute = substitute,
): InlineTemplate {
  return {
    subject: how(template.subject, values),
    html: template.html === null ? null : how(template.html, values),
    text: template.text === null ? null : how(template.text, values),
  };
}

export function slotRecord(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, number) => [`s${number}`, value]));
}
