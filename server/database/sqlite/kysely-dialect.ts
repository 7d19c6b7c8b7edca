// Kysely dialects for SQLite: one query at a time (migrations, reads), and pipelined (commands).

import { type Dialect, type Driver, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';

/** Creates the dialect of a driver whose connection executes one query at a time. */
export function createSqliteKyselyDialect(createDriver: () => Driver): Dialect {
  return {
    createDriver,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  };
}

/** Kysely would otherwise wait for the result of a query before it passes the next one to the connection. */
class PipelinedAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Creates the dialect of a driver whose connection accepts queries while others are executed. */
export function createPipelinedDialect(createDriver: () => Driver): Dialect {
  return { ...createSqliteKyselyDialect(createDriver), createAdapter: () => new PipelinedAdapter() };
}
