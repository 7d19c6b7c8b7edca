// MikroORM's PostgreSQL driver for connections that return JSON as text.

import type { Configuration } from '@mikro-orm/core';
import { AbstractSqlDriver, MikroORM, PostgreSqlConnection, PostgreSqlPlatform } from '@mikro-orm/postgresql';

class TextJsonPlatform extends PostgreSqlPlatform {
  override convertsJsonAutomatically(): boolean {
    return false;
  }
}

export class TextJsonDriver extends AbstractSqlDriver<PostgreSqlConnection> {
  constructor(config: Configuration) {
    super(config, new TextJsonPlatform(), PostgreSqlConnection, ['kysely', 'pg']);
  }

  override getORMClass() {
    return MikroORM;
  }
}
