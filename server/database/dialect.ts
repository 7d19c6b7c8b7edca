// What differs between the databases in the SQL that is shared: one record, made once for each of them.

import type { EntityManager } from '@mikro-orm/sql';
import type { Expression, RawBuilder } from 'kysely';
import type { IdKind } from '../domain/state.ts';
import type { Ids } from './ids.ts';

export type Dialect = {
  /** A column whose index is not to be used, since that of another one leaves fewer rows. */
  withoutIndex<Value>(column: string): RawBuilder<Value>;
  /** A list of texts, as JSON, to select `value` from. */
  selectJsonTexts(list: Expression<unknown>): RawBuilder<{ value: string }>;
  /** Whether others write, too: what is decided on has to be locked first. */
  isShared: boolean;
  /** Finds ids for what each command of a group may add. */
  allocateIds(em: EntityManager, wanted: readonly (readonly IdKind[])[]): Promise<Ids>;
  /** Whether the ids that were given last are kept among the counters. */
  storesLastIds: boolean;
  /** Makes this transaction the only one that writes into the log until it ends, so that positions follow commits. */
  lockLog(em: EntityManager): Promise<void>;
};
