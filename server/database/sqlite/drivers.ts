// The Kysely drivers of migrations and of reads.

import type { DatabaseConnection, Dialect, Driver } from 'kysely';
import { SavepointDriver } from '../savepoints.ts';
import { createSqliteKyselyDialect } from './kysely-dialect.ts';
import { type ConnectionHandle, ReadConnection } from './read-connection.ts';
import { ThreadTransaction } from './writer-thread/transaction.ts';
import type { BatchRunner } from './writer-thread/writer-thread.ts';

/** Runs migrations on the writing thread. The command bus uses `runInThread` instead. */
class MigrationDriver extends SavepointDriver implements Driver {
  readonly #runner: BatchRunner;

  constructor(runner: BatchRunner) {
    super();
    this.#runner = runner;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ThreadTransaction> {
    return new ThreadTransaction(this.#runner);
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(connection: ThreadTransaction): Promise<void> {
    connection.begin({ dataVersion: undefined });
  }

  async commitTransaction(connection: ThreadTransaction): Promise<void> {
    await connection.commit();
  }

  async rollbackTransaction(connection: ThreadTransaction): Promise<void> {
    await connection.rollback();
  }

  async destroy(): Promise<void> {}
}

class ReadingDriver implements Driver {
  readonly #connection: ReadConnection;

  constructor(handle: ConnectionHandle) {
    this.#connection = new ReadConnection(handle);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    throw new Error('the reading connection has no transactions');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async destroy(): Promise<void> {}
}

/** Creates the Kysely dialect for migrations. One caller at a time may use it. */
export function createMigrationDialect(runner: BatchRunner): Dialect {
  return createSqliteKyselyDialect(() => new MigrationDriver(runner));
}

/** Creates the Kysely dialect of the reading connection, which the caller closes. */
export function createReadingDialect(handle: ConnectionHandle): Dialect {
  return createSqliteKyselyDialect(() => new ReadingDriver(handle));
}
