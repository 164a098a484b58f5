import { z } from 'zod';
import { ApiError, alreadyExists, invalid, notFound } from './api-error.ts';
import type { Engine } from './engine.ts';
import { duckType, type Field, literal, parseFields, quote, schemaBody } from './schema.ts';
import { duckName, type TableName } from './translate.ts';

export const PROJECT = 'fake-project';

export interface Dataset {
  readonly id: string;
  readonly location: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly tables: Map<string, Table>;
}

export interface Table {
  readonly name: TableName;
  readonly fields: readonly Field[];
  /** The SQL of a view; null for a table. */
  readonly view: string | null;
  readonly rangePartitioning: z.infer<typeof rangeBody> | null;
  readonly expiresMs: number | null;
  readonly createdMs: number;
  readonly version: number;
  /** What was set and means nothing here: descriptions, clustering, labels. */
  readonly resource: Readonly<Record<string, unknown>>;
}

const rangeBody = z.object({
  field: z.string(),
  range: z.object({ start: z.coerce.number(), end: z.coerce.number(), interval: z.coerce.number() }),
});
const tableBody = z.looseObject({
  tableReference: z.object({ tableId: z.string() }),
  schema: schemaBody.optional(),
  view: z.object({ query: z.string() }).optional(),
  rangePartitioning: rangeBody.optional(),
  expirationTime: z.coerce.number().nullish(),
});
const datasetBody = z.looseObject({
  datasetReference: z.object({ datasetId: z.string() }),
  location: z.string().optional(),
});

