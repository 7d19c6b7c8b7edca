// The operations of a database for export and import: a consistent snapshot, and bulk inserts.

import type { Kysely, RawBuilder } from 'kysely';
import type { Tables } from '../tables.ts';
import type { TransferTable } from './transfer-tables.ts';

/** Tables whose last assigned id may belong to a deleted row. It must not be assigned again. */
export const tablesWithStoredIds = ['events', 'webhooks', 'webhook_deliveries'] as const;

/** The last assigned id or position of each of these tables. */
export type LastIds = Record<(typeof tablesWithStoredIds)[number], number>;

/** The largest id of each table, including deleted rows. */
export type MaxIds = Record<TransferTable['name'], number>;

/** The supported databases. */
export const databaseKinds = ['sqlite', 'postgres'] as const;

export type TransferSupport = {
  readonly kind: (typeof databaseKinds)[number];
  /** Runs `work` on a read-only connection that sees one consistent snapshot, without a time limit. */
  snapshot<Result>(work: (reader: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /** Prepares a transaction for an import: no other writers, no timeouts, foreign keys checked immediately. */
  prepare(transaction: Kysely<Tables>): Promise<void>;
  /** Builds the statement that inserts rows, given as a JSON list of objects. */
  insert(table: TransferTable, rows: string): RawBuilder<unknown>;
  lastIds(database: Kysely<Tables>): Promise<LastIds>;
  /** Makes the database assign ids beyond these. */
  restartIds(transaction: Kysely<Tables>, ids: MaxIds): Promise<void>;
};
