import { compileMail, type MailContent } from '../send/template.ts';
import type { Campaign } from './campaign.ts';

/** What can be said of a mail without any row. */
export interface MailFacts {
  /** `made`: from the html, since the campaign has none. */
  readonly text: 'given' | 'made' | 'none';
  /** Written parts that do not read `{{unsubscribeUrl}}`; none of them matters where the mail is transactional. */
  readonly withoutUnsubscribeLink: readonly ('html' | 'text')[];
}

/** @param campaign one whose mail compiles */
export function mailFacts({ content }: Campaign): MailFacts {
  const parts = (['html', 'text'] as const).filter((part) => content[part]?.trim());
  return {
    text: parts.includes('text') ? 'given' : hasText(content) ? 'made' : 'none',
    withoutUnsubscribeLink: parts.filter(
      (part) => !variablesOf({ subject: '-', [part]: content[part] }).has('unsubscribeUrl'),
    ),
  };
}

/** Html of images without a word has no text. */
function hasText({ subject, html }: MailContent): boolean {
  const compiled = compileMail({ subject, html });
  return compiled.kind === 'compiled' && compiled.mail.template.text !== null;
}

function variablesOf(content: MailContent): ReadonlySet<string> {
  const compiled = compileMail(content);
  return compiled.kind === 'compiled' ? compiled.mail.variables : new Set();
}
