// A transaction on the writing thread. Statements of one turn of the event loop are sent as one batch, and writes are
// sent together with the commit: a group of commands takes two messages in each direction, or one if it reads nothing.

import type { CompiledQuery, DatabaseConnection, Kysely, QueryResult } from 'kysely';
import type { ConstantQuery } from '../../bulk/statements.ts';
import { UnknownCommitError } from '../../commit-errors.ts';
import { convertToRecord } from '../../mapping/row-converter.ts';
import { createTransactionKysely } from '../../transaction-kysely.ts';
import { createPipelinedDialect } from '../kysely-dialect.ts';
import { decodeError } from './encode-error.ts';
import type { Batch, BatchResult, Begin, CommitResult, StatementRequest, StatementResult } from './messages.ts';
import { type BatchRunner, RequestNotSentError } from './writer-thread.ts';

type Query = CompiledQuery & Partial<Pick<ConstantQuery, 'isWrite'>>;

type PendingStatement = StatementRequest & { settle(outcome: Outcome): void };

type Outcome = { result: StatementResult } | { error: unknown };

const noRows = { rows: [] };

/** The connection to the writing thread for one transaction, or for statements outside of transactions. */
export class ThreadTransaction implements DatabaseConnection {
  readonly #runner: BatchRunner;
  readonly #pending: PendingStatement[] = [];
  /** The begin, while it has not been sent. */
  #begin: Begin | undefined;
  #state: 'none' | 'open' | 'ended' = 'none';
  /** The first error. Every later statement and the commit fail because of it. */
  #failure: { error: unknown } | undefined;

  constructor(runner: BatchRunner) {
    this.#runner = runner;
  }

  /** Begins a transaction with the next statement that is sent. */
  begin(begin: Begin): void {
    this.#begin = begin;
    this.#state = 'open';
  }

  /**
   * Returns the rows of a query. A write is only sent: its error is reported by a later query or the commit.
   * @throws Error the error of this query, of an earlier one or of the begin
   */
  async executeQuery<Row>({ sql, parameters, isWrite }: Query): Promise<QueryResult<Row>> {
    this.#assertUsable();
    if (isWrite) {
      this.#enqueue({ sql, parameters, settle: () => {} });
      return noRows;
    }
    const outcome = await new Promise<Outcome>((settle) => this.#enqueue({ sql, parameters, settle }));
    if ('error' in outcome) throw outcome.error;
    return toQueryResult(outcome.result);
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator, and nothing here streams.
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('SQLite results are not streamed');
  }

  /**
   * Sends the commit behind the writes, and waits until it is on disk.
   * @throws UnknownCommitError the outcome of the commit is unknown
   * @throws Error a statement failed, and the transaction was rolled back
   */
  async commit(): Promise<CommitResult> {
    this.#assertUsable();
    const { commit } = await this.#flush('commit');
    this.#state = 'ended';
    if (this.#failure) throw this.#failure.error;
    if (!commit) throw new Error('the commit has no result');
    return commit;
  }

  /** Never throws, so that the original error is reported. The next transaction retries a rollback that failed. */
  async rollback(): Promise<void> {
    const isBegun = this.#state === 'open' && this.#begin === undefined;
    this.#state = 'ended';
    this.#begin = undefined;
    for (const { settle } of this.#pending.splice(0)) settle({ error: this.#failure?.error ?? createEndedError() });
    if (isBegun) await this.#flush('rollback');
  }

  #assertUsable(): void {
    if (this.#failure) throw this.#failure.error;
    if (this.#state === 'ended') throw createEndedError();
  }

  #enqueue(statement: PendingStatement): void {
    this.#pending.push(statement);
    // `nextTick` runs after the current microtasks, so statements that they send join the batch.
    if (this.#pending.length === 1) process.nextTick(() => this.#pending.length > 0 && this.#flush());
  }

  /** Sends the pending statements. Never throws. */
  async #flush(end?: Batch['end']): Promise<BatchResult> {
    const statements = this.#pending.splice(0);
    const begin = this.#begin;
    this.#begin = undefined;
    const requests = statements.map(({ sql, parameters }) => ({ sql, parameters }));
    const isInTransaction = this.#state !== 'none';
    const result = await this.#run({ begin, isInTransaction, statements: requests, end });
    for (const [index, { settle }] of statements.entries()) {
      const done = result.results[index];
      settle(done ? { result: done } : { error: this.#failure?.error });
    }
    return result;
  }

  async #run(batch: Batch): Promise<BatchResult> {
    try {
      const result = await this.#runner.run(batch);
      if (result.failure) this.#failure ??= { error: decodeError(result.failure) };
      return result;
    } catch (cause) {
      const isUnknown = batch.end === 'commit' && !(cause instanceof RequestNotSentError);
      const error = isUnknown ? new UnknownCommitError('the outcome of the commit is unknown', { cause }) : cause;
      this.#failure ??= { error };
      return { results: [] };
    }
  }
}

function createEndedError(): Error {
  return new Error('the transaction has ended');
}

function toQueryResult<Row>(result: StatementResult): QueryResult<Row> {
  if ('changes' in result) return { rows: [], numAffectedRows: BigInt(result.changes) };
  return { rows: result.rows.map(convertToRecord(result.columns)) as Row[] };
}

/**
 * Runs `work` in a transaction.
 * @throws the errors of `work` and of the commit
 */
export async function runInThread<Result>(
  connection: ThreadTransaction,
  begin: Begin,
  work: (transaction: Kysely<unknown>) => Promise<Result>,
): Promise<{ result: Result; commit: CommitResult }> {
  connection.begin(begin);
  try {
    const result = await work(createTransactionKysely(connection, createPipelinedDialect));
    return { result, commit: await connection.commit() };
  } catch (error) {
    await connection.rollback();
    throw error;
  }
}
