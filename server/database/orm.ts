// What both databases ask of MikroORM alike: two entities, and a unit of work within a transaction of ours.

import { Migrator } from '@mikro-orm/migrations';
import type { EntityManager } from '@mikro-orm/sql';
import { OrderEntity, RunEntity } from './mapping/entities.ts';

export const ormOptions = {
  entities: [OrderEntity, RunEntity],
  extensions: [Migrator],
  discovery: { checkDuplicateTableNames: false },
  // Accessors on every entity carry changes over to the other side of a relation. There are no relations here.
  propagationOnPrototype: false,
};

/**
 * Runs `work` in a transaction, with an entity manager of its own. MikroORM's own transactions never give the
 * connection back when their begin or rollback throws. Kysely's do; so the transaction is Kysely's.
 */
export function runInTransaction<Result>(
  manager: EntityManager,
  work: (em: EntityManager) => Promise<Result>,
): Promise<Result> {
  const kysely = manager.getConnection('write').getClient();
  return kysely.transaction().execute((transaction) => {
    const em = manager.fork({ clear: true });
    em.setTransactionContext(transaction);
    return work(em);
  });
}
