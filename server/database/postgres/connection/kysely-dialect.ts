// The dialect and the results that the drivers of Kysely share.

import {
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { QueryResult as PostgresResult } from 'pg';

/** Creates the dialect of a driver. */
export function createKyselyDialect(createDriver: () => Driver): Dialect {
  return {
    createDriver,
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
  };
}

/** Converts a result of `pg`. */
export function toQueryResult<Row>({ rows, rowCount, command }: PostgresResult): QueryResult<Row> {
  return { rows, ...(command !== 'SELECT' && { numAffectedRows: BigInt(rowCount ?? 0) }) };
}
