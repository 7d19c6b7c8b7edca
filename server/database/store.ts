// The database, as everything above sees it: whichever it is, it is asked the same.

import type { EntityManager } from '@mikro-orm/sql';
import type { CompiledQuery, Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { CallerCounts } from './caller-counts.ts';
import type { Dialect } from './dialect.ts';
import type { Tables } from './tables.ts';
import type { TransferSupport } from './transfer/transfer-support.ts';

/** What a commit may have added, for those who wait for it: a hint, which nobody may rely on. */
export type CommitNotice = { events: boolean; jobs: boolean; webhooks: boolean };

export type PlanMode = 'once' | 'each time';

export type Store = AsyncDisposable & {
  /** What this database says otherwise. */
  readonly dialect: Dialect;
  /** Typed SQL on a connection that only reads what is committed. */
  readonly reader: Kysely<Tables>;
  /**
   * Runs a query on a connection that reads, without what Kysely does besides.
   * @param planned how often the database looks for the best way to what is asked: once, or for the values of each time
   */
  read<Row>(query: CompiledQuery<Row>, planned: PlanMode): Promise<Row[]>;
  /**
   * Runs `work` in one transaction on a connection that writes. Resolves after the commit is on the disk.
   * The entity manager is new, belongs to the transaction, and must not be kept.
   * @throws UnknownCommitError nobody can find out whether it has been committed
   */
  transaction<Result>(work: (em: EntityManager) => Promise<Result>): Promise<Result>;
  /** Whether the database answers. */
  isHealthy(): Promise<boolean>;
  /** Tells the other nodes, soon, what has been committed here. Does not wait, and does not throw. */
  publishNotice(hint: CommitNotice): void;
  /** Hands on what other nodes tell, from now on. */
  onNotice(listener: (hint: CommitNotice) => void): void;
  /** What all nodes count together; undefined where one process has the database to itself. */
  readonly callerCounts: CallerCounts | undefined;
  /** What it does for a move to another database, or from one. */
  readonly transfer: TransferSupport;
  /** Runs a PRAGMA of SQLite on the connection that writes: for tests that starve or inspect the database. */
  pragma(text: string): unknown;
};

export type StoreOptions = {
  /** `sqlite:` and a path, or the URL of a PostgreSQL database. */
  databaseUrl: string;
  /** How many connections read and write, on PostgreSQL. */
  databasePoolSize: number;
  /** How long PostgreSQL may take for a statement or wait for a lock; for the rest of a transaction, 0.6 of it. */
  databaseTimeoutMs: number;
  log: Logger;
};
