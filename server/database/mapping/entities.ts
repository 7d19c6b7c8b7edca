// Orders and runs as MikroORM entities of the unit of work. All other tables are written with Kysely.

import { EntitySchema } from '@mikro-orm/core';
import type { RunState } from '../../domain/run.ts';
import type { Column } from './mapping.ts';
import { type OrderRecord, orderMapping } from './order.ts';
import { runMapping } from './run.ts';

export const OrderEntity = new EntitySchema<OrderRecord>({
  name: 'Order',
  tableName: 'orders',
  properties: toProperties<OrderRecord>(orderMapping.columns),
});

export const RunEntity = new EntitySchema<RunState>({
  name: 'ValidationRun',
  tableName: 'validation_runs',
  properties: toProperties<RunState>(runMapping.columns),
});

type Properties<Entity> = ConstructorParameters<typeof EntitySchema<Entity>>[0]['properties'];

/** Maps columns to ORM properties; the field `id` is the primary key. */
function toProperties<Entity extends object>(
  columns: { [Field in keyof Entity]: Column },
): NonNullable<Properties<Entity>> {
  const properties = Object.entries<Column>(columns).map(([field, { name, kind, isNullable = false }]) => {
    const type = kind === 'integer' ? 'integer' : kind === 'json' || kind === 'list' ? 'json' : 'string';
    return [field, { type, fieldName: name, nullable: isNullable, primary: field === 'id' }];
  });
  return Object.fromEntries(properties);
}
