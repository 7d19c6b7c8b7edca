// The SQLite driver beneath MikroORM and Kysely: one connection that writes durably, begins its transactions immediate
// so that they never fail half-way, and is usable again after every failure.

import type Database from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { LruMap } from '../../shared/lru-map.ts';
import { UnknownCommitError } from '../commit-errors.ts';

/**
 * How many statements are remembered, and how long their texts may be. Those of a flush differ with what it changes;
 * the longest of them hardly ever come again.
 */
const maxRememberedStatements = 500;
const maxRememberedLength = 8_192;

/** A statement, and the names of its columns where it answers rows. */
type Prepared = { statement: Database.Statement; columns: readonly string[] | undefined };

export class SqliteConnection implements DatabaseConnection {
  readonly #database: Database.Database;
  readonly #remembered = new LruMap<string, Prepared>(maxRememberedStatements);

  constructor(database: Database.Database) {
    this.#database = database;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { statement, columns } = this.#prepare(sql, parameters.length > 0);
    if (columns) {
      const rows = statement.all(...parameters) as unknown[][];
      return { rows: rows.map((values) => rowOf(columns, values) as Row) };
    }
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  /** A statement without parameters may carry values in its text: to remember those would leak. */
  #prepare(sql: string, hasParameters: boolean): Prepared {
    if (!hasParameters || sql.length > maxRememberedLength) return prepare(this.#database, sql);
    const remembered = this.#remembered.get(sql);
    if (remembered) return remembered;
    const prepared = prepare(this.#database, sql);
    this.#remembered.set(sql, prepared);
    return prepared;
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator, and nothing here streams.
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('SQLite results are not streamed');
  }
}

/** The driver makes a new function for the rows of each call, which takes longer than to read one; so rows come raw. */
function prepare(database: Database.Database, sql: string): Prepared {
  const statement = database.prepare(sql);
  if (!statement.reader) return { statement, columns: undefined };
  return { statement: statement.raw(), columns: statement.columns().map(({ name }) => name) };
}

function rowOf(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  let index = 0;
  for (const column of columns) row[column] = values[index++];
  return row;
}

class SqliteDriver implements Driver {
  readonly #database: Database.Database;
  readonly #connection: SqliteConnection;
  #turn: Promise<void> = Promise.resolve();
  #endTurn: () => void = () => {};

  constructor(database: Database.Database) {
    this.#database = database;
    this.#connection = new SqliteConnection(database);
  }

  async init(): Promise<void> {}

  /** There is one connection: whoever wants it waits until the one before has given it back. */
  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    this.#endTurn = resolve;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#endTurn();
  }

  /** Where a rollback has failed, it is made up for here. */
  async beginTransaction(): Promise<void> {
    this.#rollback();
    this.#database.exec('begin immediate');
  }

  /** A commit that fails and leaves no transaction behind may be on the disk or not. */
  async commitTransaction(): Promise<void> {
    try {
      this.#database.exec('commit');
    } catch (cause) {
      if (this.#database.inTransaction) throw cause;
      throw new UnknownCommitError('nobody knows whether the commit is on the disk', { cause });
    }
  }

  /** Never throws: why the transaction failed is what counts. */
  async rollbackTransaction(): Promise<void> {
    try {
      this.#rollback();
    } catch {
      // The next transaction begins with another try.
    }
  }

  /** SQLite rolls back by itself where a disk is full or failing. */
  #rollback(): void {
    if (this.#database.inTransaction) this.#database.exec('rollback');
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint "${name}"`));
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to "${name}"`));
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release "${name}"`));
  }

  async destroy(): Promise<void> {
    this.#database.close();
  }
}

/** A Kysely dialect over a connection that the caller has opened. Closing Kysely closes it. */
export function sqliteKyselyDialect(database: Database.Database): Dialect {
  return {
    createDriver: () => new SqliteDriver(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  };
}
