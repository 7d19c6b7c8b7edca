// MikroORM's SQLite driver with bound parameters. MikroORM itself writes values into the SQL text, so every statement
// would have to be parsed again; with bound parameters, the statements are few and cached.

import {
  AbstractSqlDriver,
  type Configuration,
  isRaw,
  MikroORM,
  NativeQueryBuilder,
  SqliteConnection,
  SqlitePlatform,
} from '@mikro-orm/sqlite';
import { CompiledQuery, type Kysely } from 'kysely';

class BoundConnection extends SqliteConnection {
  override execute: SqliteConnection['execute'] = async (query, params = [], method = 'all', context, logging) => {
    const { sql, params: values } =
      query instanceof NativeQueryBuilder ? query.toRaw() : isRaw(query) ? query : { sql: query, params };
    if (!isBindable(sql, values)) return super.execute(query, params, method, context, logging);
    await this.ensureConnection();
    const connection: Kysely<unknown> = context ?? this.getClient();
    return this.transformRawResult(await connection.executeQuery(CompiledQuery.raw(sql, [...values])), method);
  };
}

/** Whether every placeholder stands for one value, and not for a name, a list or a piece of SQL. */
function isBindable(query: string, params: unknown): params is readonly (string | number | null)[] {
  if (!Array.isArray(params) || query.includes('??')) return false;
  return params.every((value) => typeof value === 'string' || typeof value === 'number' || value === null);
}

/** Bound statements bypass MikroORM's query log, which is disabled here. Other statements use MikroORM's own path. */
export class BoundSqliteDriver extends AbstractSqlDriver<BoundConnection> {
  constructor(config: Configuration) {
    super(config, new SqlitePlatform(), BoundConnection, ['kysely', 'better-sqlite3']);
  }

  override getORMClass() {
    return MikroORM;
  }
}
