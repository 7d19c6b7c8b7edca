// What a database does for a move: it shows itself at one moment, and takes in the rows of another, whichever it is.

import type { Kysely, RawBuilder } from 'kysely';
import type { Tables } from '../tables.ts';
import type { TransferTable } from './transfer-tables.ts';

/** Tables whose latest id may have belonged to a row that is deleted; it must not be given again. */
export const tablesWithStoredIds = ['events', 'webhooks', 'webhook_deliveries'] as const;

/** The id, or position, that each has given last. */
export type LastIds = Record<(typeof tablesWithStoredIds)[number], number>;

/** The greatest ids of what is there or was, by the names of tables. */
export type MaxIds = Record<TransferTable['name'], number>;

/** The kinds of databases. */
export const databaseKinds = ['sqlite', 'postgres'] as const;

export type TransferSupport = {
  readonly kind: (typeof databaseKinds)[number];
  /** Runs `work` on a connection that cannot write, and shows the database as it is at one moment, however long. */
  snapshot<Result>(work: (reader: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /**
   * Makes a transaction fit to take in a whole database: nobody else writes meanwhile, and no time-out ends it. What
   * rows refer to has to be there before them.
   */
  prepare(transaction: Kysely<Tables>): Promise<void>;
  /** The statement that adds rows to a table, given as a JSON list of objects. */
  insert(table: TransferTable, rows: string): RawBuilder<unknown>;
  lastIds(database: Kysely<Tables>): Promise<LastIds>;
  /** From now on ids beyond these are given. */
  restartIds(transaction: Kysely<Tables>, ids: MaxIds): Promise<void>;
};
