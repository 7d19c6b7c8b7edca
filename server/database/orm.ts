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
 * Creates the entity manager of a transaction. The transactions are our own: those of MikroORM never return the
 * connection when BEGIN or ROLLBACK throws.
 */
export function forkWithin(manager: EntityManager, transaction: Transaction): EntityManager {
  const em = manager.fork({ clear: true });
  em.setTransactionContext(transaction);
  return em;
}
