// The reading connection of a SQLite file.

import type Database from 'better-sqlite3';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { convertToRecord, type RowConverter } from '../mapping/row-converter.ts';
import { areRowsShort, type RowLength, takePart } from '../reads/part-limit.ts';
import type { Part, PartLimits } from '../reads/slice.ts';
import { type PreparedStatement, StatementCache } from './statement-cache.ts';

/** A statement with its row converters. */
type Prepared = PreparedStatement & {
  converters: Map<RowConverter<unknown>, (values: readonly unknown[]) => unknown>;
  rowLength: RowLength;
};

/** A connection that may be replaced by another one to the same file. */
export type ConnectionHandle = {
  /** Undefined while it is replaced, and after it was closed. */
  current: Database.Database | undefined;
  /** Resolves when the connection has been replaced. */
  replacement?: Promise<void> | undefined;
};

/** @throws Error the connection is closed */
export function getConnection({ current }: ConnectionHandle): Database.Database {
  if (!current) throw new Error('the reading connection is closed');
  return current;
}

/** A connection for Kysely and for reads. */
export class ReadConnection implements DatabaseConnection {
  readonly #handle: ConnectionHandle;
  #statements: StatementCache<Prepared> | undefined;

  constructor(handle: ConnectionHandle) {
    this.#handle = handle;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    await this.#handle.replacement;
    return { rows: readAll(this.#prepare(query), query, convertToRecord) as Row[] };
  }

  async read<Result>(query: CompiledQuery, converter: RowConverter<Result>): Promise<Result[]> {
    if (this.#handle.replacement) await this.#handle.replacement;
    return readAll(this.#prepare(query), query, converter);
  }

  /** Reads whole rows until their text would exceed the limit, and at least one. The other rows are not read. */
  async readPart<Result>(
    query: CompiledQuery,
    converter: RowConverter<Result>,
    limits: PartLimits,
  ): Promise<Part<Result>> {
    if (this.#handle.replacement) await this.#handle.replacement;
    const prepared = this.#prepare(query);
    return takePart(iterate(prepared, query, limits), getConverter(prepared, converter), limits, prepared.rowLength);
  }

  #prepare({ sql, parameters }: CompiledQuery): Prepared {
    const database = getConnection(this.#handle);
    if (this.#statements?.database !== database) this.#statements = createCache(database);
    return this.#statements.prepare(sql, parameters);
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator, and nothing here streams.
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('SQLite results are not streamed');
  }
}

function createCache(database: Database.Database): StatementCache<Prepared> {
  return new StatementCache(database, (prepared) => ({
    ...prepared,
    converters: new Map(),
    rowLength: { max: undefined },
  }));
}

function readAll<Result>(prepared: Prepared, { parameters }: CompiledQuery, converter: RowConverter<Result>): Result[] {
  const rows = prepared.statement.all(...parameters) as unknown[][];
  return rows.map(getConverter(prepared, converter));
}

function iterate({ statement, rowLength }: Prepared, { parameters }: CompiledQuery, limits: PartLimits) {
  const source = areRowsShort(rowLength, limits) ? statement.all(...parameters) : statement.iterate(...parameters);
  return source as Iterable<unknown[]>;
}

function getConverter<Result>({ columns, converters }: Prepared, converter: RowConverter<Result>) {
  const known = converters.get(converter);
  if (known) return known as ReturnType<RowConverter<Result>>;
  const convert = converter(columns ?? []);
  converters.set(converter, convert);
  return convert;
}
