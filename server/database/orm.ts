// The MikroORM setup that both databases share.

import type { Transaction } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { EntityManager } from '@mikro-orm/sql';
import { OrderEntity, RunEntity } from './mapping/entities.ts';

export const ormOptions = {
  entities: [OrderEntity, RunEntity],
  extensions: [Migrator],
  discovery: { checkDuplicateTableNames: false },
  // Avoids accessors on every entity, which only relations need. There are no relations here.
  propagationOnPrototype: false,
};

/**
 * Runs `work` in a transaction with its own entity manager. The transaction is Kysely's: MikroORM's own transactions
 * never return the connection when BEGIN or ROLLBACK throws.
 */
export function runInTransaction<Result>(
  manager: EntityManager,
  work: (em: EntityManager) => Promise<Result>,
): Promise<Result> {
  const kysely = manager.getConnection('write').getClient();
  return kysely.transaction().execute((transaction) => work(forkWithin(manager, transaction)));
}

/** Creates the entity manager of a transaction. */
export function forkWithin(manager: EntityManager, transaction: Transaction): EntityManager {
  const em = manager.fork({ clear: true });
  em.setTransactionContext(transaction);
  return em;
}
