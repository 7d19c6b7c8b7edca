// A Kysely instance on an open transaction. Kysely's own transactions would wait for the result of each query before
// they send the next.

import { type DatabaseConnection, type Dialect, type Driver, Kysely } from 'kysely';

/**
 * Creates a Kysely instance that runs all queries on one connection, whose transaction the caller begins and ends.
 * @param createDialect creates the dialect of a driver
 */
export function createTransactionKysely(
  connection: DatabaseConnection,
  createDialect: (createDriver: () => Driver) => Dialect,
): Kysely<unknown> {
  const endsOutside = async () => {
    throw new Error('the transaction is begun and ended outside of Kysely');
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: endsOutside,
    commitTransaction: endsOutside,
    rollbackTransaction: endsOutside,
    destroy: async () => {},
  };
  return new Kysely({ dialect: createDialect(() => driver) });
}
