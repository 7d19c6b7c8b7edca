// A SQLite connection with prepared statements, which are kept while their texts recur.

import type Database from 'better-sqlite3';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { LruMap } from '../../shared/lru-map.ts';
import { type RowReader, readRecord } from '../reads/row-reader.ts';
import type { Part, PartLimits } from '../reads/slice.ts';

/**
 * Limits of the statement cache. The updates of a flush differ with the changed columns, and some other writes with the
 * number of rows.
 */
const maxCachedStatements = 500;
const maxCachedLength = 8_192;

/** A statement, and its column names and row readers if it returns rows. */
type Prepared = {
  statement: Database.Statement;
  columns: readonly string[] | undefined;
  readers: Map<RowReader<unknown>, (values: readonly unknown[]) => unknown>;
  /** The most characters of text in a row of an earlier part; undefined before the first. */
  maxRowLength: number | undefined;
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
    if (prepared.columns) return { rows: readAll(prepared, query, readRecord) as Row[] };
    const { changes, lastInsertRowid } = prepared.statement.run(...query.parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  read<Result>(query: CompiledQuery, reader: RowReader<Result>): Result[] {
    return readAll(this.#prepare(query), query, reader);
  }

  /** Reads whole rows until their text would exceed the limit, and at least one. The other rows are not read. */
  readPart<Result>(
    query: CompiledQuery,
    reader: RowReader<Result>,
    { rows: maxRows, bytes }: PartLimits,
  ): Part<Result> {
    const prepared = this.#prepare(query);
    const readRow = findReader(prepared, reader);
    const rows: Result[] = [];
    const limit = new TextLimit(bytes);
    let isCut = false;
    for (const values of iterate(prepared, query, { rows: maxRows, bytes })) {
      isCut = !limit.add(values) && rows.length > 0;
      if (isCut) break;
      rows.push(readRow(values));
    }
    if (limit.maxRowLength > 0) prepared.maxRowLength = Math.max(limit.maxRowLength, prepared.maxRowLength ?? 0);
    return { rows, isCut };
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
  return { statement, columns: columns?.map(({ name }) => name), readers: new Map(), maxRowLength: undefined };
}

function readAll<Result>(prepared: Prepared, { parameters }: CompiledQuery, reader: RowReader<Result>): Result[] {
  const rows = prepared.statement.all(...parameters) as unknown[][];
  return rows.map(findReader(prepared, reader));
}

/**
 * Iterates over the rows of a part. They are read at once, which is faster, unless the rows of earlier parts were so
 * long that this could take much memory.
 */
function iterate({ statement, maxRowLength }: Prepared, { parameters }: CompiledQuery, { rows, bytes }: PartLimits) {
  const areRowsShort = maxRowLength !== undefined && maxRowLength * rows <= bytes;
  const source = areRowsShort ? statement.all(...parameters) : statement.iterate(...parameters);
  return source as Iterable<unknown[]>;
}

function findReader<Result>({ columns, readers }: Prepared, reader: RowReader<Result>) {
  const known = readers.get(reader);
  if (known) return known as ReturnType<RowReader<Result>>;
  const readRow = reader(columns ?? []);
  readers.set(reader, readRow);
  return readRow;
}

/** Counts the bytes of all texts of rows. They are measured only when their lengths show that the limit may be near. */
class TextLimit {
  /** The most characters in a row. */
  maxRowLength = 0;
  readonly #maxBytes: number;
  #bytes = 0;
  /** No text has more than three bytes of UTF-8 for each code unit of UTF-16. */
  #unmeasuredLength = 0;
  #unmeasured: (readonly unknown[])[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Adds a row. Returns whether the rows so far are within the limit. */
  add(values: readonly unknown[]): boolean {
    let length = 0;
    for (const value of values) if (typeof value === 'string') length += value.length;
    this.maxRowLength = Math.max(this.maxRowLength, length);
    this.#unmeasuredLength += length;
    this.#unmeasured.push(values);
    if (this.#bytes + 3 * this.#unmeasuredLength <= this.#maxBytes) return true;
    for (const row of this.#unmeasured) {
      for (const value of row) if (typeof value === 'string') this.#bytes += Buffer.byteLength(value);
    }
    this.#unmeasured = [];
    this.#unmeasuredLength = 0;
    return this.#bytes <= this.#maxBytes;
  }
}