/** Datasets and tables as they are described; their rows are in the engine. */
export class Catalog {
  readonly #datasets = new Map<string, Dataset>();
  readonly #engine: Engine;
  readonly #location: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine, location: string) {
    this.#engine = engine;
    this.#location = location;
  }

  datasets(): Dataset[] {
    return [...this.#datasets.values()];
  }

  dataset(id: string): Dataset {
    const found = this.#datasets.get(id);
    if (!found) throw notFound(`Dataset ${PROJECT}:${id}`);
    return found;
  }

  /** Of two that are made at once, one is first. */
  insertDataset(body: unknown): Promise<Dataset> {
    return this.inTurn(() => this.#insertDataset(body));
  }

  async #insertDataset(body: unknown): Promise<Dataset> {
    const { datasetReference, location = this.#location, ...resource } = datasetBody.parse(body);
    const id = datasetReference.datasetId;
    if (!/^\w{1,1024}$/u.test(id)) throw invalid(`Invalid dataset ID "${id}".`);
    if (this.#datasets.has(id)) throw alreadyExists(`Dataset ${PROJECT}:${id}`);
    await this.#engine.run(`CREATE SCHEMA ${quote(id)}`);
    const created = { id, location: location.toUpperCase(), resource, tables: new Map<string, Table>() };
    this.#datasets.set(id, created);
    return created;
  }

  async deleteDataset(id: string, deleteContents: boolean): Promise<void> {
    const { tables } = this.dataset(id);
    if (tables.size > 0 && !deleteContents)
      throw new ApiError(400, 'resourceInUse', `Dataset ${PROJECT}:${id} is still in use`);
    await this.#engine.run(`DROP SCHEMA ${quote(id)} CASCADE`);
    this.#datasets.delete(id);
  }

  /** @throws ApiError where it isn't there, or has expired */
  table(name: TableName): Table {
    const found = this.dataset(name.dataset).tables.get(name.table);
    if (!found || (found.expiresMs !== null && found.expiresMs <= Date.now()))
      throw notFound(`Table ${idOf(name)}`);
    return found;
  }

  insertTable(dataset: string, body: unknown): Promise<Table> {
    return this.inTurn(() => this.#insertTable(dataset, body));
  }

  /** What is made is there or not, and nobody sees it half made by another. */
  inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(action);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #insertTable(dataset: string, body: unknown): Promise<Table> {
    const { tableReference, ...parsed } = tableBody.parse(body);
    const { schema, view, rangePartitioning, expirationTime, ...resource } = parsed;
    const name = { dataset, table: tableReference.tableId };
    const table: Table = {
      name,
      fields: parseFields(schema?.fields ?? []),
      view: view?.query ?? null,
      rangePartitioning: rangePartitioning ?? null,
      expiresMs: expirationTime ?? null,
      createdMs: Date.now(),
      version: 1,
      resource: { ...resource, ...(view && { view }) },
    };
    await this.#free(name);
    if (!table.view) await this.#engine.createTable(duckName(name), table.fields);
    this.put(table);
    return table;
  }

  /** Keeps a table whose rows are in the engine already. */
  put(table: Table): void {
    this.dataset(table.name.dataset).tables.set(table.name.table, table);
  }

  async patchTable(name: TableName, body: unknown, etag: string | undefined): Promise<Table> {
    const table = this.table(name);
    if (etag !== undefined && etag !== etagOf(table))
      throw new ApiError(412, 'conditionNotMet', 'Precondition check failed.');
    const { schema, view, expirationTime, ...resource } = tableBody
      .omit({ tableReference: true, rangePartitioning: true })
      .partial()
      .parse(body);
    const fields = schema ? parseFields(schema.fields) : table.fields;
    if (!table.view) await this.#alter(table, fields);
    const patched: Table = {
      ...table,
      fields,
      view: view?.query ?? table.view,
      ...(expirationTime !== undefined && { expiresMs: expirationTime }),
      version: table.version + 1,
      resource: { ...table.resource, ...resource, ...(view && { view }) },
    };
    this.put(patched);
    return patched;
  }

  async deleteTable(name: TableName): Promise<void> {
    const { view } = this.table(name);
    await this.#drop(name, view !== null);
  }

  /** Makes room for a table of this name: one that has expired goes. */
  async #free(name: TableName): Promise<void> {
    const there = this.dataset(name.dataset).tables.get(name.table);
    if (!there) return;
    if (there.expiresMs === null || there.expiresMs > Date.now()) throw alreadyExists(`Table ${idOf(name)}`);
    await this.#drop(name, there.view !== null);
  }

  /** A view is in the engine only once it was asked. */
  async #drop(name: TableName, isView: boolean): Promise<void> {
    await this.#engine.run(`DROP ${isView ? 'VIEW' : 'TABLE'} IF EXISTS ${duckName(name)}`);
    this.dataset(name.dataset).tables.delete(name.table);
  }

  /** New columns may come, and a required one be relaxed; nothing else may change. */
  async #alter({ name, fields: old }: Table, fields: readonly Field[]): Promise<void> {
    const refuse = (why: string) => invalid(`Provided Schema does not match Table ${idOf(name)}. ${why}`);
    for (const { name: column, type, mode } of old) {
      const now = fields.find((field) => field.name === column);
      if (!now) throw refuse(`Field ${column} is missing in new schema`);
      if (now.type !== type) throw refuse(`Field ${column} has changed type from ${type} to ${now.type}`);
      if (now.mode !== mode && !(mode === 'REQUIRED' && now.mode === 'NULLABLE'))
        throw refuse(`Field ${column} has changed mode from ${mode} to ${now.mode}`);
    }
    const added = fields.filter((field) => !old.some((column) => column.name === field.name));
    const required = added.find((field) => field.mode === 'REQUIRED');
    if (required) throw refuse(`Cannot add required fields to an existing schema. (field: ${required.name})`);
    for (const field of added)
      await this.#engine.run(
        `ALTER TABLE ${duckName(name)} ADD COLUMN ${quote(field.name)} ${duckType(field)}`,
      );
  }
}

export function idOf({ dataset, table }: TableName): string {
  return `${PROJECT}:${dataset}.${table}`;
}

export function etagOf({ createdMs, version }: Table): string {
  return Buffer.from(literal(`${createdMs}.${version}`)).toString('base64');
}
