import type { BigQuery } from '@google-cloud/bigquery';
import { z } from 'zod';
import { type BigQueryPlace, sqlName, viewName } from '../bigquery/place.ts';
import { queryPages, queryRows, refuseChanges } from '../bigquery/query.ts';
import { STORED_COLUMNS, storedRow } from './bigquery-stored.ts';
import { bigquery as googleSql } from './dialect.ts';
import type { StoredRow } from './eraser.ts';
import type { LogAsker } from './report.ts';
import type { Wanted } from './why.ts';

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
    const select = `SELECT ${STORED_COLUMNS} FROM ${events} AS mine`;
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
    const { table } = this.#place;
    const names: Readonly<Record<string, string>> = { events: table, deliveries: viewName(table) };
    const located = (sql: string) =>
      sql.replaceAll(/\b(?:events|deliveries)\b/g, (name) => sqlName(this.#place, names[name] ?? name));
    return {
      dialect: googleSql,
      ask: async (sql, values) => {
        const statement = { ...this.#where(), sql: located(sql), values };
        return Rows.parse(await queryRows(this.#bigquery, statement));
      },
    };
  }

  /** Any SELECT over `events` and `deliveries`, page by page. */
  async *pages(sql: string): ReturnType<typeof queryPages> {
    const statement = { ...this.#where(), sql };
    await refuseChanges(this.#bigquery, statement);
    yield* queryPages(this.#bigquery, statement);
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

const Rows = z.array(z.record(z.string(), z.json()));

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
