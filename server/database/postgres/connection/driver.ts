// The PostgreSQL driver for migrations and for queries built with Kysely, over our own pool. It distinguishes a lost
// connection from a rejected statement, and a failed commit from an unknown one. The command bus uses
// `pipelined-transaction.ts` instead.

import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely';
import type { Pool, PoolClient, QueryResult as PostgresResult } from 'pg';
import { createLostCommitError } from '../../commit-errors.ts';
import { SavepointDriver } from '../../savepoints.ts';
import { isStatementError, toDatabaseError } from '../errors/errors.ts';
import { createKyselyDialect, toQueryResult } from './kysely-dialect.ts';
import { acquireClient } from './run-query.ts';
import { assertCommitted, assertCommittedWithoutWarning, clearWarnings } from './warnings.ts';

/** How a transaction begins. */
export type TransactionBegin = {
  /** The statements that begin it. */
  text: string;
  /** How long the client waits for each statement in milliseconds. Default: as configured for the pool. */
  queryTimeoutMs?: number;
};

class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  #isLost = false;
  #isReleased = false;
  #isInTransaction = false;
  #queryTimeoutMs: number | undefined;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (!this.#isInTransaction) clearWarnings(this.#client);
    const result = await this.#run(() =>
      this.#client.query({
        text: sql,
        values: [...parameters],
        ...(this.#queryTimeoutMs !== undefined && { query_timeout: this.#queryTimeoutMs }),
      }),
    );
    if (!this.#isInTransaction) assertCommittedWithoutWarning(this.#client, 'implicit');
    return toQueryResult(result);
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator, and nothing here streams.
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('PostgreSQL results are not streamed');
  }

  /** Runs statements without parameters in one round trip. */
  async runText(text: string): Promise<PostgresResult> {
    return this.#run(() => this.#client.query(text));
  }

  async begin({ text, queryTimeoutMs }: TransactionBegin): Promise<void> {
    this.#isInTransaction = true;
    this.#queryTimeoutMs = queryTimeoutMs;
    await this.runText(text);
  }

  async commit(): Promise<void> {
    this.#isInTransaction = false;
    this.#queryTimeoutMs = undefined;
    clearWarnings(this.#client);
    let result: PostgresResult;
    try {
      result = await this.runText('commit');
    } catch (error) {
      if (!this.#isLost) throw error;
      throw createLostCommitError(error);
    }
    assertCommitted(this.#client, result);
  }

  async rollback(): Promise<void> {
    this.#isInTransaction = false;
    this.#queryTimeoutMs = undefined;
    if (!this.#isLost) await this.runText('rollback').catch(() => {});
  }

  /** A lost connection, or one in an unknown state, is not reused. Further calls have no effect. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
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

class PostgresDriver extends SavepointDriver implements Driver {
  readonly #pool: Pool;
  readonly #begin: TransactionBegin;

  constructor(pool: Pool, begin: TransactionBegin) {
    super();
    this.#pool = pool;
    this.#begin = begin;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    return new PostgresConnection(await acquireClient(this.#pool));
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }

  async beginTransaction(connection: PostgresConnection): Promise<void> {
    try {
      await connection.begin(this.#begin);
    } catch (error) {
      // Kysely does not roll back a transaction whose begin failed; the next one would find it aborted. MikroORM does
      // not release its connection either, and the pool would wait for it forever when it closes.
      await connection.rollback();
      connection.release();
      throw error;
    }
  }

  /** @throws UnknownCommitError the response was lost, or the commit may be lost in a failover */
  async commitTransaction(connection: PostgresConnection): Promise<void> {
    await connection.commit();
  }

  /** Never throws, so that the original error is reported. */
  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    await connection.rollback();
  }

  async destroy(): Promise<void> {}
}

/**
 * Creates a Kysely dialect over an open pool, which the caller closes.
 * @param begin how transactions begin
 */
export function postgresKyselyDialect(pool: Pool, begin: TransactionBegin = { text: 'begin' }): Dialect {
  return createKyselyDialect(() => new PostgresDriver(pool, begin));
}
