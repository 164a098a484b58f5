/**
 * What may be wrong with a mail's content. `warning`: receivers or readers take offence; `advice`: it works, and could be better. None
 * of it keeps a mail from going out: what would is refused when the campaign is read.
 */
export const CONTENT_CODES = {
  UNSUBSCRIBE_MISSING: {
    level: 'warning',
    one: 'there is no link to unsubscribe',
    many: 'there is no link to unsubscribe',
    todo: 'marketing mail needs one in each part, whatever a row has: put {{unsubscribeUrl}} outside of conditions',
  },
  UNSUBSCRIBE_HIDDEN: {
    level: 'warning',
    one: "the link to unsubscribe can't be seen",
    many: 'none of the links to unsubscribe can be seen',
    todo: 'receivers want it plain to see, and count a hidden one against the sender',
  },
  TEMPLATE_LEFT: {
    level: 'warning',
    one: 'there are braces of a template left',
    many: 'there are braces of templates left',
    todo: "readers see them: look for an escaped tag, or for one in the row's own data",
  },
  BROKEN_CHARACTER: {
    level: 'warning',
    one: 'it has half of a surrogate pair in it',
    many: 'it has halves of surrogate pairs in it',
    todo: "readers see a replacement character: look at the row's data",
  },
  SUBJECT_EMPTY: {
    level: 'warning',
    one: 'the subject is empty',
    many: 'the subject is empty',
    todo: 'give it words that every row has',
  },
  SUBJECT_BLANK: {
    level: 'warning',
    one: 'the subject begins with a blank',
    many: 'the subject begins with a blank',
    todo: 'a variable is empty in this row, most likely: give it other words with {{#if}} and {{else}}',
  },
  SUBJECT_LONG: {
    level: 'advice',
    one: 'the subject is long',
    many: 'the subject is long',
    todo: 'a phone shows about 30 full-width characters of it, or 60 others',
  },
  SUBJECT_CAPITALS: {
    level: 'warning',
    one: 'the subject is all in capitals',
    many: 'the subject is all in capitals',
    todo: 'spam filters and readers dislike it',
  },
  SUBJECT_CONTROL: {
    level: 'warning',
    one: 'the subject has a character that steers and shows nothing, or one that was lost',
    many: 'the subject has characters that steer and show nothing, or that were lost',
    todo: 'take it out',
  },
  SUBJECT_CARRIER: {
    level: 'advice',
    one: 'the subject has emoji or characters such as ① and ㈱',
    many: 'the subject has emoji or characters such as ① and ㈱',
    todo: 'old phones of docomo, au and SoftBank show something else',
  },
  LINK_NOWHERE: {
    level: 'warning',
    one: 'a link leads nowhere',
    many: '{n} links lead nowhere',
    todo: 'give it an address, for every row',
  },
  LINK_RELATIVE: {
    level: 'warning',
    one: 'a link does not begin with https:// and a host',
    many: '{n} links do not begin with https:// and a host',
    todo: 'a mail has no site that it could belong to: write the whole address',
  },
  LINK_BROKEN: {
    level: 'warning',
    one: 'a link is no URL',
    many: '{n} links are no URLs',
    todo: 'mend it',
  },
  LINK_SCRIPT: {
    level: 'warning',
    one: 'a link runs a script or holds data',
    many: '{n} links run scripts or hold data',
    todo: 'mail programs take it out, and spam filters hold it against the mail',
  },
  LINK_IP: {
    level: 'warning',
    one: 'a link leads to a bare IP address',
    many: '{n} links lead to bare IP addresses',
    todo: 'spam does so: use a name',
  },
  LINK_SHORTENER: {
    level: 'warning',
    one: 'a link goes by way of a URL shortener',
    many: '{n} links go by way of a URL shortener',
    todo: 'block lists have such hosts: link to your own domain',
  },
  LINK_OTHER_DOMAIN: {
    level: 'warning',
    one: 'a link shows one domain and leads to another',
    many: '{n} links show one domain and lead to another',
    todo: 'phishing looks so: show words, or the domain that it leads to',
  },
  LINK_PLAIN_HTTP: {
    level: 'advice',
    one: 'a link is http://',
    many: '{n} links are http://',
    todo: 'browsers warn of it: use https://',
  },
  IMAGE_ALT: {
    level: 'warning',
    one: 'an image has no alt',
    many: '{n} images have no alt',
    todo: 'say what it shows, or alt="" where it only decorates; many programs load no images at first',
  },
  IMAGE_SOURCE: {
    level: 'warning',
    one: 'an image has a source that no mail program loads',
    many: '{n} images have sources that no mail program loads',
    todo: 'write a full https:// URL; data: is taken out by Gmail, and nothing is attached',
  },
  IMAGES_ONLY: {
    level: 'warning',
    one: 'the html is images with hardly a word',
    many: 'the html is images with hardly a word',
    todo: 'spam filters dislike it, and whoever loads no images sees nothing: write the message as text',
  },
  ELEMENT_REMOVED: {
    level: 'warning',
    one: 'an element is taken out by mail programs',
    many: '{n} elements are taken out by mail programs',
    todo: 'link to a page instead',
  },
  CHARSET: {
    level: 'warning',
    one: 'the html says that it is in another encoding',
    many: 'the html says that it is in another encoding',
    todo: 'it is sent as UTF-8: write <meta charset="utf-8">',
  },
  PREHEADER_MISSING: {
    level: 'advice',
    one: 'the first words are those of a link, or stand after an image',
    many: 'the first words are those of a link, or stand after an image',
    todo: 'inboxes show the first words beside the subject: begin with a sentence, hidden if you like',
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly level: 'warning' | 'advice';
      readonly one: string;
      readonly many: string;
      readonly todo: string;
    }
  >
>;

export type ContentCode = keyof typeof CONTENT_CODES;
