import type { Language } from '../language.ts';
import type { Session } from '../private-routes.ts';

/** Who looks at a page, and how. */
export interface PageContext {
  readonly language: Language;
  /** Who acts, and what goes into each form (`csrfField`). */
  readonly session: Session;
  /** Of the request, without its query. */
  readonly path: string;
  /** Of the IANA database, such as Asia/Tokyo. */
  readonly zone: string;
  /** Milliseconds since 1970, for ages. */
  readonly nowMs: number;
}
