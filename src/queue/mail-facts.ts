import { parsePart } from '../send/part.ts';
import { compileMail, type MailContent } from '../send/template.ts';
import type { Campaign } from './campaign.ts';

/** What can be said of a mail without any row. */
export interface MailFacts {
  /** `made`: from the html, since the campaign has none. */
  readonly text: 'given' | 'made' | 'none';
}

/** @param campaign one whose mail compiles */
export function mailFacts({ content }: Campaign): MailFacts {
  return { text: content.text?.trim() ? 'given' : hasText(content) ? 'made' : 'none' };
}

/** Written parts that do not read `{{unsubscribeUrl}}`; of one that is no template there is nothing to say. */
export function partsWithoutLink({ content }: Campaign): ('html' | 'text')[] {
  return (['html', 'text'] as const).filter((part) => {
    const source = content[part] ?? '';
    if (source.trim() === '') return false;
    const { reading } = parsePart(part, source);
    return reading !== null && !reading.variables.has('unsubscribeUrl');
  });
}

/** Html of images without a word has no text. */
function hasText({ subject, html }: MailContent): boolean {
  const compiled = compileMail({ subject, html });
  return compiled.kind === 'compiled' && compiled.mail.template.text !== null;
}
