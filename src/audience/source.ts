/** One row of an audience, as it was read: nothing is judged yet. */
export interface AudienceRow {
  /** Position in the audience, from 1, over all its files. */
  readonly seq: number;
  /** The address column as it stands; empty where the row has none. */
  readonly email: string;
  /** Merge data: the other columns (and the address column), by name. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** An audience that can be read from its start any number of times, and gives the same rows each time. */
export interface AudienceSource {
  /**
   * The rows in order, in chunks; reads ahead no further than a chunk or two. Before the first row, while large
   * files are looked through, a chunk may be empty: a sign of life.
   * @throws AudienceFault when the list can't be read, with its file, line and column
   */
  rows(): AsyncIterable<readonly AudienceRow[]>;
  /** Short text that changes when the source does (for a file: size and time of change). */
  fingerprint(): Promise<string>;
}
