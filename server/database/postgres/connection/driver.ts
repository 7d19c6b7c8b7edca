// The PostgreSQL driver beneath MikroORM and Kysely: over a pool of ours, it tells a database that is away from one
// that refuses, and a commit that has failed from one of which nobody knows.

import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Pool, PoolClient, QueryResult as PostgresResult } from 'pg';
import { UnknownCommitError } from '../../commit-errors.ts';
import { isStatementError, toDatabaseError, toUnavailableError } from '../errors.ts';

class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  #isLost = false;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, rowCount, command } = await this.#run(() =>
      this.#client.query({ text: sql, values: [...parameters] }),
    );
    return { rows, ...(command !== 'SELECT' && { numAffectedRows: BigInt(rowCount ?? 0) }) };
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator, and nothing here streams.
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('PostgreSQL results are not streamed');
  }

  /** Runs statements without parameters, in one round trip. */
  async runText(text: string): Promise<PostgresResult> {
    return this.#run(() => this.#client.query(text));
  }

  async commit(): Promise<void> {
    let result: PostgresResult;
    try {
      result = await this.runText('commit');
    } catch (error) {
      if (!this.#isLost) throw error;
      throw new UnknownCommitError('nobody knows whether the commit is on the disk', { cause: error });
    }
    if (result.command !== 'COMMIT') throw new Error('the transaction was rolled back instead of committed');
  }

  async rollback(): Promise<void> {
    if (!this.#isLost) await this.runText('rollback').catch(() => {});
  }

  /** A connection that was lost, or may be in the midst of something, is not used again. */
  release(): void {
    this.#client.release(this.#isLost);
  }

  async #run<Result>(query: () => Promise<Result>): Promise<Result> {
    try {
      return await query();
    } catch (error) {
      this.#isLost ||= !isStatementError(error);
      throw toDatabaseError(error);
    }
  }
}

class PostgresDriver implements Driver {
  readonly #pool: Pool;
  readonly #begin: () => string;

  constructor(pool: Pool, begin: () => string) {
    this.#pool = pool;
    this.#begin = begin;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    try {
      return new PostgresConnection(await this.#pool.connect());
    } catch (error) {
      throw toUnavailableError(error);
    }
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }

  async beginTransaction(connection: PostgresConnection): Promise<void> {
    try {
      await connection.runText(this.#begin());
    } catch (error) {
      // Kysely rolls back only what has begun, as far as it knows: the next transaction would find this one, aborted.
      await connection.rollback();
      throw error;
    }
  }

  /** @throws UnknownCommitError the connection was lost before the answer came */
  async commitTransaction(connection: PostgresConnection): Promise<void> {
    await connection.commit();
  }

  /** Never throws: why the transaction failed is what counts. */
  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    await connection.rollback();
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

  async destroy(): Promise<void> {}
}

/**
 * A Kysely dialect over a pool that the caller has opened, and closes.
 * @param begin says the statements that begin a transaction
 */
export function postgresKyselyDialect(pool: Pool, begin = () => 'begin'): Dialect {
  return {
    createDriver: () => new PostgresDriver(pool, begin),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
  };
}
