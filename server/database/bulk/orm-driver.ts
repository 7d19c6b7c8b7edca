// A MikroORM driver that writes the entities of the unit of work with bulk statements. The statements of
// MikroORM itself have a new text for every group.

import type {
  EntityDictionary,
  EntityName,
  FilterQuery,
  NativeInsertUpdateManyOptions,
  NativeInsertUpdateOptions,
  QueryResult,
  Transaction,
} from '@mikro-orm/core';
import { type AbstractSqlConnection, AbstractSqlDriver } from '@mikro-orm/sql';
import { findEntityStatements } from './entity-statements.ts';
import { type BulkSyntax, type Executor, writeRows } from './statements.ts';

/** The part of the driver that both databases share. */
export abstract class BulkSqlDriver<
  Connection extends AbstractSqlConnection = AbstractSqlConnection,
> extends AbstractSqlDriver<Connection> {
  protected abstract readonly syntax: BulkSyntax;

  override async nativeInsertMany<Entity extends object>(
    entity: EntityName<Entity>,
    data: EntityDictionary<Entity>[],
    options: NativeInsertUpdateManyOptions<Entity> = {},
    transform?: (sql: string) => string,
  ): Promise<QueryResult<Entity>> {
    const statements = this.#find(entity);
    if (!statements) return super.nativeInsertMany(entity, data, options, transform);
    const rows = data.map((fields: Fields) => statements.names.map((name) => fields[name] ?? null));
    await writeRows(this.#executor(options), this.syntax, statements.insert, rows);
    // MikroORM reads `insertId` only for ids that the database assigns.
    return { affectedRows: rows.length, insertId: 0 as never };
  }

  override async nativeUpdate<Entity extends object>(
    entity: EntityName<Entity>,
    where: FilterQuery<Entity>,
    data: EntityDictionary<Entity>,
    options: NativeInsertUpdateOptions<Entity> = {},
  ): Promise<QueryResult<Entity>> {
    if (!this.#find(entity)) return super.nativeUpdate(entity, where, data, options);
    return this.nativeUpdateMany(entity, [where], [data], options);
  }

  /** Entities with the same changed properties are updated by one statement. */
  override async nativeUpdateMany<Entity extends object>(
    entity: EntityName<Entity>,
    where: FilterQuery<Entity>[],
    data: EntityDictionary<Entity>[],
    options: NativeInsertUpdateManyOptions<Entity> = {},
  ): Promise<QueryResult<Entity>> {
    const statements = this.#find(entity);
    if (!statements) return super.nativeUpdateMany(entity, where, data, options);
    const changes = data.map((fields, index) => ({ fields: fields as Fields, id: (where[index] as Fields).id }));
    const groups = Map.groupBy(changes, ({ fields }) => Object.keys(fields).join());
    for (const [names, group] of groups) {
      const rows = group.map(({ fields, id }) => [id, ...Object.values(fields)]);
      await writeRows(this.#executor(options), this.syntax, statements.update(names), rows);
    }
    return { affectedRows: data.length, insertId: 0 as never };
  }

  #find<Entity extends object>(entity: EntityName<Entity>) {
    return findEntityStatements(this.getMetadata().get(entity).tableName);
  }

  #executor({ ctx }: { ctx?: Transaction }): Executor {
    return ctx ?? this.getConnection('write').getClient();
  }
}

type Fields = Record<string, unknown>;
