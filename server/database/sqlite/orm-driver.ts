// MikroORM's SQLite driver with bulk statements.

import { type Configuration, MikroORM, SqliteConnection, SqlitePlatform } from '@mikro-orm/sqlite';
import { BulkSqlDriver } from '../bulk/orm-driver.ts';
import { sqliteBulkSyntax } from '../bulk/sqlite-syntax.ts';

export class SqliteOrmDriver extends BulkSqlDriver<SqliteConnection> {
  protected readonly syntax = sqliteBulkSyntax;

  constructor(config: Configuration) {
    super(config, new SqlitePlatform(), SqliteConnection, ['kysely', 'better-sqlite3']);
  }

  override getORMClass() {
    return MikroORM;
  }
}
