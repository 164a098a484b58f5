/** Who changes something, and why; both are logged. */
export interface Author {
  readonly by: string;
  /** Null where nobody said. */
  readonly reason: string | null;
}

/** As the detail of a log row has it. */
export function detailOf({ by, reason }: Author): Record<string, string> {
  return { by, ...(reason === null ? {} : { reason }) };
}
