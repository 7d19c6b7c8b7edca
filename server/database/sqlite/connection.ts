// A SQLite connection with prepared statements, which are kept while their texts recur.

import type Database from 'better-sqlite3';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { LruMap } from '../../shared/lru-map.ts';
import { convertToRecord, type RowConverter } from '../mapping/row-converter.ts';
import { areRowsShort, type RowLength, takePart } from '../reads/part-limit.ts';
import type { Part, PartLimits } from '../reads/slice.ts';

/**
 * Limits of the statement cache. The updates of a flush differ with the changed columns, and some other writes with the
 * number of rows.
 */
const maxCachedStatements = 500;
const maxCachedLength = 8_192;

/** A statement, and its column names and row converters if it returns rows. */
type Prepared = {
  statement: Database.Statement;
  columns: readonly string[] | undefined;
  converters: Map<RowConverter<unknown>, (values: readonly unknown[]) => unknown>;
  rowLength: RowLength;
};

/** A connection that may be replaced by another one to the same file, between two transactions. */
export type ConnectionHandle = { current: Database.Database };

/** A connection for Kysely and for reads. */
export class SqliteConnection implements DatabaseConnection {
  readonly #handle: ConnectionHandle;
  /** The connection that the cached statements belong to. */
  #database: Database.Database;
  #statements = new LruMap<string, Prepared>(maxCachedStatements);

  constructor(handle: ConnectionHandle) {
    this.#handle = handle;
    this.#database = handle.current;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const prepared = this.#prepare(query);
    if (prepared.columns) return { rows: readAll(prepared, query, convertToRecord) as Row[] };
    const { changes, lastInsertRowid } = prepared.statement.run(...query.parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  read<Result>(query: CompiledQuery, converter: RowConverter<Result>): Result[] {
    return readAll(this.#prepare(query), query, converter);
  }

  /** Reads whole rows until their text would exceed the limit, and at least one. The other rows are not read. */
  readPart<Result>(query: CompiledQuery, converter: RowConverter<Result>, limits: PartLimits): Part<Result> {
    const prepared = this.#prepare(query);
    return takePart(iterate(prepared, query, limits), getConverter(prepared, converter), limits, prepared.rowLength);
  }

  /** Statements without parameters may contain values in their text. Caching them would leak memory. */
  #prepare({ sql, parameters }: CompiledQuery): Prepared {
    if (this.#database !== this.#handle.current) {
      this.#database = this.#handle.current;
      this.#statements = new LruMap(maxCachedStatements);
    }
    if (parameters.length === 0 || sql.length > maxCachedLength) return prepare(this.#database, sql);
    const cached = this.#statements.get(sql);
    if (cached) return cached;
    const prepared = prepare(this.#database, sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator, and nothing here streams.
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('SQLite results are not streamed');
  }
}

/**
 * Reads rows as arrays: better-sqlite3 otherwise creates a new row function per call, which takes longer than reading
 * one row.
 */
function prepare(database: Database.Database, sql: string): Prepared {
  const statement = database.prepare(sql);
  const columns = statement.reader ? statement.raw().columns() : undefined;
  return { statement, columns: columns?.map(({ name }) => name), converters: new Map(), rowLength: { max: undefined } };
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
