// A MikroORM driver that reads and writes the entities of the unit of work with bulk statements. The statements of
// MikroORM itself have a new text for every group.

import type {
  EntityData,
  EntityDictionary,
  EntityName,
  FilterQuery,
  FindOptions,
  NativeInsertUpdateManyOptions,
  NativeInsertUpdateOptions,
  ObjectQuery,
  QueryResult,
  Transaction,
} from '@mikro-orm/core';
import { type AbstractSqlConnection, AbstractSqlDriver } from '@mikro-orm/sql';
import { type BulkSyntax, type Executor, insertRows, selectRows, updateRows } from './bulk.ts';
import { EntityStatements } from './entity-statements.ts';

export abstract class BulkSqlDriver<
  Connection extends AbstractSqlConnection = AbstractSqlConnection,
> extends AbstractSqlDriver<Connection> {
  protected abstract readonly syntax: BulkSyntax;
  readonly #statements = new EntityStatements();

  override async nativeInsertMany<Entity extends object>(
    entity: EntityName<Entity>,
    data: EntityDictionary<Entity>[],
    options: NativeInsertUpdateManyOptions<Entity> = {},
    transform?: (sql: string) => string,
  ): Promise<QueryResult<Entity>> {
    const statements = this.#find(entity);
    if (!statements) return super.nativeInsertMany(entity, data, options, transform);
    const rows = data.map((fields: Fields) => statements.names.map((name) => fields[name] ?? null));
    await insertRows(this.#executor(options), this.syntax, statements.insert, rows);
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
      await updateRows(this.#executor(options), this.syntax, statements.update(names), rows);
    }
    return { affectedRows: data.length, insertId: 0 as never };
  }

  /** Finds entities by their ids, or by any other condition as MikroORM does. */
  override async find<
    Entity extends object,
    Hint extends string = never,
    Names extends string = never,
    Excluded extends string = never,
  >(
    entity: EntityName<Entity>,
    where: ObjectQuery<Entity>,
    options: FindOptions<Entity, Hint, Names, Excluded> & { ctx?: Transaction } = {},
  ): Promise<EntityData<Entity>[]> {
    const statements = this.#find(entity);
    const { id } = where as { id?: { $in?: number[] } };
    if (!statements || !id?.$in) return super.find(entity, where, options);
    const isLocked = 'lockMode' in options && options.lockMode !== undefined;
    return selectRows(this.#executor(options), this.syntax, isLocked ? statements.findLocked : statements.find, id.$in);
  }

  #find<Entity extends object>(entity: EntityName<Entity>) {
    return this.#statements.find(this.getMetadata().get(entity).tableName);
  }

  #executor({ ctx }: { ctx?: Transaction }): Executor {
    return ctx ?? this.getConnection('write').getClient();
  }
}

type Fields = Record<string, unknown>;
