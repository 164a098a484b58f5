/** Figures and names of our own: no address, and no text of somebody else's. */
export type SpanFields = Readonly<Record<string, string | number | boolean>>;

/** Where the time of a campaign goes, for whoever collects traces. */
export interface Tracing {
  /**
   * Does a piece of work as a span, below the one that is at work here. What it throws goes on, and marks the span.
   * @param kind `client`: a call to somebody else
   */
  span<T>(
    name: string,
    fields: SpanFields,
    work: (note: NoteFields) => Promise<T>,
    kind?: 'client',
  ): Promise<T>;
}

/** Adds what is known only later. */
export type NoteFields = (fields: SpanFields) => void;

/** Collects nothing. */
export const NO_TRACING: Tracing = { span: (_name, _fields, work) => work(() => {}) };
