// The SQLite driver for MikroORM and Kysely: one durable writing connection. Transactions begin immediately, so that
// they cannot fail halfway for a lock, and the connection is usable after every failure.

import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { UnknownCommitError } from '../commit-errors.ts';
import { SavepointDriver } from '../savepoints.ts';
import { type ConnectionHandle, SqliteConnection } from './connection.ts';

class SqliteDriver extends SavepointDriver implements Driver {
  readonly #handle: ConnectionHandle;
  readonly #connection: SqliteConnection;
  #turn: Promise<void> = Promise.resolve();
  #endTurn: () => void = () => {};

  constructor(handle: ConnectionHandle) {
    super();
    this.#handle = handle;
    this.#connection = new SqliteConnection(handle);
  }

  async init(): Promise<void> {}

  /** There is one connection. Callers get it in turn. */
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

  /** Repeats a rollback that failed earlier. */
  async beginTransaction(): Promise<void> {
    this.#rollback();
    this.#handle.current.exec('begin immediate');
  }

  /** If the commit fails and no transaction is left, its outcome is unknown. */
  async commitTransaction(): Promise<void> {
    try {
      this.#handle.current.exec('commit');
    } catch (cause) {
      if (this.#handle.current.inTransaction) throw cause;
      throw new UnknownCommitError('the outcome of the commit is unknown', { cause });
    }
  }

  /** Never throws, so that the original error is reported. */
  async rollbackTransaction(): Promise<void> {
    try {
      this.#rollback();
    } catch {
      // The next transaction retries the rollback.
    }
  }

  /** SQLite has already rolled back if the disk is full or failing. */
  #rollback(): void {
    if (this.#handle.current.inTransaction) this.#handle.current.exec('rollback');
  }

  async destroy(): Promise<void> {}
}

/** Creates a Kysely dialect over an open connection, which the caller closes. */
export function sqliteKyselyDialect(handle: ConnectionHandle): Dialect {
  return {
    createDriver: () => new SqliteDriver(handle),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  };
}
