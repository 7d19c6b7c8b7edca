// The differences between the databases in shared SQL: one record per database.

import type { EntityManager } from '@mikro-orm/sql';
import type { Expression, RawBuilder } from 'kysely';
import type { IdKind } from '../domain/state.ts';
import type { BulkSyntax } from './bulk/statements.ts';
import type { Ids } from './ids.ts';

export type Dialect = {
  /** Statements over many rows with a constant text. */
  bulk: BulkSyntax;
  /** Refers to a column without using its index, because the index of another column is more selective. */
  withoutIndex<Value>(column: string): RawBuilder<Value>;
  /** Selects the entries of a JSON list of texts as `value`. */
  selectJsonTexts(list: Expression<unknown>): RawBuilder<{ value: string }>;
  /** Whether other nodes write to the database, so that rows must be locked before a decision is based on them. */
  isShared: boolean;
  /** Allocates ids for the rows that each command of a group may insert. */
  allocateIds(em: EntityManager, wanted: readonly (readonly IdKind[])[]): Promise<Ids>;
  /** Whether the last assigned ids are stored among the counters. */
  storesLastIds: boolean;
  /** Makes this transaction the only one that appends to the log until it ends, so that positions follow commits. */
  lockLog(em: EntityManager): Promise<void>;
};
