// MikroORM's PostgreSQL driver with bulk statements, for connections that return JSON as text.

import type { Configuration } from '@mikro-orm/core';
import { MikroORM, PostgreSqlConnection, PostgreSqlPlatform } from '@mikro-orm/postgresql';
import { BulkSqlDriver } from '../bulk/orm-driver.ts';
import { postgresBulkSyntax } from '../bulk/postgres-syntax.ts';

/**
 * Creates a driver class.
 * @param schema where the tables are. MikroORM looks for its table of migrations there, but creates it in the first
 *   schema of the search path.
 */
export function createOrmDriver(schema: string) {
  class TextJsonPlatform extends PostgreSqlPlatform {
    override convertsJsonAutomatically(): boolean {
      return false;
    }

    override getDefaultSchemaName(): string {
      return schema;
    }
  }

  return class TextJsonDriver extends BulkSqlDriver<PostgreSqlConnection> {
    protected readonly syntax = postgresBulkSyntax;

    constructor(config: Configuration) {
      super(config, new TextJsonPlatform(), PostgreSqlConnection, ['kysely', 'pg']);
    }

    override getORMClass() {
      return MikroORM;
    }
  };
}
