import type { BigQuery } from '@google-cloud/bigquery';
import { z } from 'zod';
import { type BigQueryPlace, sqlName, viewName } from '../bigquery/place.ts';
import { queryPages, queryRows } from '../bigquery/query.ts';
import { COLUMNS } from './columns.ts';
import { bigquery as googleSql } from './dialect.ts';
import type { LogAsker } from './report.ts';
import type { Wanted } from './why.ts';

/** A row as a line of the files has it. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** Whose rows are wanted: a person's, those with a text in the place of an address, or those of a row of the audience. */
export type About = Wanted | { readonly kind: 'row'; readonly seq: number };

export interface CampaignQuery {
  readonly campaign: string;
  /** Days that ended before are not read; milliseconds since 1970. */
  readonly sinceMs?: number;
  /** All where it is missing. */
  readonly about?: About | undefined;
}

/** The log in BigQuery, for reading. */
export class BigQueryLog {
  readonly #bigquery: BigQuery;
  readonly #place: BigQueryPlace;

  constructor(bigquery: BigQuery, place: BigQueryPlace) {
    this.#bigquery = bigquery;
    this.#place = place;
  }

  /**
   * A campaign's rows, by one query that reads its days and, in those, its blocks. Of somebody nothing is known where none of the rows is about them; a row of
   * somebody else then says that the log knows the campaign.
   *
   * @throws Fault BIGQUERY_…
   */
  async *rows({ campaign, sinceMs = 0, about }: CampaignQuery): AsyncGenerator<StoredRow[]> {
    const since = new Date(sinceMs).toISOString();
    const ours = `campaign_id = @campaign AND event_time >= TIMESTAMP_TRUNC(TIMESTAMP(@since), DAY)`;
    const events = `(SELECT * FROM ${sqlName(this.#place, this.#place.table)} WHERE ${ours})`;
    const [condition, values] = about ? conditionOf(about, events) : ['TRUE', {}];
    const select = `SELECT ${COLUMNS.map(({ name }) => name).join(', ')} FROM ${events} AS mine`;
    const some = about
      ? `seq IN (SELECT seq FROM ${events} AS theirs WHERE ${condition}) OR (${condition})`
      : condition;
    let isEmpty = true;
    for await (const rows of this.#pages(`${select} WHERE ${some}`, { campaign, since, ...values })) {
      isEmpty = isEmpty && rows.length === 0;
      yield rows;
    }
    if (isEmpty && about) yield* this.#pages(`${select} LIMIT 1`, { campaign, since });
  }

  /** For statements in GoogleSQL over `events` and `deliveries`. */
  asker(): LogAsker {
    const view = sqlName(this.#place, viewName(this.#place.table));
    return {
      dialect: googleSql,
      ask: async (sql, values) => {
        const rows = await queryRows(this.#bigquery, {
          ...this.#where(),
          sql: sql.replaceAll(/\bdeliveries\b/g, view),
          values,
        });
        return z.array(z.record(z.string(), z.json())).parse(rows);
      },
    };
  }

  /** Any SELECT over `events` and `deliveries`, page by page. */
  pages(sql: string): ReturnType<typeof queryPages> {
    return queryPages(this.#bigquery, { ...this.#where(), sql });
  }

  async *#pages(sql: string, values: Readonly<Record<string, string | number>>): AsyncGenerator<StoredRow[]> {
    for await (const { rows } of queryPages(this.#bigquery, { ...this.#where(), sql, values }))
      yield rows.map(storedRow);
  }

  #where() {
    const { project, dataset, location } = this.#place;
    return { location, dataset: { projectId: project, datasetId: dataset } };
  }
}

/** JSON columns come as text. */
function storedRow(row: Readonly<Record<string, unknown>>): StoredRow {
  return { ...row, tags: parsedJson(row['tags']), detail: parsedJson(row['detail']) };
}

function parsedJson(text: unknown): unknown {
  return typeof text === 'string' ? JSON.parse(text) : null;
}

/** `PERSON` of person.ts in GoogleSQL. */
const PERSON = `IF(recipient_domain IS NOT NULL AND LENGTH(recipient) - LENGTH(REPLACE(recipient, '@', '')) = 1, CONCAT(LOWER(REPLACE(SPLIT(recipient, '@')[SAFE_OFFSET(0)], '"', '')), '@', recipient_domain), NULL)`;

/** A row of the audience brings the other rows of the same person with it. */
function conditionOf(
  about: About,
  events: string,
): [condition: string, values: Readonly<Record<string, string | number>>] {
  switch (about.kind) {
    case 'person':
      return [`${PERSON} = @person`, { person: about.normal }];
    case 'text':
      return ['recipient = @text', { text: about.text }];
    case 'row':
      return [
        `seq = @seq OR ${PERSON} IN (SELECT ${PERSON} FROM ${events} AS own WHERE seq = @seq)`,
        { seq: about.seq },
      ];
  }
}
