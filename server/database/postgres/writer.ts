// Transactions on PostgreSQL: the outcome of a commit is determined, and readiness follows the latest one.

import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/sql';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { UnknownCommitError } from '../commit-errors.ts';
import { forkWithin } from '../orm.ts';
import type { Store } from '../store.ts';
import { WriteHealth } from '../write-health.ts';
import type { CommitMarks } from './commit-marks.ts';
import { canWrite } from './connection/health.ts';
import { runPipelined } from './connection/pipelined-transaction.ts';
import { DatabaseUnavailableError } from './errors/errors.ts';

type PostgresWriterOptions = {
  manager: EntityManager;
  marks: CommitMarks;
  /** The connections that transactions use, in pipeline mode. */
  pool: Pool;
  /** A pool that transactions do not use. */
  checking: Pool;
  log: Logger;
};

/** A probe that takes longer, for example while a synchronous standby is away, counts as failed until it ends. */
const maxProbeMs = 1_000;

/** Runs the transactions of a node, and checks whether the database accepts them. */
export class PostgresWriter {
  readonly #options: PostgresWriterOptions;
  readonly #health: WriteHealth;
  #probing: Promise<boolean> | undefined;

  constructor(options: PostgresWriterOptions) {
    this.#options = options;
    this.#health = new WriteHealth(options.log, () => options.marks.probe());
  }

  /** See {@link Store.transaction}. */
  readonly transaction: Store['transaction'] = (work) => this.#health.track(() => this.#run(work));

  /** See {@link Store.isHealthy}. */
  async isHealthy(): Promise<boolean> {
    if (!(await canWrite(this.#options.checking))) return false;
    this.#probing ??= this.#health.isHealthy().finally(() => {
      this.#probing = undefined;
    });
    return Promise.race([this.#probing, pause(maxProbeMs, false, { ref: false })]);
  }

  /** Resolves a commit whose outcome is unknown before it is reported. */
  async #run<Result>(work: (em: EntityManager) => Promise<Result>): Promise<Result> {
    const { manager, marks, pool } = this.#options;
    const done: { result?: Result; mark?: number } = {};
    const createFirst = () => {
      const { mark, query } = marks.next();
      done.mark = mark;
      return query;
    };
    try {
      return await runPipelined(pool, createFirst, async (transaction) => {
        done.result = await work(forkWithin(manager, transaction));
        return done.result;
      });
    } catch (error) {
      if (!(error instanceof UnknownCommitError) || done.mark === undefined) throw error;
      const isCommitted = await marks.isCommitted(done.mark);
      if (isCommitted === undefined) throw error;
      if (!isCommitted)
        throw new DatabaseUnavailableError('the connection was lost before the commit', { cause: error.cause });
      return done.result as Result;
    }
  }
}
