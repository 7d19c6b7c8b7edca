// The open database, with the same interface for SQLite and PostgreSQL.

import type { EntityManager } from '@mikro-orm/sql';
import type { CompiledQuery, Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { CallerCounts } from './caller-counts.ts';
import type { Dialect } from './dialect.ts';
import type { RowConverter } from './mapping/row-converter.ts';
import type { Lookup } from './reads/lookup.ts';
import type { Part, PartLimits } from './reads/slice.ts';
import type { RecentRows } from './recent-rows.ts';
import type { Tables } from './tables.ts';
import type { TransferSupport } from './transfer/transfer-support.ts';

/** The kinds of rows that a commit may have added. Notices can be lost or redundant, so subscribers must also poll. */
export type CommitNotice = { events: boolean; jobs: boolean; webhooks: boolean };

export type PlanMode = 'generic' | 'custom';

export type Store = AsyncDisposable & {
  /** The differences of this database in shared SQL. */
  readonly dialect: Dialect;
  /** The rows of recent commits; undefined if other nodes write to the database. */
  readonly recentRows: RecentRows | undefined;
  /** Typed SQL on a read-only connection, which sees committed data only. */
  readonly reader: Kysely<Tables>;
  /**
   * Runs a compiled query on a read-only connection, bypassing Kysely's per-query work.
   * @param planned whether the database plans the query once (`generic`) or for the values of each execution (`custom`)
   * @param converter converts the rows
   */
  read<Result>(query: CompiledQuery, planned: PlanMode, converter: RowConverter<Result>): Promise<Result[]>;
  /** The same for rows of any length: reads whole rows until their text would exceed the limit, and at least one. */
  readPart<Result>(
    query: CompiledQuery,
    planned: PlanMode,
    converter: RowConverter<Result>,
    limits: PartLimits,
  ): Promise<Part<Result>>;
  /**
   * Reads a row by its id, together with the rows of other lookups of the same turn of the event loop. Returns
   * undefined if there is no such row. Undefined on SQLite, where a statement costs no round trip.
   */
  lookUp?<Result>(lookup: Lookup<Result>, id: number): Promise<Result | undefined>;
  /**
   * Runs `work` in one transaction. It may be repeated before anything is written. Resolves after the commit is on
   * disk. The entity manager belongs to the transaction and must not be used after it.
   * @throws UnknownCommitError the outcome of the commit cannot be determined
   */
  transaction<Result>(work: (em: EntityManager) => Promise<Result>): Promise<Result>;
  /**
   * Whether the database is reachable and writable: the latest write succeeded, or a probe write succeeds now. Never
   * throws.
   */
  isHealthy(): Promise<boolean>;
  /** Notifies the other nodes of a commit, soon and without waiting. Does not throw. */
  publishNotice(notice: CommitNotice): void;
  /** Calls the listener for every notice of another node. */
  onNotice(listener: (notice: CommitNotice) => void): void;
  /** The rate-limit counts of all nodes; undefined if one process owns the database. */
  readonly callerCounts: CallerCounts | undefined;
  /** The operations that export and import need. */
  readonly transfer: TransferSupport;
  /** Runs a SQLite PRAGMA on the writing connection, for tests that restrict or inspect the database. */
  pragma(text: string): Promise<unknown>;
};

export type StoreOptions = {
  /** `sqlite:` and a path, or the URL of a PostgreSQL database. */
  databaseUrl: string;
  /** The number of PostgreSQL connections that read and write. */
  databasePoolSize: number;
  /** The limit for a statement and for waiting on a lock, on PostgreSQL. An idle transaction gets 0.6 of it. */
  databaseTimeoutMs: number;
  log: Logger;
};
