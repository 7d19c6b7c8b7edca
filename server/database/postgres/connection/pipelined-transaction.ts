// A transaction in pipeline mode: statements are sent without waiting for the responses to earlier ones. A group of
// commands takes two round trips: one for all reads, and one for all writes and the commit
// (postgresql.org/docs/18/libpq-pipeline-mode.html).

import type { Socket } from 'node:net';
import type { CompiledQuery, DatabaseConnection, Kysely, QueryResult } from 'kysely';
import type { Pool, PoolClient, QueryResult as PostgresResult, QueryConfig } from 'pg';
import type { ConstantQuery } from '../../bulk/statements.ts';
import { createLostCommitError } from '../../commit-errors.ts';
import { createTransactionKysely } from '../../transaction-kysely.ts';
import { isStatementError, toDatabaseError, toUnavailableError } from '../errors/errors.ts';
import { createKyselyDialect, toQueryResult } from './kysely-dialect.ts';
import { acquireClient } from './run-query.ts';
import { getStatementName, isOutdatedStatement } from './statement-names.ts';
import { assertCommitted, clearWarnings } from './warnings.ts';

type Query = CompiledQuery & Partial<Pick<ConstantQuery, 'isConstant' | 'isWrite'>>;

const noRows = { rows: [] };

class PipelinedTransaction implements DatabaseConnection {
  readonly #client: PoolClient;
  readonly #begun: Promise<unknown>;
  /** The responses to writes. They never reject. */
  readonly #writes: Promise<unknown>[] = [];
  /** The first error. Every later statement fails because of it. */
  #failure: { error: unknown } | undefined;
  #isLost = false;
  #isEnded = false;
  #isCorked = false;

  /** Sends the begin. @param first the first statement of the transaction */
  constructor(client: PoolClient, first: Query) {
    this.#client = client;
    this.#begun = Promise.all([this.#send({ text: 'begin' }), this.#send(toQueryConfig(first))]);
    this.#begun.catch(() => {});
  }

  /**
   * Returns the rows of a query. A write is only sent: its error is reported by a later query or the commit.
   * @throws DatabaseUnavailableError, DatabaseError the error of this query, of an earlier write or of the begin
   */
  async executeQuery<Row>(compiled: Query): Promise<QueryResult<Row>> {
    const query = toQueryConfig(compiled);
    if (compiled.isWrite) {
      // If the begin fails, the server executes what follows outside a transaction.
      await this.#begun;
      this.#writes.push(this.#send(query).catch(() => {}));
      return noRows;
    }
    const response = this.#send(query);
    response.catch(() => {});
    await this.#begun;
    try {
      return toQueryResult(await response);
    } catch (error) {
      throw this.#failure?.error ?? error;
    }
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator, and nothing here streams.
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('PostgreSQL results are not streamed');
  }

  /**
   * Sends the commit behind the writes, and waits for all responses.
   * @throws UnknownCommitError the connection was lost, or the commit may be lost in a failover
   * @throws DatabaseError the server rejected a write, and rolled the transaction back
   */
  async commit(): Promise<void> {
    await this.#begun;
    // The server does not know of a write that failed in this process, and would commit the others.
    this.#assertNoFailure();
    const response = this.#send({ text: 'commit' });
    await Promise.allSettled([response, ...this.#writes]);
    this.#isEnded = true;
    if (this.#isLost) {
      // A write that the server rejected has ended the transaction before the connection was lost.
      if (isStatementError(this.#failure?.error)) throw this.#failure?.error;
      throw createLostCommitError(this.#failure?.error);
    }
    this.#assertNoFailure();
    assertCommitted(this.#client, await response);
  }

  #assertNoFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Rolls back, unless the transaction has ended. Never throws. */
  async rollback(): Promise<void> {
    if (!this.#isLost && !this.#isEnded) await this.#send({ text: 'rollback' }).catch(() => {});
    this.#isEnded = true;
  }

  /** Returns the connection to the pool. A lost one, or one in an unknown state, is closed. */
  release(): void {
    this.#client.release(this.#isLost);
  }

  #send(query: QueryConfig): Promise<PostgresResult> {
    this.#cork();
    const { promise, resolve, reject } = Promise.withResolvers<PostgresResult>();
    // A callback runs before the next response is read, so that only a warning about the last statement remains.
    this.#client.query(query, (cause: Error | null, result: PostgresResult) => {
      if (query.text !== 'commit') clearWarnings(this.#client);
      if (!cause) {
        resolve(result);
        return;
      }
      // Another connection prepares the statement again.
      const isOutdated = isOutdatedStatement(cause);
      const error = isOutdated ? toUnavailableError(cause) : toDatabaseError(cause);
      this.#isLost ||= isOutdated || !isStatementError(cause);
      this.#failure ??= { error };
      reject(error);
    });
    return promise;
  }

  /** Sends the statements of this turn with one system call. */
  #cork(): void {
    const socket = (this.#client as ClientWithSocket).connection?.stream;
    if (this.#isCorked || !socket) return;
    this.#isCorked = true;
    socket.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      socket.uncork();
    });
  }
}

function toQueryConfig({ sql: text, parameters, isConstant }: Query): QueryConfig {
  return { text, values: [...parameters], ...(isConstant && { name: getStatementName(text) }) };
}

/** The types of `pg` lack the socket of a connection. */
type ClientWithSocket = PoolClient & { connection?: { stream?: Socket } };

/**
 * Runs `work` in a transaction.
 * @param createFirst called when a connection is available; returns the first statement of the transaction
 * @throws DatabaseUnavailableError no connection can be established; and the errors of `work` and of the commit
 */
export async function runPipelined<Result>(
  pool: Pool,
  createFirst: () => Query,
  work: (transaction: Kysely<unknown>) => Promise<Result>,
): Promise<Result> {
  const transaction = new PipelinedTransaction(await acquireClient(pool), createFirst());
  try {
    const result = await work(createTransactionKysely(transaction, createKyselyDialect));
    await transaction.commit();
    return result;
  } catch (error) {
    await transaction.rollback();
    throw error;
  } finally {
    transaction.release();
  }
}
