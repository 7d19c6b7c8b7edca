// Prepared statements of a SQLite connection, which are kept while their texts recur.

import type Database from 'better-sqlite3';
import { LruMap } from '../../shared/lru-map.ts';

/** Limits of the cache. Writes that are built with Kysely differ with the number of rows. */
const maxStatements = 500;
const maxTextLength = 8_192;

/** A statement, and its column names if it returns rows. */
export type PreparedStatement = { statement: Database.Statement; columns: readonly string[] | undefined };

/** The statements of one connection. */
export class StatementCache<Prepared> {
  readonly database: Database.Database;
  readonly #extend: (prepared: PreparedStatement) => Prepared;
  readonly #statements = new LruMap<string, Prepared>(maxStatements);

  /** @param extend adds what the caller keeps with each statement */
  constructor(database: Database.Database, extend: (prepared: PreparedStatement) => Prepared) {
    this.database = database;
    this.#extend = extend;
  }

  /** Statements without parameters may contain values in their text. Keeping them would leak memory. */
  prepare(sql: string, parameters: readonly unknown[]): Prepared {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const prepared = this.#extend(prepareStatement(this.database, sql));
    if (parameters.length > 0 && sql.length <= maxTextLength) this.#statements.set(sql, prepared);
    return prepared;
  }
}

/**
 * Rows are returned as arrays: better-sqlite3 otherwise creates a new row function per call, which takes longer than
 * reading one row.
 */
function prepareStatement(database: Database.Database, sql: string): PreparedStatement {
  const statement = database.prepare(sql);
  const columns = statement.reader ? statement.raw().columns() : undefined;
  return { statement, columns: columns?.map(({ name }) => name) };
}
