import type { Language } from '../../language.ts';

/** The texts of a page, in every language. */
export type Words<T> = Readonly<Record<Language, T>>;

/**
 * The texts of a page, in every language: what one language has and another lacks is a type error. Texts with figures in them are
 * functions, which take what is already written for the reader.
 */
export function inBoth<T>(words: { readonly en: T; readonly ja: NoInfer<T> }): Words<T> {
  return words;
}
